"""Foreign text in Markdown: shown as it was written, and unable to leave its place.

Words inside a line or a table's cell are escaped. A passage (an answer, a prompt) keeps its own
Markdown inside a block quote; its top-level code blocks stand outside the quote, in a fence that
nothing inside can close, so that they can be copied whole.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from bbtui.formatting.sanitize import clean_text

if TYPE_CHECKING:
    from markdown_it import MarkdownIt

_SPACE = re.compile(r"\s+")
_SPECIAL = re.compile(
    r"[\\`*\[\]<|$]"  # always
    r"|(?<![^\W_])_|_(?![^\W_])"  # inside a word an underscore is only an underscore
    r"|~(?![\s\d])|(?<=[^\s(])~"  # ~38.1 is a figure
    r"|&(?=#?\w+;)"
)
_BLOCK_START = re.compile(r"^(?P<before>\d+)(?P<mark>[.)])|^(?P<alone>[#+>=-])")
#: What may begin a tag, a comment or an instruction of HTML, but not an autolink.
_HTML_START = re.compile(
    r"<(?=[A-Za-z/!?])"
    r"(?![A-Za-z][A-Za-z0-9+.-]{1,31}:[^\s<>]*>)"
    r"(?![\w.!#$%&'*+/=?^`{|}~-]+@[\w.-]+>)"
)
_DEFINITION = re.compile(r"^(?P<before>[\s>*+\d.)-]*)\[(?=[^\]]+\]:)")
_CODE_SPAN = re.compile(r"(?<!`)(`+)(?!`).*?(?<!`)\1(?!`)")
#: Beyond these a text is no prose any more, and is not worth the time to read it as Markdown.
_LONGEST_PASSAGE = 1_000_000
_LONGEST_LINE = 10_000
_LANGUAGE = re.compile(r"[\w+#.-]+")


def inline(text: str, *, start: bool = False) -> str:
    """Plain words that stay plain words, on one line.

    `start` is for words that begin a paragraph or a list's item, where more characters mean
    something.
    """
    line = _SPECIAL.sub(r"\\\g<0>", _SPACE.sub(" ", clean_text(text)))
    if not start:
        return line
    return _BLOCK_START.sub(
        lambda m: f"{m['before'] or ''}\\{m['mark'] or m['alone']}", line.lstrip()
    )


def heading(text: str) -> str:
    """Words of a heading, whose trailing # would count as its end."""
    return re.sub(r"(?:^|(?<=\s))#(?=#*$)", r"\\#", inline(text).strip())


def code_span(text: str, *, in_table: bool = False) -> str:
    """Words as code on one line, in as many backticks as they need."""
    line = _SPACE.sub(" ", clean_text(text)).strip()
    if not line:
        return ""
    ticks = "`" * (_longest_run(line, "`") + 1)
    pad = " " if line.startswith("`") or line.endswith("`") else ""
    if in_table:
        line = line.replace("|", "\\|")
    return f"{ticks}{pad}{line}{pad}{ticks}"


def fence(code: str, language: str = "") -> str:
    """A code block that nothing in the code can close. Its text is not changed."""
    ticks = "`" * max(3, _longest_run(code, "`") + 1)
    end = "" if code.endswith("\n") or not code else "\n"
    return f"{ticks}{language}\n{code}{end}{ticks}"


def passage(text: str) -> str:
    """A text of its own Markdown: prose as a block quote, code blocks intact between.

    Raw HTML is shown as written and not obeyed, and neither are definitions of links and
    footnotes: both would act outside the quote. Code in a list stays in its list, in the quote.
    """
    text = clean_text(text).strip("\n")
    if len(text) > _LONGEST_PASSAGE:
        return fence(text, "text")
    return "\n\n".join(block for block in _blocks(text) if block)


def _blocks(text: str) -> Iterator[str]:
    """The passage cut at its top-level code blocks."""
    lines = text.split("\n")
    done = 0
    for token in _parser(html=False).parse(text):
        if token.type != "fence" or token.level or token.map is None:
            continue
        first, end = token.map
        yield _quote("\n".join(lines[done:first]))
        found = _LANGUAGE.match(token.info.strip())
        yield fence(token.content, found[0] if found else "")
        done = end
    yield _quote("\n".join(lines[done:]))


def _quote(prose: str) -> str:
    prose = prose.strip("\n")
    if not prose.strip():
        return ""
    lines = _harmless(prose)
    quoted = "\n".join(f"> {line}" if line.strip() else ">" for line in lines)
    # The last word is the parser's: what it would still take for HTML is shown as plain text.
    return fence(prose, "text") if _holds_html(quoted) else quoted


def _harmless(prose: str) -> list[str]:
    """The lines with HTML and definitions escaped, but not in code, where nothing is obeyed."""
    lines = prose.split("\n")
    if "<" not in prose and "]:" not in prose:
        return lines
    code = {
        number
        for token in _parser(html=False).parse(prose)
        if token.type in ("fence", "code_block") and token.map is not None
        for number in range(*token.map)
    }
    return [line if number in code else _escaped(line) for number, line in enumerate(lines)]


def _escaped(line: str) -> str:
    line = _DEFINITION.sub(r"\g<before>\\[", line)
    parts: list[str] = []
    end = 0
    for span in _CODE_SPAN.finditer(line) if len(line) <= _LONGEST_LINE else ():
        parts += [_HTML_START.sub(r"\\<", line[end : span.start()]), span[0]]
        end = span.end()
    parts.append(_HTML_START.sub(r"\\<", line[end:]))
    return "".join(parts)


def _holds_html(markdown: str) -> bool:
    if "<" not in markdown:
        return False
    return any(
        token.type in ("html_block", "html_inline")
        for block in _parser(html=True).parse(markdown)
        for token in (block, *(block.children or ()))
    )


@functools.cache
def _parser(*, html: bool) -> MarkdownIt:
    """A parser that obeys HTML as renderers do, or one that reads it as words, as it is shown."""
    # Imported here because only a report needs it, and nothing before the first paint may.
    from markdown_it import MarkdownIt

    return MarkdownIt("commonmark", {"html": html}).enable("table")


def _longest_run(text: str, character: str) -> int:
    return max((len(run) for run in re.findall(re.escape(character) + "+", text)), default=0)
