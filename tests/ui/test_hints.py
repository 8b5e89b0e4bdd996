"""The line of hints: what stands there at each moment, and what goes where room is short."""

from __future__ import annotations

import pytest

from bbtui.domain.task import Task
from tests.fakes import BIG, Script, done, known, make_connection, make_session, sent, text, wait
from tests.ui.desks import NARROW, WIDE, seated

IDLE = "space run  a run all  n next  tab pane  i ask  r rubric  m models  q  ? keys"
JUDGING = "1-5 score  v verdict  t fault  n next"


async def test_idle_it_names_what_runs_a_task() -> None:
    async with seated(size=NARROW) as seat:
        assert seat.hint == IDLE
        assert seat.rows[-1].rstrip() == f" {IDLE}"


async def test_while_it_streams_it_names_what_judges_and_what_stops(gate) -> None:
    held = Script(known(), sent(), text("Held here"), wait(gate), done())
    async with seated(big=held, size=NARROW) as seat:
        await seat.press("space")
        await seat.sees("Held here")
        await seat.until(lambda: seat.session.answers)
        assert seat.hint == f"{JUDGING}  a run all  e report  esc stop  q  ? keys"


async def test_with_everything_answered_it_names_the_report() -> None:
    async with seated(size=NARROW) as seat:
        await seat.run_all()
        assert seat.hint == f"{JUDGING}  e report  c note  tab pane  q  ? keys"
        await seat.press("n", "n", "n")
        assert "n next" not in seat.hint, "this is the last task"
        assert "e report  c note  tab pane  space run" in seat.hint


async def test_a_passing_note_stands_whole_beside_the_help() -> None:
    async with seated(size=NARROW) as seat:
        await seat.run_all()
        await seat.press("4", "2")
        note = "Local: 2/5 · n opens the next task"
        assert seat.hint == f"{note}  1-5 score  v verdict  t fault  q  ? keys"
        for length, rest in ((71, "  ? keys"), (68, "  q  ? keys")):
            seat.main.tell("x" * length)
            assert seat.hint == "x" * length + rest
        seat.main.tell("x" * 200)
        assert seat.hint == "x" * 70 + "…  ? keys"


async def test_with_room_the_labels_are_long_and_the_subject_is_named() -> None:
    async with seated(size=WIDE) as seat:
        await seat.run_all()
        assert seat.hint == (
            f"Big Brain: {JUDGING}  e report  c note  tab other pane  space run  i ask  "
            "q quit  ? keys"
        )


@pytest.mark.parametrize("size", [WIDE, NARROW])
async def test_with_one_endpoint_and_one_task_there_is_no_other(size: tuple[int, int]) -> None:
    session = make_session(
        endpoints=[make_connection(BIG).endpoint], tasks=[Task("one", "One", "Prompt.")]
    )
    async with seated(connections=[make_connection(BIG)], session=session, size=size) as seat:
        assert "pane" not in seat.hint
        assert "next" not in seat.hint


async def test_scores_are_named_by_the_keys_of_the_user() -> None:
    async with seated(keys={"score.4": "x", "app.quit": "f10"}, size=NARROW) as seat:
        await seat.run_all()
        assert seat.hint.startswith("1 2 3 x 5 score  v verdict")
        assert seat.hint.endswith("f10  ? keys")
