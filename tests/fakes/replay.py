"""An AnswerSource that replays recorded answers: the same text in the same reads and times."""

from __future__ import annotations

import threading
from collections.abc import Mapping

from bbtui.domain.answer import Answer, Cell, Piece
from bbtui.domain.session import Session
from tests.fakes.script import MS, Script, Step, _end, known, read, sent, wait


def steps(
    answer: Answer, *, part: float = 1.0, release: threading.Event | None = None
) -> list[Step]:
    """Return the answer as steps; a `release` holds back all but that `part` of its reads."""
    found = [known(answer.warmth), sent()]
    held_at = int(len(answer.reads) * part)
    at_ns = text_at = thinking_at = 0
    for position, item in enumerate(answer.reads):
        if release is not None and position == held_at:
            found.append(wait(release))
        text = answer.text[text_at : text_at + item.text]
        thinking = answer.thinking[thinking_at : thinking_at + item.thinking]
        text_at, thinking_at = text_at + item.text, thinking_at + item.thinking
        pieces = (Piece(text, thinking),) if text or thinking else ()
        found.append(read(*pieces, after_ms=(item.offset_ns - at_ns) / MS, size=item.size))
        at_ns = item.offset_ns
    rest_ms = ((answer.end_ns or at_ns) - at_ns) / MS
    found.append(
        _end(rest_ms, answer.state, answer.problem.cause, answer.problem.fix, answer.server)
    )
    return found


def replaying(
    session: Session, name: str, parts: Mapping[str, float], release: threading.Event
) -> Script:
    """Return a source that replays an endpoint's answers of a saved session.

    `parts` has the tasks that pause until `release` is set, with the part of the reads before that.
    """
    script = Script()
    for task in session.tasks:
        answer = session.latest(Cell(task.id, name))
        if answer is not None:
            part = parts.get(task.id)
            held = None if part is None else release
            script.on(task.prompt, *steps(answer, part=1.0 if part is None else part, release=held))
    return script
