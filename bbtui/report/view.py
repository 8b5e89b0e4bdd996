"""The content of a report, section by section, independent of the format it is rendered to."""

from __future__ import annotations

from datetime import datetime

from bbtui import __version__
from bbtui.domain.cell_results import SessionResults, session_results
from bbtui.domain.check import Check, Checker, CheckResult
from bbtui.domain.conclusion_text import FLAG_MEANINGS, flag_text, verdict_statements
from bbtui.domain.conclusions import Conclusions, conclude, pair_tests
from bbtui.domain.endpoint import Endpoint
from bbtui.domain.session import Session
from bbtui.formatting.durations import format_when
from bbtui.formatting.text import counted
from bbtui.report.answers import task_view
from bbtui.report.environment import environment_table, shared_options
from bbtui.report.judging import judging_conditions
from bbtui.report.latency import latency_notes, latency_table, timing_table
from bbtui.report.method import definitions, equal_conditions, limits, unequal_conditions
from bbtui.report.next_steps import next_steps, reference
from bbtui.report.scores import comparison_table, fault_table, quality_table
from bbtui.report.styled_text import Code, Strong, StyledText, concat, split_paragraphs
from bbtui.report.summary import summary


def report_sections(session: Session, *, now: datetime, run_check: Checker) -> dict[str, object]:
    """Return the content of a report by the names that its template uses; nothing is escaped.

    `now` is the time it is written.
    """
    results = session_results(session)
    conclusions = conclude(results)
    known: dict[tuple[Check, str], CheckResult] = {}

    def run_once(check: Check, text: str) -> CheckResult:
        if (check, text) not in known:
            known[check, text] = run_check(check, text)
        return known[check, text]

    return {
        "title": _title(results),
        "sides": _sides(results),
        "about": _about(session),
        "verdict": _verdict(conclusions),
        "environment": environment_table(results),
        "options": shared_options(results),
        "summary": summary(results),
        "operator_summary": split_paragraphs(results.scorecard.summary),
        "quality": tuple(
            (results.label(endpoint), quality_table(results, endpoint))
            for endpoint in session.endpoints
        ),
        "tasks": tuple(
            task_view(results, number, task, run_once)
            for number, task in enumerate(session.tasks, 1)
        ),
        "more_tasks": 0,
        "full_report": Code(f"bbtui report {reference(session)}"),
        "comparison": comparison_table(results),
        "flags": _flags(conclusions),
        "latency": latency_table(results),
        "latency_notes": latency_notes(results),
        "timings": timing_table(results),
        "finding": split_paragraphs(results.scorecard.finding),
        "faults": fault_table(results),
        "next_steps": next_steps(results),
        "definitions": definitions(results),
        "judging": judging_conditions(results),
        "equal": equal_conditions(session),
        "unequal": unequal_conditions(results),
        "limits": limits(results),
        "provenance": _provenance(session, now),
    }


def _title(results: SessionResults) -> str:
    if results.session.about.title:
        return results.session.about.title
    labels = [results.label(endpoint) for endpoint in results.session.endpoints]
    return f"Benchmark: {' and '.join(labels)}"


def _sides(results: SessionResults) -> StyledText:
    """Return what is compared: ``Big Brain (gemma3:27b, L40S) vs Local (gemma3:1b)``."""
    machines = {one: _machine(results.session, one) for one in results.session.endpoints}
    found: StyledText = ()
    for endpoint, machine in machines.items():
        # What they all run on is in the table of the environment.
        where = f", {machine}" if machine and len({*machines.values()}) > 1 else ""
        label = Strong(results.label(endpoint))
        side = (label, " (", Code(endpoint.model), f"{where})")
        found = concat(found, " vs " if found else "", side)
    return found


def _verdict(conclusions: Conclusions) -> tuple[StyledText, ...]:
    """Return the verdict of the session, and the command to judge what is not judged yet."""
    results = conclusions.results
    tests = pair_tests(conclusions)
    lines: list[StyledText] = list(verdict_statements(conclusions, tests))
    left = sum(one.unscored for one in results.cells)
    command = Code(f"bbtui score {reference(results.session)}")
    if left and conclusions.scored:
        lines.append((f"{counted(left, 'answer')} still to score: ", command))
    elif left:
        lines[0] = concat(lines[0], " ", command)
    return tuple(lines)


def _flags(conclusions: Conclusions) -> tuple[StyledText, ...]:
    """Return which tasks have no signal or an odd one, and why."""
    titles = conclusions.results.task_titles()
    return tuple(
        f"{title}: {flag_text(flag)}, {FLAG_MEANINGS[flag.kind]}."
        for title, task in zip(titles, conclusions.tasks, strict=True)
        for flag in task.flags
    )


def _machine(session: Session, endpoint: Endpoint) -> str:
    pod = session.host_record(endpoint).pod
    return pod.machine if pod and pod.machine else endpoint.hardware


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
        f"Generated by bbtui {__version__} from session ",
        Code(session.id),
        f"{ran} at {format_when(now)}.",
    )
