"""The sessions that were opened on the screen, one after the other, and what becomes of them."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from bbtui.cli.launch import Launch
from bbtui.cli.tui import SessionSwitcher
from bbtui.config.settings import Settings
from bbtui.domain.answer import Answer, Cell
from bbtui.domain.session import Session
from bbtui.engine.comparison import Comparison
from bbtui.errors import SessionNotFoundError, StoreError
from bbtui.store.sessions import SessionStore
from bbtui.store.uuid7 import new_id
from tests.fakes import BIG, DISK_FULL, make_connection, make_session
from tests.waiting import wait_until

HERE = Cell("webhook", BIG)


class Filling(SessionStore):
    """A store on a disk that is full when a test says so."""

    full = False

    def finish(self, session_id: str, answer: Answer) -> None:
        if self.full:
            raise DISK_FULL
        super().finish(session_id, answer)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Filling]:
    with Filling.open(tmp_path / "sessions.db") as store:
        yield store


@pytest.fixture
def opener(store: Filling) -> SessionSwitcher:
    """An opener with session #1 in front; #2 and #3 are in the store."""

    def reopen(session: Session) -> Comparison:
        return Comparison(session, [make_connection(BIG)], store)

    first, *_ = [store.create(replace(make_session(), id=new_id())) for _ in range(3)]
    return SessionSwitcher(Launch(reopen(first), store, reopen, Settings()))


def run_onto_a_full_disk(opener: SessionSwitcher, store: Filling) -> Comparison:
    """Let the session in front be answered, its end unwritten."""
    comparison = opener.front
    comparison.run([HERE])
    store.full = True
    wait_until(lambda: (comparison.tick(), comparison.write_error)[1])
    return comparison


def test_what_is_saved_is_let_go(opener: SessionSwitcher) -> None:
    second = weakref.ref(opener.open("2"))
    opener.open("3")
    gc.collect()
    assert second() is None
    assert opener.front.session.number == 3


def test_what_could_not_be_written_is_tried_again_when_another_is_opened(
    opener: SessionSwitcher, store: Filling
) -> None:
    run_onto_a_full_disk(opener, store)
    opener.open("2")
    assert [session.number for session, _ in opener.unsaved] == [1]
    store.full = False
    opener.open("3")
    assert opener.unsaved == []
    assert store.load("1").latest(HERE).text == "All is well."


def test_and_in_the_end(opener: SessionSwitcher, store: Filling, tmp_path: Path) -> None:
    run_onto_a_full_disk(opener, store)
    opener.open("2")
    store.full = False
    opener.close()
    assert opener.unsaved == []
    with SessionStore.open(tmp_path / "sessions.db") as again:
        assert again.load("1").latest(HERE).state == "done"


def test_what_stayed_unsaved_to_the_end_is_named(opener: SessionSwitcher, store: Filling) -> None:
    run_onto_a_full_disk(opener, store)
    opener.open("2")
    opener.close()
    assert [(session.number, trouble) for session, trouble in opener.unsaved] == [(1, DISK_FULL)]


def test_a_session_is_not_opened_again_before_it_is_saved(
    opener: SessionSwitcher, store: Filling
) -> None:
    run_onto_a_full_disk(opener, store)
    second = opener.open("2")
    with pytest.raises(StoreError, match="the disk is full"):
        opener.open("1")
    assert opener.front is second


def test_where_none_can_be_opened_the_one_in_front_goes_on(opener: SessionSwitcher) -> None:
    first = opener.front
    with pytest.raises(SessionNotFoundError):
        opener.open("9")
    first.run([HERE])
    wait_until(lambda: (first.tick(), not first.busy)[1])
    assert first.session.latest(HERE).state == "done"
