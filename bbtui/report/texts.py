"""Every text of a session that a person or a server wrote, except prompts and answers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, replace

from bbtui.domain.problem import Problem
from bbtui.domain.score import Fault, FaultEdit, Judged, Note, Remark, Verdict
from bbtui.domain.session import Session, SessionInfo


def change_texts(session: Session, change: Callable[[str], str]) -> Session:
    """Return the session with each of these texts changed; names and addresses stay."""

    def problem(of: Problem) -> Problem:
        return Problem(change(of.cause), change(of.fix))

    def judged(what: Judged) -> Judged:
        match what:
            case Verdict(word, why):
                return Verdict(change(word), change(why))
            case Fault(severity, text):
                return Fault(severity, change(text))
            case FaultEdit(of, severity, text):
                return FaultEdit(of, severity, change(text))
            case Note(text):
                return Note(change(text))
            case Remark(about, text):
                return Remark(about, change(text))
            case _:
                return what

    about = {
        field.name: change(getattr(session.about, field.name)) for field in fields(SessionInfo)
    }
    return replace(
        session,
        about=SessionInfo(**about),
        tasks=tuple(replace(task, title=change(task.title)) for task in session.tasks),
        endpoints=tuple(
            replace(one, label=change(one.label), hardware=change(one.hardware))
            for one in session.endpoints
        ),
        answers=tuple(
            replace(answer, problem=problem(answer.problem)) for answer in session.answers
        ),
        judgements=tuple(replace(row, what=judged(row.what)) for row in session.judgements),
        seen={
            name: replace(record, problem=problem(record.problem))
            for name, record in session.seen.items()
        },
    )
