"""Another program writes to the database: no tick waits for it, and nothing is lost."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bbtui.domain.answer import Cell
from bbtui.domain.score import Score
from bbtui.errors import StoreError
from bbtui.store.sessions import SessionStore
from tests.fakes import BIG, Script, done, sent, text, wait
from tests.locked import locked

BIG_CELL = Cell("webhook", BIG)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "sessions.db"


@pytest.fixture
def store(path: Path) -> Iterator[SessionStore]:
    with SessionStore.open(path) as store:
        store.interactive = True
        yield store


def test_tick_does_not_wait_for_a_locked_database(store, path, make_run, release):
    running = make_run(Script(sent(), text("a"), wait(release), text("b"), done()), store=store)
    comparison = running.comparison
    comparison.run([BIG_CELL])
    running.until(lambda: comparison.answer(BIG_CELL).text)
    with locked(path) as let_go:
        release.set()
        running.until(lambda: comparison.write_error)
        assert comparison.write_error.message.startswith("sessions.db is in use by another program")
        with pytest.raises(StoreError, match="in use by another program"):
            comparison.judge(Score(4), BIG_CELL)
        let_go()
        running.finish()
    assert comparison.write_error is None
    assert store.load().latest(BIG_CELL).text == "ab"


def test_close_saves_again_after_the_database_was_locked(store, path, make_run, release):
    running = make_run(Script(sent(), text("a"), wait(release), done()), store=store)
    comparison = running.comparison
    comparison.run([BIG_CELL])
    running.until(lambda: comparison.answer(BIG_CELL).text)
    with locked(path):
        comparison.close()
        assert comparison.write_error is not None
    comparison.close()
    assert comparison.write_error is None
    assert store.load().latest(BIG_CELL).text == "a"
