"""Blind rounds of a running session: hidden, revealed by their last score, recorded."""

from __future__ import annotations

import pytest

from bbtui.domain.answer import AnswerState, Cell, Round
from bbtui.domain.score import Blinding, Conditions, Note, Reveal, Score
from bbtui.engine.comparison import Comparison
from bbtui.errors import StoreError
from tests.fakes import (
    BIG,
    DISK_FULL,
    LOCAL,
    MemoryStore,
    make_answer,
    make_connection,
    make_session,
)

PLACE = Round("webhook", 1)
NEXT = Round("evennia", 1)
BIG_CELL, LOCAL_CELL = Cell("webhook", BIG), Cell("webhook", LOCAL)


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def judging(*answers, number: int = 12, blind: bool = True, clock=None) -> Comparison:
    """Return a saved session of these answers (default: both of the first task)."""
    store = MemoryStore()
    answers = answers or (make_answer(BIG_CELL), make_answer(LOCAL_CELL))
    session = make_session(number=number, answers=answers)
    if number:
        store.create(session)
    connections = [make_connection(BIG), make_connection(LOCAL)]
    comparison = Comparison(session, connections, store, clock=clock or Clock())
    comparison.set_blind(blind, "7")
    return comparison


def kinds(comparison: Comparison) -> list[str]:
    return [type(row.what).__name__ for row in comparison.session.judgements]


def test_last_score_of_a_round_reveals_it_and_only_it() -> None:
    comparison = judging()
    comparison.judge(Score(4), BIG_CELL)
    assert comparison.blind.hides(PLACE)
    comparison.judge(Score(2), LOCAL_CELL)
    assert not comparison.blind.hides(PLACE)
    assert comparison.blind.hides(NEXT)
    assert comparison.session.judgements[-1].what == Reveal(early=False)


def test_round_keeps_its_order_once_it_is_revealed() -> None:
    comparison = judging()
    order = comparison.blind.order(PLACE)
    comparison.judge(Score(4), BIG_CELL)
    comparison.judge(Score(2), LOCAL_CELL)
    assert comparison.blind.order(PLACE) == order


def test_order_and_blinding_are_recorded_with_each_judgement() -> None:
    comparison = judging()
    order = comparison.blind.order(PLACE)
    comparison.judge(Note("a"), BIG_CELL)
    comparison.judge(Score(4), BIG_CELL)
    comparison.judge(Score(2), LOCAL_CELL)
    comparison.judge(Score(3), LOCAL_CELL)
    recorded = [row.conditions for row in comparison.session.judgements[1:]]
    assert [one.blinding for one in recorded] == ["blind"] * 4 + ["unblinded"]
    assert {one.order for one in recorded} == {order}


def test_order_is_recorded_in_an_open_session_too() -> None:
    row = judging(blind=False).judge(Score(4), BIG_CELL)
    assert row.conditions == Conditions("open", (BIG, LOCAL))


def test_reveal_before_every_score_is_recorded_as_early() -> None:
    comparison = judging()
    comparison.judge(Score(4), BIG_CELL)
    comparison.reveal(PLACE)
    assert comparison.session.judgements[-1].what == Reveal(early=True)
    assert comparison.judge(Score(2), LOCAL_CELL).conditions.blinding == "unblinded"
    assert kinds(comparison) == ["Blinding", "Score", "Reveal", "Score"]


def test_reveal_of_an_open_round_records_nothing() -> None:
    comparison = judging()
    comparison.reveal(PLACE)
    comparison.reveal(PLACE)
    assert kinds(comparison) == ["Blinding", "Reveal"]


def test_side_that_failed_without_text_needs_no_score() -> None:
    comparison = judging(make_answer(BIG_CELL), make_answer(LOCAL_CELL, "", AnswerState.FAILED))
    comparison.judge(Score(4), BIG_CELL)
    assert not comparison.blind.hides(PLACE)


def test_side_that_was_not_run_keeps_the_round_hidden() -> None:
    comparison = judging(make_answer(BIG_CELL))
    comparison.judge(Score(4), BIG_CELL)
    assert comparison.blind.hides(PLACE)
    comparison.reveal(PLACE)
    assert comparison.session.judgements[-1].what == Reveal(early=True)


def test_cell_that_was_run_again_needs_a_score_of_its_new_answer() -> None:
    again = make_answer(BIG_CELL, "Another.", attempt=2)
    comparison = judging(make_answer(BIG_CELL), again, make_answer(LOCAL_CELL))
    comparison.judge(Score(4), BIG_CELL, attempt=1)
    comparison.judge(Score(4), LOCAL_CELL)
    assert comparison.blind.hides(PLACE)
    comparison.judge(Score(5), BIG_CELL, attempt=2)
    assert not comparison.blind.hides(PLACE)


def test_undone_score_does_not_hide_a_revealed_round_again() -> None:
    comparison = judging()
    comparison.judge(Score(4), BIG_CELL)
    comparison.judge(Score(2), LOCAL_CELL)
    assert comparison.undo() is not None
    assert not comparison.blind.hides(PLACE)


def test_redone_score_that_completes_a_round_reveals_it() -> None:
    comparison = judging()
    comparison.judge(Score(4), BIG_CELL)
    comparison.undo()
    comparison.judge(Score(2), LOCAL_CELL)
    assert comparison.blind.hides(PLACE)
    comparison.undo()
    comparison.judge(Score(4), BIG_CELL)
    comparison.undo()
    comparison.redo()
    assert comparison.blind.hides(PLACE)
    comparison.judge(Score(3), LOCAL_CELL)
    assert not comparison.blind.hides(PLACE)


def test_blind_mode_of_a_new_session_is_saved_with_it() -> None:
    comparison = judging(number=0)
    assert comparison.session.number == 0
    comparison.judge(Score(4), BIG_CELL)
    saved = comparison._store.saved(comparison.session.id)  # type: ignore[attr-defined]
    assert [row.what for row in saved.judgements] == [Blinding(on=True, seed="7"), Score(4)]
    assert [row.id for row in saved.judgements] == [1, 2]


def test_blind_mode_without_a_seed_draws_one_and_records_it() -> None:
    one, other = judging(blind=False), judging(blind=False)
    one.set_blind(True)
    other.set_blind(True)
    assert one.blind.seed
    assert one.blind.seed != other.blind.seed
    assert one.session.judgements[-1].what == Blinding(on=True, seed=one.blind.seed)


def test_blind_mode_that_is_on_is_not_recorded_again() -> None:
    comparison = judging()
    comparison.set_blind(True, "8")
    assert (kinds(comparison), comparison.blind.seed) == (["Blinding"], "7")


def test_failed_write_leaves_the_round_as_it_was() -> None:
    comparison = judging()
    comparison._store.failing = DISK_FULL  # type: ignore[attr-defined]
    with pytest.raises(StoreError):
        comparison.reveal(PLACE)
    assert comparison.blind.hides(PLACE)


def test_time_of_a_judgement_runs_while_its_complete_round_is_in_view() -> None:
    clock = Clock()
    comparison = judging(clock=clock)
    comparison.judging_clock.show(PLACE)
    clock.now = 5
    assert comparison.judge(Score(4), BIG_CELL).conditions.took_ms == 5000
    comparison.judging_clock.show(NEXT)
    clock.now = 50
    comparison.judging_clock.show(PLACE)
    clock.now = 52
    assert comparison.judge(Score(2), LOCAL_CELL).conditions.took_ms == 7000


def test_pause_of_more_than_two_minutes_is_not_counted() -> None:
    clock = Clock()
    comparison = judging(clock=clock)
    comparison.judging_clock.show(PLACE)
    for now in (100, 400, 410):
        clock.now = now
        comparison.judging_clock.note_activity()
    assert comparison.judge(Score(4), BIG_CELL).conditions.took_ms == 110_000


def test_judgement_of_a_round_that_was_not_in_view_has_no_time() -> None:
    assert judging().judge(Score(4), BIG_CELL).conditions.took_ms is None
