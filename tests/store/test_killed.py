"""kill -9: everything that was acknowledged is there."""

from __future__ import annotations

from pathlib import Path

import pytest

from bbtui.domain.answer import AnswerState
from bbtui.domain.score import Note
from bbtui.store.sessions import SessionStore
from tests.store.builders import small_session
from tests.store.child import piece
from tests.store.children import child, read_line


@pytest.mark.parametrize("after", [1, 2, 7, 40, 301])
def test_killed_program_loses_nothing_that_was_acknowledged(path: Path, after: int) -> None:
    with SessionStore.open(path) as store:
        session = store.create(small_session())
    with child("stream", path, session.id) as process:
        lines = [read_line(process) for _ in range(after)]
        process.kill()
        process.wait()
        assert process.stdout is not None
        # The last line may be torn off.
        lines += [line for line in process.stdout.read().split("\n")[:-1] if line]
    grown, judged = lines.count("grew"), lines.count("judged")

    with SessionStore.open(path) as store:
        loaded = store.load(session.id)
        (summary,) = store.summaries()
    (answer,) = loaded.answers
    count = len(answer.reads)
    # What was written but not yet acknowledged may be there, and nothing half of it.
    assert count in (grown, grown + 1)
    assert answer.text == "".join(piece(number) for number in range(1, count + 1))
    assert [read.offset_ns for read in answer.reads] == [
        number * 1_000_000 for number in range(1, count + 1)
    ]
    assert len(loaded.judgements) in (judged, judged + 1)
    assert [row.what for row in loaded.judgements] == [
        Note(piece(number)) for number in range(1, len(loaded.judgements) + 1)
    ]
    assert answer.state is AnswerState.FAILED
    assert answer.problem.cause == "bbtui ended while this was streaming"
    assert answer.problem.fix
    assert answer.abandoned
    assert summary.unfinished
    assert not summary.running
