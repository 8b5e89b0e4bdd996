"""How a run without a screen ended: its exit code and its last words."""

from __future__ import annotations

from bbtui.domain.session import Session
from bbtui.errors import StoreError

DONE = 0
ENDPOINT_SILENT = 3
INCOMPLETE = 4


def endpoints_without_answers(session: Session) -> list[str]:
    """The names of the endpoints that answered nothing: no answer came to its end or had text."""
    heard = {
        cell.endpoint
        for cell in session.cells()
        if (answer := session.latest(cell)) and (answer.state.answered or answer.text)
    }
    return [endpoint.name for endpoint in session.endpoints if endpoint.name not in heard]


def answered(session: Session) -> int:
    """How many cells have an answer that counts as one."""
    latest = (session.latest(cell) for cell in session.cells())
    return sum(answer is not None and answer.state.answered for answer in latest)


def exit_code(session: Session) -> int:
    """0, 3 or 4 for the session as it stands, over all of its cells; 3 goes before 4."""
    if endpoints_without_answers(session):
        return ENDPOINT_SILENT
    return DONE if answered(session) == len(session.cells()) else INCOMPLETE


def closing_summary(session: Session, common: str) -> str:
    """Where the session is and what can be done with it, a line each; "" where nothing was kept.

    `common` are the common options as they were typed, so that the commands named here find the
    same session.
    """
    if not session.number:
        return ""
    number, total, have = session.number, len(session.cells()), answered(session)
    lines = [f"#{number} saved: {have} of {total} answered"]
    if silent := endpoints_without_answers(session):
        lines[0] += f"; nothing from {', '.join(silent)}"
    if have < total:
        lines.append(f"  run the rest   {_resume(session)} --retry-errors{common}")
    if have:
        lines.append(f"  score it       bbtui score {number}{common}")
    return "\n".join(lines)


def resume_message(session: Session, common: str) -> str:
    """The line that says how to go on after an interruption."""
    if not session.number:
        return "interrupted before anything was asked"
    have, total = answered(session), len(session.cells())
    return (
        f"interrupted; #{session.number} is saved ({have} of {total} answered). "
        f"Resume: {_resume(session)}{common}"
    )


def unsaved_message(session: Session, trouble: StoreError) -> str:
    """That the session is not on the disk as it stands, and why."""
    return f"#{session.number} is not saved: {trouble}"


def _resume(session: Session) -> str:
    return f"bbtui {'demo' if session.embedded else 'run'} --resume {session.number}"
