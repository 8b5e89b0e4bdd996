"""The exit code of a run, and the messages printed at its end."""

from __future__ import annotations

from bbtui.domain.session import Session
from bbtui.errors import StoreError

DONE = 0
NO_ANSWERS = 3
INCOMPLETE = 4


def endpoints_without_answers(session: Session) -> list[str]:
    """Return the names of the endpoints without any answer that ended or has text."""
    answering = {
        cell.endpoint
        for cell in session.cells()
        if (answer := session.latest(cell)) and (answer.state.answered or answer.text)
    }
    return [endpoint.name for endpoint in session.endpoints if endpoint.name not in answering]


def answered(session: Session) -> int:
    """Return how many cells have an answer that counts as answered."""
    latest = (session.latest(cell) for cell in session.cells())
    return sum(answer is not None and answer.state.answered for answer in latest)


def exit_code(session: Session) -> int:
    """Return 0, 3 or 4 for all cells of the session; 3 takes precedence over 4."""
    if endpoints_without_answers(session):
        return NO_ANSWERS
    return DONE if answered(session) == len(session.cells()) else INCOMPLETE


def closing_summary(session: Session, options: str) -> str:
    """Return how much was answered and the next commands, a line each; "" if nothing was saved.

    `options` are the common options as they were typed, so that these commands find the session.
    """
    if not session.number:
        return ""
    number, total, done = session.number, len(session.cells()), answered(session)
    lines = [f"#{number} saved: {done} of {total} answered"]
    if names := endpoints_without_answers(session):
        lines[0] += f"; no answer from {', '.join(names)}"
    if done < total:
        lines.append(f"  run the rest   {_resume_command(session)} --retry-errors{options}")
    if done:
        lines.append(f"  score it       bbtui score {number}{options}")
    return "\n".join(lines)


def resume_message(session: Session, options: str) -> str:
    """Return the line that names the command to resume an interrupted session."""
    if not session.number:
        return "interrupted before the first request"
    done, total = answered(session), len(session.cells())
    return (
        f"interrupted; #{session.number} is saved ({done} of {total} answered). "
        f"Resume: {_resume_command(session)}{options}"
    )


def unsaved_message(session: Session, error: StoreError) -> str:
    """Return why the session is not saved completely."""
    return f"#{session.number} is not saved: {error}"


def _resume_command(session: Session) -> str:
    return f"bbtui {'demo' if session.embedded else 'run'} --resume {session.number}"
