"""The report as Markdown, ready to paste into an issue."""

from __future__ import annotations

import functools
import html
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from bbtui.domain.check import Checker
from bbtui.domain.problem import Problem
from bbtui.domain.session import Session
from bbtui.report.markdown_escape import (
    break_references,
    code_span,
    escape_heading,
    escape_text,
    fold_title,
    quote_passage,
)
from bbtui.report.short import LONGEST_COMMENT, Limits, fitted, limit_sections, shorten
from bbtui.report.styled_text import Code, Span, Strong, StyledText, Table, spans, split_paragraphs
from bbtui.report.template import load_template
from bbtui.report.view import report_sections

if TYPE_CHECKING:
    from jinja2 import Template

_FOLD = re.compile(r"^<details>\n<summary>(?P<title>.*)</summary>$", re.MULTILINE)
#: The widest padding of a column, in characters; longer cells are not padded to.
_WIDEST = 48
_ASCII = re.compile(r"[\x00-\x7f]+")


def render_markdown(
    session: Session,
    *,
    now: datetime,
    run_check: Checker,
    verbatim: bool = False,
    short: bool = False,
    longest: int = LONGEST_COMMENT,
) -> str:
    """Return the report of a session, ending with a newline.

    Where it is pasted, answers and prompts have no mentions and references, unless `verbatim`.
    A `short` one has no prompts and no answers, and at most `longest` characters. `now` is the time
    it is written; `run_check` runs the checks. Never raises because of the content of an answer or
    a judgement.
    """
    if not verbatim:
        session = _without_references(session)

    def render(limits: Limits) -> str:
        part = shorten(session, limits) if short else session
        sections = report_sections(part, now=now, run_check=run_check)
        if short:
            sections = limit_sections(sections, limits)
        text: str = _template().render(sections, verbatim=verbatim, short=short)
        return text.rstrip("\n") + "\n"

    return fitted(render, longest) if short else render(Limits())


def unfold(report: str) -> str:
    """Return a report for a reader that folds nothing: with the title of each fold above it."""
    text = _FOLD.sub(lambda m: f"▸ {escape_text(html.unescape(m['title']))}", report)
    return text.replace("\n\n</details>\n", "\n")


def _without_references(session: Session) -> Session:
    """Return the session with no reference in what is not the operator's: titles and causes.

    The title of a prompt is its beginning, and a cause may quote a server.
    """

    def cleared(problem: Problem) -> Problem:
        return replace(problem, cause=break_references(problem.cause))

    return replace(
        session,
        tasks=tuple(replace(task, title=break_references(task.title)) for task in session.tasks),
        answers=tuple(
            replace(answer, problem=cleared(answer.problem)) for answer in session.answers
        ),
        seen={
            name: replace(record, problem=cleared(record.problem))
            for name, record in session.seen.items()
        },
    )


def render_block(text: StyledText) -> str:
    """Return text that begins a paragraph or a list item."""
    first, *rest = spans(text) or ("",)
    start = escape_text(first, start=True) if isinstance(first, str) else _span(first)
    return (start + "".join(map(_span, rest))).strip()


def render_paragraphs(text: str) -> str:
    """Return a text that the operator wrote as the paragraphs that the report has of it."""
    return "\n\n".join(map(render_block, split_paragraphs(text)))


def render_inline(text: StyledText, *, in_table: bool = False) -> str:
    """Return text that follows other text on its line, or that is a cell of a table."""
    return "".join(_span(span, in_table=in_table) for span in spans(text)).strip()


def render_table(content: Table) -> str:
    """Return a table whose columns are aligned in the source, unless a cell is too long."""
    head, *body = (
        [render_inline(cell, in_table=True) for cell in row]
        for row in (content.head, *content.rows)
    )
    widths = [_padded_width(column) for column in zip(head, *body, strict=True)]
    rule = [
        "-" * (width - 1) + ":" if column in content.right else "-" * width
        for column, width in enumerate(widths)
    ]
    lines = (head, rule, *body)
    return "\n".join(_row(cells, widths, content.right) for cells in lines)


def _span(span: Span, *, in_table: bool = False) -> str:
    match span:
        case Code(text):
            return code_span(text, in_table=in_table)
        case Strong(text):
            strong = escape_text(text).strip()
            return f"**{strong}**" if strong else ""
        case _:
            return escape_text(span)


def _padded_width(cells: Sequence[str]) -> int:
    """Return the width of a column, at least the three hyphens of its rule."""
    return max([3, *(width for cell in cells if (width := _width(cell)) <= _WIDEST)])


def _row(cells: Sequence[str], widths: Sequence[int], right: frozenset[int]) -> str:
    padded = []
    for column, (cell, width) in enumerate(zip(cells, widths, strict=True)):
        space = " " * (width - _width(cell))
        padded.append(space + cell if column in right else cell + space)
    return f"| {' | '.join(padded)} |"


def _width(text: str) -> int:
    """Return the width in a fixed-width font: wide characters take 2 columns, invisible ones 0."""
    others = _ASCII.sub("", text)
    return len(text) - len(others) + sum(map(_character_width, others))


def _character_width(character: str) -> int:
    if unicodedata.combining(character) or unicodedata.category(character) == "Cf":
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


@functools.cache
def _template() -> Template:
    return load_template(
        "report.md.j2",
        block=render_block,
        inline=render_inline,
        table=render_table,
        heading=escape_heading,
        passage=quote_passage,
        fold_title=fold_title,
    )
