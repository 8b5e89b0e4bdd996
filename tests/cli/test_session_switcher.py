"""Sessions opened on the screen one after the other: closed, released, saved."""

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


class StoreOnFullDisk(SessionStore):
    """A store on a disk that is full when a test sets it."""

    full = False

    def finish(self, session_id: str, answer: Answer) -> None:
        if self.full:
            raise DISK_FULL
        super().finish(session_id, answer)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[StoreOnFullDisk]:
    with StoreOnFullDisk.open(tmp_path / "sessions.db") as store:
        yield store


@pytest.fixture
def switcher(store: StoreOnFullDisk) -> SessionSwitcher:
    """Return a switcher with session #1; #2 and #3 are in the store."""

    def reopen(session: Session) -> Comparison:
        return Comparison(session, [make_connection(BIG)], store)

    first, *_ = [store.create(replace(make_session(), id=new_id())) for _ in range(3)]
    return SessionSwitcher(Launch(reopen(first), store, reopen, Settings()))


def run_onto_a_full_disk(switcher: SessionSwitcher, store: StoreOnFullDisk) -> Comparison:
    """Answer the current session without saving the end."""
    comparison = switcher.front
    comparison.run([HERE])
    store.full = True
    wait_until(lambda: (comparison.tick(), comparison.write_error)[1])
    return comparison


def test_saved_session_is_released_when_another_is_opened(switcher: SessionSwitcher) -> None:
    second = weakref.ref(switcher.open("2"))
    switcher.open("3")
    gc.collect()
    assert second() is None
    assert switcher.front.session.number == 3


def test_unsaved_session_is_retried_when_another_is_opened(
    switcher: SessionSwitcher, store: StoreOnFullDisk
) -> None:
    run_onto_a_full_disk(switcher, store)
    switcher.open("2")
    assert [session.number for session, _ in switcher.unsaved] == [1]
    store.full = False
    switcher.open("3")
    assert switcher.unsaved == []
    assert store.load("1").latest(HERE).text == "All is well."


def test_unsaved_session_is_retried_at_close(
    switcher: SessionSwitcher, store: StoreOnFullDisk, tmp_path: Path
) -> None:
    run_onto_a_full_disk(switcher, store)
    switcher.open("2")
    store.full = False
    switcher.close()
    assert switcher.unsaved == []
    with SessionStore.open(tmp_path / "sessions.db") as again:
        assert again.load("1").latest(HERE).state == "done"


def test_session_unsaved_at_close_is_listed(
    switcher: SessionSwitcher, store: StoreOnFullDisk
) -> None:
    run_onto_a_full_disk(switcher, store)
    switcher.open("2")
    switcher.close()
    assert [(session.number, failure) for session, failure in switcher.unsaved] == [(1, DISK_FULL)]


def test_unsaved_session_cannot_be_opened_again(
    switcher: SessionSwitcher, store: StoreOnFullDisk
) -> None:
    run_onto_a_full_disk(switcher, store)
    second = switcher.open("2")
    with pytest.raises(StoreError, match="the disk is full"):
        switcher.open("1")
    assert switcher.front is second


def test_current_session_continues_when_opening_fails(switcher: SessionSwitcher) -> None:
    first = switcher.front
    with pytest.raises(SessionNotFoundError):
        switcher.open("9")
    first.run([HERE])
    wait_until(lambda: (first.tick(), not first.busy)[1])
    assert first.session.latest(HERE).state == "done"
