"""Escaping of untrusted text in Markdown: shown as written, unable to affect the rest.

Text within a line or a table cell is escaped. A passage (an answer, a prompt) keeps its own
Markdown inside a block quote; its top-level code blocks are put outside the quote, in fences that
their content cannot close, so that they can be copied whole.

A report is pasted into issues, where a forge notifies whoever a text mentions and links what looks
like an issue or a commit (https://docs.github.com/get-started/writing-on-github, "Autolinked
references and URLs"). In the prose of a passage these are broken by a zero-width space, and images
and links that are not to be followed become text; code stays as it is.
"""

from __future__ import annotations

import functools
import html
import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from bbtui.formatting.sanitize import clean_text
from bbtui.formatting.text import truncate

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

_SPACE = re.compile(r"\s+")
_SPECIAL = re.compile(
    r"[\\`*\[\]<|$]"  # always
    r"|(?<![^\W_])_|_(?![^\W_])"  # inside a word an underscore has no meaning
    r"|~(?![\s\d])|(?<=[^\s(])~"  # ~38.1 is a number
    r"|&(?=#?\w+;)"
)
_BLOCK_START = re.compile(r"^(?P<before>\d+)(?P<mark>[.)])|^(?P<alone>[#+>=-])")
#: The start of a definition of a link or a footnote.
_DEFINITION = re.compile(r"^(?P<before>[\s>*+\d.)-]*)\[(?=[^\]]+\]:)", re.MULTILINE)
#: The start of an HTML tag, comment or processing instruction, but not of an autolink.
_HTML_START = (
    r"<(?=[A-Za-z/!?])"
    r"(?!(?:https?|mailto|ftp):[^\s<>]*>)"
    r"(?![\w.!#$%&'*+/=?^`{|}~-]+@[\w.-]+>)"
)
#: Code, with the escapes and single backticks that are not the start of any.
_CODE = r"\\[`\\\[\]()<]|(?P<ticks>`+)(?!`)[\s\S]*?(?<!`)(?P=ticks)(?!`)|`+"
#: An issue, a pull request or a commit by its address: following it is a reference, too.
_ON_FORGE = re.compile(
    r"https?://(?!\u200b)[^/\s]+(?:/[^/\s]+){2,}?/(?:-/)?"
    r"(?:issues|pulls?|merge_requests|commits?|discussions|compare|releases)(?:/|$)",
    re.IGNORECASE,
)
_URL = re.compile(r"(?:https?://|www\.)[^\s<>]+", re.IGNORECASE)
_HASH = re.compile(r"(?<![0-9a-z])(?=[0-9]*[a-f])[0-9a-f]{7,64}(?![0-9a-z])", re.IGNORECASE)
#: What a forge takes for a person, an issue, a merge request or a commit.
_REFERENCE = re.compile(
    r"(?<![A-Za-z0-9])@(?=\w)|#(?=\d)|(?<![A-Za-z0-9])GH-(?=\d)|(?<!\w)!(?=\d)", re.IGNORECASE
)
_PROSE = re.compile(
    rf"{_CODE}"
    rf"|(?P<html>{_HTML_START})"
    r"|(?P<image>!\[(?P<alt>[^\[\]\\]*)(?P<end>\]\()?)"
    r"|\]\(\s*<?(?P<target>[^\s()<>]*)"
    rf"|(?P<url>{_URL.pattern})"
    r"|(?P<entity>&(?:\#\w+|\w+);)"
    r"|(?<![A-Za-z0-9])@(?=\\?[\w&])|\#(?=\\?[\d&])|(?<![A-Za-z0-9])GH-(?=\\?\d)|(?<!\w)!(?=\d)"
    rf"|(?P<hash>{_HASH.pattern})",
    re.IGNORECASE,
)
#: What is to be broken or kept whole in plain text.
_PLAIN = re.compile(
    rf"(?P<code>`[^`]*`)|(?P<url>{_URL.pattern})|(?P<hash>{_HASH.pattern})|{_REFERENCE.pattern}",
    re.IGNORECASE,
)
#: Without any of this, prose holds nothing to escape: it need not be parsed.
_SPECIAL_PROSE = re.compile(
    rf"[@<&]|\]\(|\]:|!\\?[\[\d]|\#\\?\d|GH-|://|{_HASH.pattern}", re.IGNORECASE
)
_MAYBE_CODE = re.compile(r"`|~~~|\t|    ")
_SAFE_SCHEMES = ("http", "https", "mailto", "ftp", "")
_SCHEME = re.compile(r"([a-z][a-z0-9+.-]*):", re.IGNORECASE)
_CELL_END = re.compile(r"(?<!\\)(\|)")
_BREAK = "\N{ZERO WIDTH SPACE}"
#: Less than the seven digits from which a number is taken for a commit.
_HASH_PART = 6
#: Longer text, in characters, is not worth the time to parse it as Markdown.
_LONGEST_PASSAGE = 1_000_000
_LONGEST_BLOCK = 50_000
#: A line that has no Markdown of its own, and what below it would make it a heading or a table.
_PLAIN_LINE = re.compile(r"[^\W\d_][^\\`*_\[\]<>&!|\n]*")
_UNDERLINE = re.compile(r" {0,3}[=|:-]")
#: How much of a passage is parsed for its first line.
_LONGEST_OPENING = 400
_LANGUAGE = re.compile(r"[\w+#.-]+")


def escape_text(text: str, *, start: bool = False) -> str:
    """Return plain text escaped, on one line.

    `start` is for text that begins a paragraph or a list item, where more characters have a
    meaning.
    """
    line = _SPECIAL.sub(r"\\\g<0>", _SPACE.sub(" ", clean_text(text)))
    if not start:
        return line
    return _BLOCK_START.sub(
        lambda m: f"{m['before'] or ''}\\{m['mark'] or m['alone']}", line.lstrip()
    )


def escape_heading(text: str) -> str:
    """Return the escaped text of a heading, in which a trailing # has a meaning."""
    return re.sub(r"(?:^|(?<=\s))#(?=#*$)", r"\\#", escape_text(text).strip())


def code_span(text: str, *, in_table: bool = False) -> str:
    """Return a code span on one line, in as many backticks as its text needs."""
    line = _SPACE.sub(" ", clean_text(text)).strip()
    if not line:
        return ""
    ticks = "`" * (_longest_run(line, "`") + 1)
    pad = " " if line.startswith("`") or line.endswith("`") else ""
    if in_table:
        line = line.replace("|", "\\|")
    return f"{ticks}{pad}{line}{pad}{ticks}"


def fence(code: str, language: str = "") -> str:
    """Return a code block that its content, unchanged, cannot close."""
    ticks = "`" * max(3, _longest_run(code, "`") + 1)
    end = "" if code.endswith("\n") or not code else "\n"
    return f"{ticks}{language}\n{code}{end}{ticks}"


def quote_passage(text: str, *, verbatim: bool = False) -> str:
    """Return text that has its own Markdown: prose as block quotes, code blocks between them.

    Raw HTML and the definitions of links and footnotes are escaped, because they would take
    effect outside the quote. Code in a list stays in its list, inside the quote. Mentions,
    references, images and unsafe links are made plain text unless it is `verbatim`.
    """
    text = clean_text(text).strip("\n")
    if len(text) > _LONGEST_PASSAGE:
        return fence(text, "text")
    return "\n\n".join(block for block in _blocks(text, verbatim=verbatim) if block)


def fold_title(text: str, *, verbatim: bool = False) -> str:
    """Return plain text as the content of a ``<summary>``, where Markdown has no meaning."""
    line = _SPACE.sub(" ", clean_text(text)).strip()
    return html.escape(line if verbatim else break_references(line), quote=False)


def first_line(text: str) -> str:
    """Return the first line of a passage that has text, without its Markdown, of 80 characters."""
    text = clean_text(text).strip()[:_LONGEST_OPENING]
    start, _, rest = text.partition("\n")
    if _PLAIN_LINE.fullmatch(start) and not _UNDERLINE.match(rest):
        return truncate(start, 80)
    for token in _parser(html=False).parse(text):
        line = ""
        if token.type in ("fence", "code_block"):
            line = token.content.strip().partition("\n")[0]
        for child in token.children or ():
            if child.type in ("softbreak", "hardbreak") and line.strip():
                break
            line += child.content
        if line.strip():
            return truncate(line, 80)
    return truncate(text, 80)


def block_ranges(text: str) -> list[tuple[int, int]]:
    """Return the first line of each top-level block of Markdown, and the line after it."""
    return [
        (token.map[0], token.map[1])
        for token in _parser(html=True).parse(text)
        if token.level == 0 and token.nesting >= 0 and token.map is not None
    ]


def _blocks(text: str, *, verbatim: bool) -> Iterator[str]:
    """Yield the passage split at its top-level code blocks."""
    lines = text.split("\n")
    done = 0
    for token in _block_parser().parse(text):
        if token.type != "fence" or token.level or token.map is None:
            continue
        first, end = token.map
        yield _quote("\n".join(lines[done:first]), verbatim=verbatim)
        found = _LANGUAGE.match(token.info.strip())
        yield fence(token.content, found[0] if found else "")
        done = end
    yield _quote("\n".join(lines[done:]), verbatim=verbatim)


def _quote(prose: str, *, verbatim: bool) -> str:
    prose = prose.strip("\n")
    if not prose.strip():
        return ""
    if not _SPECIAL_PROSE.search(prose):
        return _quoted(prose)
    escaped = "\n".join(_escape_block(part, verbatim=verbatim) for part in _parts(prose))
    quoted = _quoted(escaped)
    # The parser decides: what it still takes for more than text is shown as plain text.
    return quoted if _is_harmless(prose, quoted, verbatim=verbatim) else fence(prose, "text")


def _quoted(prose: str) -> str:
    return "\n".join(f"> {line}" if line.strip() else ">" for line in prose.split("\n"))


def _parts(prose: str) -> Iterator[str | _Code]:
    """Yield the lines of the prose: those of a paragraph together, code as `_Code`."""
    lines = prose.split("\n")
    ends: dict[int, int] = {}
    code: set[int] = set()
    for token in _block_parser().parse(prose):
        if token.map is None:
            continue
        first, end = token.map
        if token.type in ("fence", "code_block"):
            code.add(first)
            ends[first] = end
        elif token.type == "inline":
            ends.setdefault(first, end)
    number = 0
    while number < len(lines):
        end = max(ends.get(number, 0), number + 1)
        part = "\n".join(lines[number:end])
        yield _Code(part) if number in code else part
        number = end


class _Code(str):
    """Lines of a code block, which stay as they are."""

    __slots__ = ()


def _escape_block(block: str | _Code, *, verbatim: bool) -> str:
    """Return a paragraph, or another line, with what is not to take effect escaped."""
    if isinstance(block, _Code) or len(block) > _LONGEST_BLOCK:
        return block
    block = _DEFINITION.sub(r"\g<before>\\[", block)
    replace = functools.partial(_replace, verbatim=verbatim)
    # In a row of a table no code goes beyond a cell.
    cells = _CELL_END.split(block) if "\n" not in block else [block]
    return "".join(_PROSE.sub(replace, cell) for cell in cells)


def _replace(match: re.Match[str], *, verbatim: bool) -> str:
    """Return what is written in the place of a match of `_PROSE`."""
    text = match[0]
    if text.startswith(("`", "\\")):
        return text
    if match["html"]:
        return f"\\{text}"
    if verbatim:
        return text
    if match["image"]:
        return f"!\\[{match['alt']}" + (r"\]\(" if match["end"] else "")
    if match["target"] is not None:
        if _is_safe(match["target"]):
            return text
        shown = _break_address(text[1:]) if _ON_FORGE.search(text) else text[1:]
        return rf"\]\{shown}"
    if match["url"]:
        return _break_address(text) if _ON_FORGE.match(text) else text
    if match["entity"]:
        return text + (_BREAK if html.unescape(text) in ("@", "#", "!") else "")
    return _break_hash(match) if match["hash"] else text + _BREAK


def break_references(text: str) -> str:
    """Return plain text without mentions and references; code in backticks stays."""
    return _PLAIN.sub(_replace_plain, text)


def _replace_plain(match: re.Match[str]) -> str:
    if match["code"]:
        return match[0]
    if match["url"]:
        return _break_address(match[0]) if _ON_FORGE.match(match[0]) else match[0]
    return _break_hash(match) if match["hash"] else match[0] + _BREAK


def _break_address(text: str) -> str:
    """Return the text of an address that no forge makes a link of, or refers to."""
    text = text.replace("://", f"://{_BREAK}", 1)
    return _REFERENCE.sub(rf"\g<0>{_BREAK}", _HASH.sub(_break_hash, text))


def _break_hash(match: re.Match[str]) -> str:
    digits = match[0]
    parts = range(0, len(digits), _HASH_PART)
    return _BREAK.join(digits[start : start + _HASH_PART] for start in parts)


def _is_safe(target: str) -> bool:
    """Return whether the target of a link may be followed: no script, and no reference."""
    target = "".join(html.unescape(target).split())
    scheme = _SCHEME.match(target)
    known = not scheme or scheme[1].lower() in _SAFE_SCHEMES
    return known and not _ON_FORGE.match(target)


def _is_harmless(prose: str, quoted: str, *, verbatim: bool) -> bool:
    """Return whether a quote has no effect outside of itself, and its code is that of the prose."""
    if verbatim and "<" not in quoted:
        return True
    after = list(_tokens(quoted, html=True))
    if any(token.type in ("html_block", "html_inline") for token in after):
        return False
    if verbatim:
        return True
    same_code = not _MAYBE_CODE.search(prose) or (
        _code_of(_tokens(prose, html=False)) == _code_of(after)
    )
    return same_code and not any(map(_has_effect, after))


def _tokens(markdown: str, *, html: bool) -> Iterator[Token]:
    for block in _parser(html=html).parse(markdown):
        yield from (block, *(block.children or ()))


def _code_of(tokens: Iterable[Token]) -> list[str]:
    kinds = ("fence", "code_block", "code_inline")
    return [token.content for token in tokens if token.type in kinds]


def _has_effect(token: Token) -> bool:
    """Return whether a forge would load or refer to something because of a token."""
    match token.type:
        case "text":
            text = _URL.sub("", token.content)
            found = _REFERENCE.search(text) or _HASH.search(text)
            return bool(found or _ON_FORGE.search(token.content))
        case "link_open":
            return not _is_safe(str(token.attrs["href"]))
        case kind:
            return kind == "image"


@functools.cache
def _block_parser() -> MarkdownIt:
    """Return a parser that finds paragraphs and code blocks, and nothing within a paragraph."""
    from markdown_it import MarkdownIt

    return MarkdownIt("commonmark", {"html": False}).enable("table").disable("inline")


@functools.cache
def _parser(*, html: bool) -> MarkdownIt:
    """Return a parser that takes HTML as renderers do, or one that takes it as text."""
    # Imported here because only a report needs it; it would delay the first paint.
    from markdown_it import MarkdownIt

    return MarkdownIt("commonmark", {"html": html}).enable("table")


def _longest_run(text: str, character: str) -> int:
    return max((len(run) for run in re.findall(re.escape(character) + "+", text)), default=0)
