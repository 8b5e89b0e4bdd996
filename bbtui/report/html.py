"""The report as one HTML file: it loads nothing, and nothing in it can run but its own script."""

from __future__ import annotations

import base64
import functools
import hashlib
from collections.abc import Sequence
from datetime import datetime
from importlib import resources
from typing import TYPE_CHECKING

from bbtui.domain.cell_results import session_results
from bbtui.domain.check import Checker
from bbtui.domain.conclusions import conclude, pair_tests
from bbtui.domain.session import Session
from bbtui.formatting.sanitize import clean_text
from bbtui.report.charts import charts, differences
from bbtui.report.styled_text import Code, Strong, StyledText, Table, spans
from bbtui.report.template import load_template
from bbtui.report.view import report_sections

if TYPE_CHECKING:
    from jinja2 import Template
    from markdown_it import MarkdownIt
    from markdown_it.token import Token
    from markupsafe import Markup

#: Longer text, in characters, is not worth the time to parse it as Markdown.
_LONGEST_PASSAGE = 200_000
#: What an answer may link to; everything else is shown as text.
_SCHEMES = ("http://", "https://", "mailto:")


def render_html(session: Session, *, now: datetime, run_check: Checker) -> str:
    """Return the report of a session as a document of its own.

    `now` is the time it is written; `run_check` runs the checks.
    """
    sections = report_sections(session, now=now, run_check=run_check)
    conclusions = conclude(session_results(session))
    style, script = _asset("report.css"), _asset("report.js")
    return _template().render(
        sections,
        style=style,
        script=script,
        style_hash=_hash(style),
        script_hash=_hash(script),
        charts=charts(conclusions),
        differences=differences(conclusions, pair_tests(conclusions)),
        labels=[side.label for side in conclusions.sides],
        trials=session.trials,
    )


def _asset(name: str) -> str:
    return resources.files("bbtui.report").joinpath("templates", name).read_text("utf-8").strip()


def _hash(text: str) -> str:
    """Return the source of a Content-Security-Policy for exactly this text."""
    digest = base64.b64encode(hashlib.sha256(f"\n{text}\n".encode()).digest())
    return f"'sha256-{digest.decode()}'"


def _styled(text: StyledText) -> Markup:
    from markupsafe import Markup

    parts = []
    for span in spans(text):
        match span:
            case Code(code):
                parts.append(Markup("<code>{}</code>").format(clean_text(code)))
            case Strong(strong):
                parts.append(Markup("<strong>{}</strong>").format(clean_text(strong)))
            case _:
                parts.append(Markup("{}").format(clean_text(span)))
    return Markup("").join(parts)


def _table(table: Table) -> Markup:
    """Return a table that scrolls by itself where it is too wide."""
    from markupsafe import Markup

    def row(cells: Sequence[StyledText], tag: str) -> Markup:
        kinds = ("right" if column in table.right else "left" for column in range(len(cells)))
        return Markup("<tr>{}</tr>").format(
            Markup("").join(
                Markup('<{0} class="{1}">{2}</{0}>').format(tag, kind, _styled(cell))
                for kind, cell in zip(kinds, cells, strict=True)
            )
        )

    body = Markup("\n").join(row(cells, "td") for cells in table.rows)
    return Markup(
        '<div class="scroll" tabindex="0" role="region" aria-label="Table">\n<table>\n'
        "<thead>{}</thead>\n<tbody>{}</tbody>\n</table>\n</div>"
    ).format(row(table.head, "th"), body)


def _passage(text: str) -> Markup:
    """Return the Markdown of a prompt or an answer, without anything that is loaded or run."""
    from markupsafe import Markup

    text = clean_text(text).strip("\n")
    if len(text) > _LONGEST_PASSAGE:
        return Markup("<pre>{}</pre>").format(text)
    return Markup(_parser().render(text))  # noqa: S704 - the parser takes HTML as text


@functools.cache
def _parser() -> MarkdownIt:
    """Return a parser that escapes HTML, loads no image and adds no heading to the document."""
    # Imported here because only a report needs it; it would delay the first paint.
    from markdown_it import MarkdownIt
    from markdown_it.rules_core import StateCore

    def tame(state: StateCore) -> None:
        for block in state.tokens:
            for token in (block, *(block.children or ())):
                _tame(token)

    parser = MarkdownIt("commonmark", {"html": False}).enable("table")
    parser.core.ruler.push("tame", tame)
    return parser


def _tame(token: Token) -> None:
    """Leave out attributes, headings, images, and links to anything but a page."""
    href = str(token.attrs.get("href", ""))
    token.attrs = {name: value for name, value in token.attrs.items() if name == "start"}
    if token.type in ("heading_open", "heading_close"):
        token.tag = "p"
        token.attrs = {"class": "heading"} if token.nesting > 0 else {}
    elif token.type == "link_open" and href.lower().startswith(_SCHEMES):
        token.attrs = {"href": href, "rel": "noopener noreferrer nofollow"}
    elif token.type == "image":
        token.type, token.children = "text", None  # its content is its description
    elif token.type == "fence":
        token.info = ""


@functools.cache
def _template() -> Template:
    return load_template(
        "report.html.j2", styled=_styled, table=_table, passage=_passage, clean=clean_text
    )
