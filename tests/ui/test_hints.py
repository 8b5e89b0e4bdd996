"""The line of hints: what it shows when, and what gives way where room is short."""

from __future__ import annotations

import pytest

from bbtui.domain.task import Task
from tests.fakes import BIG, Script, done, known, make_connection, make_session, sent, text, wait
from tests.ui.driver import NARROW, WIDE, run_app

IDLE = "space run  a run all  r rubric  n next  tab pane  i ask  m models  q  ? keys"
JUDGING = "1-5 score  v verdict  t fault  r rubric  n next"


async def test_idle_hints_name_the_keys_that_run() -> None:
    async with run_app(size=NARROW) as app:
        assert app.hint == IDLE
        assert app.rows[-1].rstrip() == f" {IDLE}"


async def test_streaming_hints_name_the_keys_that_judge_and_stop(release) -> None:
    held = Script(known(), sent(), text("Held here"), wait(release), done())
    async with run_app(big=held, size=NARROW) as app:
        await app.press("space")
        await app.shows("Held here")
        await app.until(lambda: app.session.answers)
        assert app.hint == f"{JUDGING}  esc stop  q  ? keys"


async def test_hints_of_a_complete_session_name_the_report() -> None:
    async with run_app(size=NARROW) as app:
        await app.run_all()
        assert app.hint == f"{JUDGING}  c note  e report  q  ? keys"
        await app.press("n", "n", "n")
        assert "n next" not in app.hint, "this is the last task"
        assert "c note  e report  tab pane" in app.hint


async def test_passing_message_is_shown_whole_beside_the_help_key() -> None:
    async with run_app(size=NARROW) as app:
        await app.run_all()
        await app.press("4")
        note = "Big Brain: 4/5 · now Local"
        assert app.hint == f"{note}  1-5 score  v verdict  t fault  r rubric  q  ? keys"
        for length, rest in ((71, "  ? keys"), (68, "  q  ? keys")):
            app.main.show_message("x" * length)
            assert app.hint == "x" * length + rest
        app.main.show_message("x" * 200)
        await app.pilot.pause()
        assert app.hint.endswith("  ? keys")
        assert "".join(app.text.split()).count("x" * 200) == 1, "above the keys, in rows"


async def test_wide_hints_have_long_labels_and_the_subject() -> None:
    async with run_app(size=WIDE) as app:
        await app.run_all()
        assert app.hint == (
            f"Big Brain: {JUDGING}  c note  e report  tab next pane  space run  q quit  ? keys"
        )


@pytest.mark.parametrize("size", [WIDE, NARROW])
async def test_hints_of_one_endpoint_and_task_name_no_other(size: tuple[int, int]) -> None:
    session = make_session(
        endpoints=[make_connection(BIG).endpoint], tasks=[Task("one", "One", "Prompt.")]
    )
    async with run_app(connections=[make_connection(BIG)], session=session, size=size) as app:
        assert "pane" not in app.hint
        assert "next" not in app.hint


async def test_hints_show_the_score_keys_of_the_user() -> None:
    async with run_app(keys={"score.4": "x", "app.quit": "f10"}, size=NARROW) as app:
        await app.run_all()
        assert app.hint.startswith("1 2 3 x 5 score  v verdict")
        assert app.hint.endswith("F10  ? keys")


async def test_hint_of_esc_names_what_it_does_now(release) -> None:
    held = Script(known(), sent(), text("Held here"), wait(release), done())
    async with run_app(big=held, size=NARROW) as app:
        await app.press("space")
        await app.shows("Held here")
        assert "esc stop" in app.hint
        for opens in ("P", "z"):
            await app.press(opens)
            assert "esc close" in app.hint
            await app.press("escape")
            assert "esc stop" in app.hint, "closed, and the answer goes on"
        await app.press("escape")
        await app.shows("■ stopped")
