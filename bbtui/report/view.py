"""A session as a document: everything a report says, in its order, before any format."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from bbtui import __version__
from bbtui.domain.cell_results import CellResult, SessionResults, session_results
from bbtui.domain.check import BashParser
from bbtui.domain.score import Severity
from bbtui.domain.session import Session
from bbtui.formatting.durations import format_when
from bbtui.formatting.text import truncate
from bbtui.report.answers import TaskView, task_view, verdict_words
from bbtui.report.comparison import comparison
from bbtui.report.environment import environment, options_alike
from bbtui.report.latency import latency, latency_notes, latency_table, timing_table
from bbtui.report.method import Method, method
from bbtui.report.next_steps import next_steps
from bbtui.report.phrase import (
    Code,
    Phrase,
    Strong,
    Table,
    joined,
    operator_paragraphs,
    with_code,
)
from bbtui.report.summary import summary


@dataclass(frozen=True, slots=True)
class ReportView:
    """The ten sections. Phrases and tables hold words as they are; each format escapes them."""

    title: str
    about: tuple[tuple[str, Phrase], ...]
    environment: Table
    options: Phrase
    summary: tuple[Phrase, ...]
    operator_summary: tuple[Phrase, ...]
    quality: tuple[tuple[str, Table], ...]
    tasks: tuple[TaskView, ...]
    comparison: Table
    latency: Table
    latency_notes: tuple[Phrase, ...]
    timings: Table
    finding: tuple[Phrase, ...]
    faults: Table | None
    next_steps: tuple[Phrase, ...]
    method: Method
    provenance: Phrase


def report_view(session: Session, *, now: datetime, parse_bash: BashParser) -> ReportView:
    """Look at a session once and say everything a report says; `now` is when it is written."""
    stands = session_results(session)
    return ReportView(
        title=_title(stands),
        about=_about(session),
        environment=environment(stands),
        options=options_alike(stands),
        summary=summary(stands),
        operator_summary=operator_paragraphs(stands.scorecard.summary),
        quality=tuple(
            (stands.label(endpoint), _quality(stands, stands.of_endpoint(endpoint)))
            for endpoint in session.endpoints
        ),
        tasks=tuple(
            task_view(stands, number, task, parse_bash)
            for number, task in enumerate(session.tasks, 1)
        ),
        comparison=comparison(stands),
        latency=latency_table(stands),
        latency_notes=latency_notes(stands),
        timings=timing_table(stands),
        finding=operator_paragraphs(stands.scorecard.finding),
        faults=_faults(stands),
        next_steps=next_steps(stands),
        method=method(stands),
        provenance=_provenance(session, now),
    )


def _title(results: SessionResults) -> str:
    if results.session.about.title:
        return results.session.about.title
    labels = [results.label(endpoint) for endpoint in results.session.endpoints]
    return f"Benchmark: {' and '.join(labels)}"


def _about(session: Session) -> tuple[tuple[str, Phrase], ...]:
    # A bare #12 would become a link to issue 12 wherever this is pasted.
    number = f"{session.number}, " if session.number else ""
    about = session.about
    lines: tuple[tuple[str, Phrase], ...] = (
        ("Date", format_when(session.started_at)),
        ("Session", (number, Code(session.id))),
        ("Issue", about.issue),
        ("Milestone", about.milestone),
        ("Operator", about.operator),
        ("Label", about.label),
    )
    return tuple((name, words) for name, words in lines if words)


def _quality(results: SessionResults, cells: tuple[CellResult, ...]) -> Table:
    """One endpoint's answers: task, latency, score, verdict."""
    rows: list[tuple[Phrase, ...]] = []
    for one in cells:
        if not one.available:
            why = joined(Strong("UNAVAILABLE"), " — ", with_code(truncate(one.cause, 80)))
            rows.append((results.title(one), "N/A", "N/A", why))
            continue
        score = "not scored" if one.marks.score is None else f"{one.marks.score}/5"
        rows.append((results.title(one), latency(one), score, verdict_words(one.marks)))
    return Table(("Task", "Latency", "Score", "Verdict"), tuple(rows), frozenset({1, 2}))


def _faults(results: SessionResults) -> Table | None:
    """The faults by kind, worst first, a column per endpoint; None without any."""
    endpoints = results.session.endpoints
    counts = [
        Counter(
            fault.severity for one in results.of_endpoint(endpoint) for fault in one.marks.faults
        )
        for endpoint in endpoints
    ]
    kinds = [kind for kind in Severity if any(count[kind] for count in counts)]
    if not kinds:
        return None
    rows: list[tuple[Phrase, ...]] = [
        (kind.value, *(str(count[kind]) for count in counts)) for kind in kinds
    ]
    rows.append((Strong("All"), *(Strong(str(count.total())) for count in counts)))
    head = ("Fault", *(results.label(endpoint) for endpoint in endpoints))
    return Table(head, tuple(rows), frozenset(range(1, len(head))))


def _provenance(session: Session, now: datetime) -> Phrase:
    ran = f", run with {session.program}" if session.program not in ("", __version__) else ""
    return (
        f"Written by bbtui {__version__} from session ",
        Code(session.id),
        f"{ran} at {format_when(now)}.",
    )
