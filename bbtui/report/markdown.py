"""A session as Markdown, to be pasted into an issue and read by people who were not there."""

from __future__ import annotations

import functools
import unicodedata
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from bbtui.domain.check import BashParser
from bbtui.domain.session import Session
from bbtui.report.markdown_escape import code_span, heading, inline, passage
from bbtui.report.phrase import Code, Phrase, Span, Strong, Table, spans
from bbtui.report.view import report_view

if TYPE_CHECKING:
    from jinja2 import Template

#: A column is padded up to this width; a longer cell sticks out instead of stretching all rows.
_WIDEST = 48


def render_markdown(session: Session, *, now: datetime, parse_bash: BashParser) -> str:
    """The report. `now` is when it is written; `parse_bash` looks at shell code for the checks.

    Ends with a line end. Never raises for what a model or a person wrote.
    """
    view = report_view(session, now=now, parse_bash=parse_bash)
    return _template().render(view=view).rstrip("\n") + "\n"


def line(phrase: Phrase) -> str:
    """A phrase that begins a paragraph or a list's item."""
    first, *rest = spans(phrase) or ("",)
    begun = inline(first, start=True) if isinstance(first, str) else _span(first)
    return (begun + "".join(map(_span, rest))).strip()


def words(phrase: Phrase) -> str:
    """A phrase that follows others on its line."""
    return "".join(map(_span, spans(phrase))).strip()


def table(content: Table) -> str:
    """A table whose columns line up in the source too, as far as its cells are short."""
    head, *body = ([_cell(cell) for cell in row] for row in (content.head, *content.rows))
    widths = [_padded_width(column) for column in zip(head, *body, strict=True)]
    rule = [
        "-" * (width - 1) + ":" if column in content.right else "-" * width
        for column, width in enumerate(widths)
    ]
    lines = (head, rule, *body)
    return "\n".join(_row(cells, widths, content.right) for cells in lines)


def _cell(phrase: Phrase) -> str:
    return "".join(_span(span, in_table=True) for span in spans(phrase)).strip()


def _span(span: Span, *, in_table: bool = False) -> str:
    match span:
        case Code(text):
            return code_span(text, in_table=in_table)
        case Strong(text):
            strong = inline(text).strip()
            return f"**{strong}**" if strong else ""
        case _:
            return inline(span)


def _padded_width(cells: Sequence[str]) -> int:
    """The width of a column: at least the three hyphens of its rule."""
    return max([3, *(width for cell in cells if (width := _width(cell)) <= _WIDEST)])


def _row(cells: Sequence[str], widths: Sequence[int], right: frozenset[int]) -> str:
    padded = []
    for column, (cell, width) in enumerate(zip(cells, widths, strict=True)):
        space = " " * (width - _width(cell))
        padded.append(space + cell if column in right else cell + space)
    return f"| {' | '.join(padded)} |"


def _width(text: str) -> int:
    """Columns in a fixed-width font: East Asian wide characters take two, combining ones none."""
    return sum(
        0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1
        for c in text
    )


@functools.cache
def _template() -> Template:
    # Imported here because only a report needs it, and nothing before the first paint may.
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("bbtui.report"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,  # noqa: S701 - no HTML: what is foreign goes through a filter below
    )
    environment.filters.update(
        line=line, words=words, table=table, heading=heading, passage=passage
    )
    return environment.get_template("report.md.j2")
