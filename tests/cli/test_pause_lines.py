"""The lines of a run without a screen about servers that do not take requests."""

from __future__ import annotations

import pytest

from bbtui.cli.progress import PauseTracker
from bbtui.domain.answer import Cell
from bbtui.domain.problem import Problem
from bbtui.domain.score import Blinding, Judgement
from bbtui.domain.waiting import Unavailable, UnavailableKind
from bbtui.engine.comparison import Comparison
from bbtui.engine.pauses import Pause
from bbtui.engine.snapshot import Snapshot
from tests.fakes import BIG, MemoryStore, make_connection, make_session
from tests.fakes.builders import MORNING

GONE = Problem("nothing listens at gpu:8080", "start it")


@pytest.fixture
def snapshot() -> Snapshot:
    """Return a session whose answers of `big` all wait."""
    link = make_connection(BIG)
    comparison = Comparison(make_session(endpoints=[link.endpoint]), [link], MemoryStore())
    session = comparison.session
    return comparison.snapshot()._replace(waiting=session.cells(), now_s=0.0)


def paused(snapshot: Snapshot, now: float, kind: UnavailableKind, since: float = 0.0) -> Snapshot:
    why = Unavailable(kind, GONE, delay_s=30.0 if kind == "asked" else 0.0)
    until = None if kind == "asked" else since + 60
    pause = Pause(why, since, since, since + 30, until)
    return snapshot._replace(paused={BIG: pause}, now_s=now)


def test_pause_is_counted_down_and_its_end_names_what_was_not_run(snapshot: Snapshot):
    tracker = PauseTracker()
    lines = [tracker.poll(paused(snapshot, now, "away")) for now in (0.0, 5.0, 10.0, 15.0, 20.0)]
    start = f"{BIG}: waits: nothing listens at gpu:8080; gives up in 60 s; start it"
    assert lines == [[start], [], [f"{BIG}: gives up in 50 s"], [], [f"{BIG}: gives up in 40 s"]]
    over = snapshot._replace(waiting=(), now_s=60.0)
    not_run = f"{BIG}: 4 answers not run: nothing listens at gpu:8080; start it"
    assert tracker.poll(over) == [not_run]
    assert tracker.poll(over) == []


def test_requested_delay_is_counted_down(snapshot: Snapshot):
    tracker = PauseTracker()
    start = f"{BIG}: waits 30 s, as the server requests: nothing listens at gpu:8080"
    assert tracker.poll(paused(snapshot, 0.0, "asked")) == [start]
    assert tracker.poll(paused(snapshot, 12.0, "asked")) == [f"{BIG}: next try in 18 s"]


def test_pause_in_a_blind_session_names_no_side_and_no_cause(snapshot: Snapshot):
    blinding = Judgement(MORNING, Blinding(on=True, seed="7"), Cell("", ""), 1, 1)
    snapshot = snapshot._replace(session=snapshot.session.with_judgement(blinding))
    tracker = PauseTracker()
    assert tracker.poll(paused(snapshot, 0.0, "away")) == ["a side: waits; gives up in 60 s"]
    assert tracker.poll(paused(snapshot, 10.0, "away")) == ["a side: gives up in 50 s"]
    over = snapshot._replace(waiting=(), now_s=60.0)
    assert tracker.poll(over) == ["a side: 4 answers not run"]


def test_pause_that_goes_on_after_a_refused_try_is_no_new_one(snapshot: Snapshot):
    tracker = PauseTracker()
    assert tracker.poll(paused(snapshot, 0.0, "away"))
    assert tracker.poll(snapshot._replace(now_s=2.0)) == [], "it is tried, its cells still wait"
    assert tracker.poll(paused(snapshot, 3.0, "away")) == []
    assert len(tracker.poll(paused(snapshot, 4.0, "away", since=4.0))) == 1
