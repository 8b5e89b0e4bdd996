"""The content of a report, section by section, independent of the format it is rendered to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bbtui import __version__
from bbtui.domain.cell_results import SessionResults, session_results
from bbtui.domain.check import BashParser
from bbtui.domain.session import Session
from bbtui.formatting.durations import format_when
from bbtui.report.answers import TaskView, task_view
from bbtui.report.environment import environment_table, shared_options
from bbtui.report.latency import latency_notes, latency_table, timing_table
from bbtui.report.method import Method, method
from bbtui.report.next_steps import next_steps
from bbtui.report.scores import comparison_table, fault_table, quality_table
from bbtui.report.styled_text import Code, StyledText, Table, split_paragraphs
from bbtui.report.summary import summary


@dataclass(frozen=True, slots=True)
class ReportView:
    """The ten sections of a report; nothing in it is escaped."""

    title: str
    about: tuple[tuple[str, StyledText], ...]
    """Name and value of the lines under the title."""
    environment: Table
    options: StyledText
    """The options sent to every endpoint; empty if they differ."""
    summary: tuple[StyledText, ...]
    operator_summary: tuple[StyledText, ...]
    quality: tuple[tuple[str, Table], ...]
    """The label of each endpoint with the table of its answers."""
    tasks: tuple[TaskView, ...]
    comparison: Table
    latency: Table
    latency_notes: tuple[StyledText, ...]
    timings: Table
    finding: tuple[StyledText, ...]
    faults: Table | None
    next_steps: tuple[StyledText, ...]
    method: Method
    provenance: StyledText


def report_view(session: Session, *, now: datetime, parse_bash: BashParser) -> ReportView:
    """Return the report of a session; `now` is the time it is written."""
    results = session_results(session)
    return ReportView(
        title=_title(results),
        about=_about(session),
        environment=environment_table(results),
        options=shared_options(results),
        summary=summary(results),
        operator_summary=split_paragraphs(results.scorecard.summary),
        quality=tuple(
            (results.label(endpoint), quality_table(results, endpoint))
            for endpoint in session.endpoints
        ),
        tasks=tuple(
            task_view(results, number, task, parse_bash)
            for number, task in enumerate(session.tasks, 1)
        ),
        comparison=comparison_table(results),
        latency=latency_table(results),
        latency_notes=latency_notes(results),
        timings=timing_table(results),
        finding=split_paragraphs(results.scorecard.finding),
        faults=fault_table(results),
        next_steps=next_steps(results),
        method=method(results),
        provenance=_provenance(session, now),
    )


def _title(results: SessionResults) -> str:
    if results.session.about.title:
        return results.session.about.title
    labels = [results.label(endpoint) for endpoint in results.session.endpoints]
    return f"Benchmark: {' and '.join(labels)}"


def _about(session: Session) -> tuple[tuple[str, StyledText], ...]:
    # A bare #12 would become a link to issue 12 wherever the report is pasted.
    number = f"{session.number}, " if session.number else ""
    about = session.about
    lines: tuple[tuple[str, StyledText], ...] = (
        ("Date", format_when(session.started_at)),
        ("Session", (number, Code(session.id))),
        ("Issue", about.issue),
        ("Milestone", about.milestone),
        ("Operator", about.operator),
        ("Label", about.label),
    )
    return tuple((name, value) for name, value in lines if value)


def _provenance(session: Session, now: datetime) -> StyledText:
    ran = f", run with {session.program}" if session.program not in ("", __version__) else ""
    return (
        f"Written by bbtui {__version__} from session ",
        Code(session.id),
        f"{ran} at {format_when(now)}.",
    )
