"""Blind judging: the order of the sides, and what is hidden after each row of the log."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bbtui.domain.answer import Cell, Round
from bbtui.domain.blind import Blind, blind_state, drawn_orders, side_letter, williams_squares
from bbtui.domain.score import (
    Blinding,
    Conditions,
    Judged,
    Judgement,
    Remark,
    Reveal,
    Score,
    Undo,
    Winner,
)
from bbtui.domain.session import Session
from bbtui.domain.task import Task, own_prompt
from tests.fakes import BIG, LOCAL, make_endpoint, make_session
from tests.fakes.builders import MORNING

FIRST, SECOND = Round("webhook", 1), Round("evennia", 1)
ON, OFF = Blinding(on=True, seed="7"), Blinding(on=False)


def session_of(tasks: int, sides: int, trials: int = 1) -> Session:
    return make_session(
        tasks=[Task(f"task-{number}", f"Task {number}", "?") for number in range(tasks)],
        endpoints=[make_endpoint(f"side-{number}") for number in range(sides)],
        trials=trials,
    )


def row(what: Judged, place: Round = FIRST, blinding: str = "open") -> Judgement:
    conditions = Conditions(blinding, (LOCAL, BIG))  # type: ignore[arg-type]
    return Judgement(MORNING, what, Cell(place.task, BIG, place.trial), conditions=conditions)


def state(*rows: Judgement | Judged, trials: int = 1) -> Blind:
    log = (one if isinstance(one, Judgement) else row(one) for one in rows)
    return blind_state(make_session(judgements=log, trials=trials))


def hidden(blind: Blind, session: Session | None = None) -> list[Round]:
    return [place for place in (session or make_session()).rounds() if blind.hides(place)]


def places(orders: Iterable[tuple[str, ...]]) -> Counter[tuple[str, int]]:
    """How often each side is in each place."""
    return Counter((name, place) for order in orders for place, name in enumerate(order))


# -- the order -------------------------------------------------------------------------------


@given(st.integers(1, 60), st.text(max_size=12))
def test_two_sides_stand_left_equally_often_to_within_one(tasks: int, seed: str) -> None:
    orders = drawn_orders(session_of(tasks, 2), seed)
    left = Counter(order[0] for order in orders.values())
    assert abs(left["side-0"] - left["side-1"]) == tasks % 2


@given(st.integers(3, 6), st.integers(2, 40), st.integers(1, 3), st.text(max_size=12))
def test_each_of_more_sides_is_in_each_place_equally_often(
    sides: int, tasks: int, trials: int, seed: str
) -> None:
    orders = drawn_orders(session_of(tasks, sides, trials), seed)
    for trial in range(1, trials + 1):
        block = [order for place, order in orders.items() if place.trial == trial]
        names = {f"side-{number}" for number in range(sides)}
        assert all(set(order) == names and len(order) == sides for order in block)
        counts = places(block)
        least, most = tasks // sides, -(-tasks // sides)
        for name in names:
            assert all(least <= counts[name, place] <= most for place in range(sides))


def test_repeats_of_one_task_are_balanced_among_themselves() -> None:
    orders = drawn_orders(session_of(1, 2, trials=10), "seed")
    assert Counter(order[0] for order in orders.values()) == {"side-0": 5, "side-1": 5}


def test_side_that_is_left_once_more_is_drawn_too() -> None:
    session = session_of(5, 2)
    more = set()
    for seed in map(str, range(30)):
        left = Counter(order[0] for order in drawn_orders(session, seed).values())
        more.add(max(left, key=lambda name: left[name]))
    assert more == {"side-0", "side-1"}


def test_order_of_two_sides_does_not_follow_from_the_place_of_the_task() -> None:
    session = session_of(6, 2)
    drawn = [drawn_orders(session, str(seed)) for seed in range(200)]
    orders = [tuple(one[place] for place in session.rounds()) for one in drawn]
    # Of 20 balanced sequences with 3 of each all come up.
    assert len(set(orders)) == 20


@pytest.mark.parametrize("sides", range(1, 8))
def test_williams_squares_balance_places_and_neighbours(sides: int) -> None:
    squares = williams_squares(sides)
    for square in squares:
        assert all(set(column) == set(range(sides)) for column in zip(*square, strict=True))
        assert all(set(line) == set(range(sides)) for line in square)
    after = Counter(pair for square in squares for line in square for pair in pairwise(line))
    assert len(after) == sides * (sides - 1)
    assert len(set(after.values())) <= 1


def test_same_seed_gives_the_same_order_again() -> None:
    session = session_of(8, 3)
    assert drawn_orders(session, "7") == drawn_orders(session, "7")


def test_seed_used_in_another_session_gives_another_order() -> None:
    one = session_of(20, 2)
    other = replace(one, id="019ab1c2-3d4e-7f50-8a61-000000000000")
    assert drawn_orders(one, "7") != drawn_orders(other, "7")


def test_prompt_typed_later_does_not_change_the_other_orders() -> None:
    session = session_of(5, 2)
    before = drawn_orders(session, "7")
    after = drawn_orders(session.with_task(own_prompt(1, "Why?")), "7")
    assert {place: after[place] for place in before} == before


def test_side_letters_go_on_after_z() -> None:
    assert [side_letter(place) for place in (0, 1, 25, 26, 27)] == ["A", "B", "Z", "AA", "BB"]


def test_order_of_every_seed_text_can_be_drawn() -> None:
    assert len(drawn_orders(session_of(3, 2), "a\udcffb\0")) == 3


# -- what is hidden --------------------------------------------------------------------------


def test_nothing_is_hidden_without_blind_mode() -> None:
    blind = state(Score(4))
    assert not blind.on
    assert hidden(blind) == []
    assert (blind.blinding(FIRST), blind.order(FIRST)) == ("open", (BIG, LOCAL))


def test_all_rounds_are_hidden_from_the_start_of_blind_mode() -> None:
    blind = state(ON)
    assert hidden(blind) == list(make_session().rounds())
    assert blind.blinding(FIRST) == "blind"
    assert set(blind.order(FIRST)) == {BIG, LOCAL}


@pytest.mark.parametrize("judged", [Score(4), Winner("tie")])
def test_round_judged_before_blind_mode_stays_open(judged: Judged) -> None:
    blind = state(judged, ON)
    assert FIRST not in hidden(blind)
    assert SECOND in hidden(blind)
    assert (blind.blinding(FIRST), blind.order(FIRST)) == ("open", (BIG, LOCAL))


def test_winner_opens_every_trial_of_its_task() -> None:
    blind = state(Winner("tie"), ON, trials=2)
    assert not blind.hides(Round("webhook", 2))
    assert blind.hides(Round("evennia", 2))


def test_remark_and_undo_open_no_round() -> None:
    assert FIRST in hidden(state(row(Remark("summary", "x")), row(Undo(1)), ON))


def test_revealed_round_keeps_its_order_and_the_others_stay_hidden() -> None:
    blind = state(ON, row(Score(4), blinding="blind"), row(Reveal(), blinding="blind"))
    assert (blind.hides(FIRST), blind.hides(SECOND)) == (False, True)
    assert blind.order(FIRST) == (LOCAL, BIG)
    assert blind.blinding(FIRST) == "unblinded"


def test_side_added_after_the_reveal_is_at_the_right() -> None:
    session = make_session(judgements=[row(ON), row(Reveal(), blinding="blind")])
    blind = blind_state(session.with_endpoint(make_endpoint("third")))
    assert blind.order(FIRST) == (LOCAL, BIG, "third")
    assert set(blind.order(SECOND)) == {BIG, LOCAL, "third"}


def test_side_of_the_revealed_order_that_is_gone_is_left_out() -> None:
    session = make_session(judgements=[row(ON), row(Reveal(), blinding="blind")])
    blind = blind_state(session.with_endpoint(make_endpoint("third"), LOCAL))
    assert blind.order(FIRST) == (BIG, "third")


def test_blind_mode_turned_off_opens_every_round() -> None:
    blind = state(ON, row(Score(4), blinding="blind"), OFF)
    assert hidden(blind) == []
    assert (blind.blinding(FIRST), blind.blinding(SECOND)) == ("unblinded", "open")


def test_blind_mode_turned_on_again_hides_what_was_not_judged() -> None:
    blind = state(ON, row(Score(4), blinding="blind"), OFF, Blinding(on=True, seed="8"))
    assert (blind.hides(FIRST), blind.hides(SECOND)) == (False, True)
    assert blind.seed == "8"


def test_second_program_that_turns_blind_mode_on_changes_nothing() -> None:
    score = row(Score(4), blinding="blind")
    blind = state(ON, score, Blinding(on=True, seed="8"))
    assert blind == state(ON, score)
    assert (blind.hides(FIRST), blind.seed) == (True, "7")
