"""Escaping of untrusted text in Markdown: shown as written, unable to affect the rest.

Text within a line or a table cell is escaped. A passage (an answer, a prompt) keeps its own
Markdown inside a block quote; its top-level code blocks are put outside the quote, in fences that
their content cannot close, so that they can be copied whole.
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
    r"|(?<![^\W_])_|_(?![^\W_])"  # inside a word an underscore has no meaning
    r"|~(?![\s\d])|(?<=[^\s(])~"  # ~38.1 is a number
    r"|&(?=#?\w+;)"
)
_BLOCK_START = re.compile(r"^(?P<before>\d+)(?P<mark>[.)])|^(?P<alone>[#+>=-])")
#: The start of an HTML tag, comment or processing instruction, but not of an autolink.
_HTML_START = re.compile(
    r"<(?=[A-Za-z/!?])"
    r"(?![A-Za-z][A-Za-z0-9+.-]{1,31}:[^\s<>]*>)"
    r"(?![\w.!#$%&'*+/=?^`{|}~-]+@[\w.-]+>)"
)
_DEFINITION = re.compile(r"^(?P<before>[\s>*+\d.)-]*)\[(?=[^\]]+\]:)")
_CODE_SPAN = re.compile(r"(?<!`)(`+)(?!`).*?(?<!`)\1(?!`)")
#: Longer text, in characters, is not worth the time to parse it as Markdown.
_LONGEST_PASSAGE = 1_000_000
_LONGEST_LINE = 10_000
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


def quote_passage(text: str) -> str:
    """Return text that has its own Markdown: prose as block quotes, code blocks between them.

    Raw HTML and the definitions of links and footnotes are escaped, because they would take
    effect outside the quote. Code in a list stays in its list, inside the quote.
    """
    text = clean_text(text).strip("\n")
    if len(text) > _LONGEST_PASSAGE:
        return fence(text, "text")
    return "\n\n".join(block for block in _blocks(text) if block)


def _blocks(text: str) -> Iterator[str]:
    """Yield the passage split at its top-level code blocks."""
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
    lines = _escape_html(prose)
    quoted = "\n".join(f"> {line}" if line.strip() else ">" for line in lines)
    # The parser decides: what it still takes for HTML is shown as plain text.
    return fence(prose, "text") if _holds_html(quoted) else quoted


def _escape_html(prose: str) -> list[str]:
    """Return the lines with HTML and definitions escaped, except in code blocks."""
    lines = prose.split("\n")
    if "<" not in prose and "]:" not in prose:
        return lines
    code = {
        number
        for token in _parser(html=False).parse(prose)
        if token.type in ("fence", "code_block") and token.map is not None
        for number in range(*token.map)
    }
    return [line if number in code else _escape_line(line) for number, line in enumerate(lines)]


def _escape_line(line: str) -> str:
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
    """Return a parser that takes HTML as renderers do, or one that takes it as text."""
    # Imported here because only a report needs it; it would delay the first paint.
    from markdown_it import MarkdownIt

    return MarkdownIt("commonmark", {"html": html}).enable("table")


def _longest_run(text: str, character: str) -> int:
    return max((len(run) for run in re.findall(re.escape(character) + "+", text)), default=0)
