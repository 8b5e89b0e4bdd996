"""What is in a session, in a few lines: for a look before it is opened, reported or deleted."""

from __future__ import annotations

from bbtui.domain.answer import Cell
from bbtui.domain.score import Scorecard, scorecard
from bbtui.domain.session import Session


def overview(session: Session) -> tuple[list[str], list[tuple[str, ...]]]:
    """Lines on the session, and a table: a row per task and trial, a column per endpoint."""
    began = f"{session.started_at.astimezone():%Y-%m-%d %H:%M}"
    lines = [
        f"#{session.number}  {session.about.title or 'without a title'}",
        f"id        {session.id}",
        f"started   {began}, bbtui {session.program or '?'}, endpoints {session.mode}",
    ]
    lines += [
        f"{endpoint.name}: {endpoint.label}, {endpoint.model} at {endpoint.address}"
        for endpoint in session.endpoints
    ]
    card = scorecard(session.judgements)
    head = ("task", *(endpoint.label for endpoint in session.endpoints))
    rows = [head]
    for trial in range(1, session.trials + 1):
        for task in session.tasks:
            name = task.id if trial == 1 else f"{task.id} ×{trial}"
            cells = (Cell(task.id, endpoint.name, trial) for endpoint in session.endpoints)
            rows.append((name, *(_stand(session, card, cell) for cell in cells)))
    return [*lines, ""], rows


def _stand(session: Session, card: Scorecard, cell: Cell) -> str:
    """The state of a cell's latest answer with its score and verdict: ``done 4/5 SOLID``."""
    answer = session.latest(cell)
    if answer is None:
        return "not run"
    marks = card.of(cell, answer.attempt)
    parts = [str(answer.state)]
    if marks.score is not None:
        parts.append(f"{marks.score}/5")
    if marks.verdict is not None:
        parts.append(marks.verdict.word)
    return " ".join(parts)
