"""Asking and stopping: what runs, what is asked first, and every state in words."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest
from textual import events

from bbtui.domain.answer import AnswerState, Warmth
from bbtui.domain.endpoint import Host, HostState
from bbtui.engine import host_monitor
from tests.fakes import (
    BIG,
    LOCAL,
    READY,
    Script,
    Step,
    StillProbe,
    answering,
    crash,
    cut,
    done,
    fail,
    known,
    lost,
    make_answer,
    make_connection,
    make_endpoint,
    make_session,
    phase,
    sent,
    text,
    thinking,
    truncated,
    wait,
)
from tests.ui.desks import NARROW, cell, seated

DOWN = Host(HostState.UNREACHABLE, "connection refused", "is Ollama running there?")


async def test_space_fills_what_this_task_misses_and_nothing_else() -> None:
    local = Script(known(), sent(), fail("busy", "try again"))
    local.on("Prompt of Gitea webhook.", known(), sent(), fail("busy", "try again"))
    local.on("Prompt of Gitea webhook.", known(), sent(), text("Now."), done())
    async with seated(local=local) as seat:
        await seat.press("space")
        await seat.settle()
        await seat.sees("✗ failed")
        await seat.press("space")
        await seat.sees("Now.")
        await seat.settle()
        assert len(seat.session.attempts(cell("webhook", BIG))) == 1
        assert len(seat.session.attempts(cell("webhook", LOCAL))) == 2
        assert seat.answer("evennia", BIG) is None


@pytest.mark.parametrize(("key", "attempts"), [("n", 1), ("escape", 1), ("y", 2)])
async def test_a_complete_task_is_run_again_only_when_asked_for(key: str, attempts: int) -> None:
    async with seated() as seat:
        await seat.press("space")
        await seat.settle()
        await seat.press("space")
        await seat.sees("every answer is here; run this task again as a new attempt?")
        await seat.press(key)
        await seat.until(lambda: seat.top is seat.main)
        await seat.settle()
        assert len(seat.session.attempts(cell("webhook", BIG))) == attempts


async def test_space_does_nothing_while_the_task_runs(gate: threading.Event) -> None:
    async with seated(big=Script(known(), sent(), wait(gate), text("Late."), done())) as seat:
        await seat.press("space")
        await seat.until(lambda: seat.answer("webhook", BIG) is not None)
        await seat.press("space")
        assert "this task is running; esc stops the focused answer" in seat.hint
        gate.set()
        await seat.settle()
        assert len(seat.session.answers) == 2


async def test_a_runs_all_that_is_missing_and_the_view_stays() -> None:
    async with seated() as seat:
        await seat.press("n")
        await seat.run_all()
        assert seat.task == "evennia"
        assert len(seat.session.answers) == 8
        await seat.press("a")
        assert "every answer is here or on its way" in seat.hint


async def test_the_task_list_shows_what_waits(gate: threading.Event) -> None:
    big = Script(known(), sent(), text("Slow "), wait(gate), text("one."), done())
    async with seated(big=big) as seat:
        await seat.press("a")
        await seat.sees("Slow")
        await seat.until(lambda: seat.answer("async-bug", LOCAL) is not None)
        await seat.until(lambda: "▶ ✓" in seat.row("1 Gitea webhook"))
        assert "… ✓" in seat.row("2 Evennia")
        await seat.press("n")
        assert "… waiting for its turn" in seat.text
        gate.set()
        await seat.settle()


async def test_a_pane_that_only_waits_draws_nothing_anew(
    gate: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    big = Script(known(), sent(), text("Slow "), wait(gate), text("one."), done())
    async with seated(big=big) as seat:
        await seat.press("a")
        await seat.sees("Slow")
        await seat.until(lambda: len(seat.session.answers) == 4)
        await seat.press("n")
        await seat.sees("… waiting for its turn")
        drawn: list[int] = []
        show_all = seat.main.show_all
        monkeypatch.setattr(seat.main, "show_all", lambda: (drawn.append(1), show_all()))
        for _ in range(5):
            seat.main.tick_now()
        assert not drawn
        gate.set()
        await seat.settle()
        assert drawn
        assert "waiting for its turn" not in seat.text


async def test_machines_are_left_alone_while_nobody_looks(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(host_monitor, "STEADY_S", 0.01)
    async with seated() as seat:
        watcher = seat.comparison.hosts.monitor
        seat.app.post_message(events.AppBlur())
        await seat.until(lambda: watcher.sighting(BIG).wait_s == host_monitor.UNFOCUSED_S)
        seat.app.post_message(events.AppFocus())
        await seat.until(lambda: watcher.sighting(BIG).wait_s == host_monitor.STEADY_S)


STATES: dict[AnswerState, tuple[tuple[Step, ...], str]] = {
    AnswerState.WAITING: ((phase("loading gemma3:27b"),), "◌ waiting "),
    AnswerState.THINKING: ((known(), sent(), thinking("Hm.")), "▷ thinking"),
    AnswerState.STREAMING: ((known(), sent(), text("Well.")), "▶ streaming"),
    AnswerState.DONE: ((known(), sent(), text("Well."), done()), "✓ done"),
    AnswerState.CUT: ((known(), sent(), text("Well."), cut()), "✂ cut at num_predict"),
    AnswerState.TRUNCATED: ((known(), sent(), text("Well."), truncated()), "┄ truncated"),
    AnswerState.FAILED: ((known(), sent(), text("Well."), lost()), "✗ failed"),
    AnswerState.STOPPED: ((known(), sent(), text("Well.")), "■ stopped by you"),
}


@pytest.mark.parametrize("state", list(AnswerState))
async def test_the_title_says_every_state_in_words(
    state: AnswerState, gate: threading.Event
) -> None:
    steps, words = STATES[state]
    async with seated(big=Script(*steps, wait(gate))) as seat:
        await seat.press("space")
        if state is AnswerState.STOPPED:
            await seat.sees("Well.")
            await seat.press("escape")
        await seat.until(lambda: words in seat.titles[0])
        answer = seat.answer("webhook", BIG)
        assert answer is not None
        assert answer.state is state
        await seat.until(lambda: seat.titles[1].endswith("✓ done"))
        if state is AnswerState.WAITING:
            await seat.until(lambda: ": loading gemma3:27b" in seat.titles[0])
        gate.set()


async def test_a_failed_answer_says_why_and_what_helps_and_the_other_goes_on(
    gate: threading.Event,
) -> None:
    local = Script(known(), sent(), fail("HTTP 404: no model gemma3:1b", "ollama pull gemma3:1b"))
    big = Script(known(), sent(), text("Going "), wait(gate), text("on."), done())
    async with seated(big=big, local=local) as seat:
        await seat.press("space")
        await seat.sees("HTTP 404: no model gemma3:1b")
        assert "ollama pull gemma3:1b" in seat.text
        assert "no answer · space asks again" in seat.text
        assert "▶ streaming" in seat.titles[0]
        gate.set()
        await seat.sees("Going on.")
        await seat.settle()
        assert "✓ done" in seat.titles[0]


async def test_a_source_that_breaks_ends_its_own_answer_only() -> None:
    local = Script(known(), sent(), text("Half"), crash(RuntimeError("boom [/red]")))
    async with seated(local=local) as seat:
        await seat.press("space")
        await seat.sees("RuntimeError('boom [/red]')")
        await seat.settle()
        assert "✓ done" in seat.titles[0]
        assert "✗ failed" in seat.titles[1]


async def test_esc_closes_the_maximised_pane_then_stops_the_answer(gate: threading.Event) -> None:
    big = Script(known(), sent(), text("Part"), wait(gate), text(" two"), done())
    local = Script(known(), sent(), text("Piece"), wait(gate), text(" two"), done())
    async with seated(big=big, local=local) as seat:
        await seat.press("space")
        await seat.sees("Part")
        await seat.press("z")
        await seat.press("escape")
        assert "▶ streaming" in seat.titles[0]
        assert "gemma3:1b" in seat.text
        await seat.press("escape")
        await seat.until(lambda: "■ stopped by you" in seat.titles[0])
        assert "▶ streaming" in seat.titles[1], "the other side is not disturbed"
        assert "Part" in seat.text
        gate.set()
        await seat.sees("Piece two")
        await seat.settle()
        assert "Part two" not in seat.text


async def test_esc_takes_a_waiting_answer_back(gate: threading.Event) -> None:
    big = Script(known(), sent(), text("Slow "), wait(gate), text("one."), done())
    async with seated(big=big) as seat:
        await seat.press("a")
        await seat.sees("Slow")
        await seat.press("n")
        assert seat.focused == "Local", "the first answer without a score"
        await seat.press("h", "escape")
        gate.set()
        await seat.settle()
        assert seat.answer("evennia", BIG) is None
        assert seat.answer("burn-down", BIG) is not None
        await seat.press("space")
        await seat.settle()
        assert seat.answer("evennia", BIG) is not None


@pytest.mark.parametrize(
    ("key", "asked"), [("o", {LOCAL}), ("r", {BIG, LOCAL}), ("escape", set()), ("c", None)]
)
async def test_a_side_known_to_be_down_is_asked_about_once(
    key: str, asked: set[str] | None
) -> None:
    connections = [make_connection(BIG, probe=StillProbe(DOWN)), make_connection(LOCAL)]
    async with seated(connections=connections) as seat:
        await seat.sees("connection refused")
        assert "is Ollama running there?" in seat.text
        await seat.press("a")
        await seat.sees("Big Brain does not answer")
        assert "o run the other side only" in seat.text
        assert "r run it all the same" in seat.text
        await seat.press(key)
        if asked is None:
            assert seat.top is not seat.main, "a key that is not offered does nothing"
            return
        await seat.until(lambda: seat.top is seat.main)
        await seat.settle()
        assert {answer.cell.endpoint for answer in seat.session.answers} == asked


async def test_when_every_side_is_down_there_is_no_other_to_run() -> None:
    connections = [make_connection(name, probe=StillProbe(DOWN)) for name in (BIG, LOCAL)]
    async with seated(connections=connections) as seat:
        await seat.sees("connection refused")
        await seat.press("space")
        await seat.sees("Big Brain and Local do not answer")
        assert "the other side" not in seat.text


async def test_a_machine_is_shown_as_it_changes() -> None:
    probe = StillProbe(Host(HostState.PREPARING, "assembling weights 61 %"))
    async with seated(connections=[make_connection(BIG, probe=probe)]) as seat:
        await seat.sees("◔ assembling weights 61 %")
        probe.host = Host(HostState.LOADING, "loading")
        await seat.sees("◐ loading")
        probe.host = READY
        await seat.sees("● ready")


async def test_the_first_round_starts_by_itself_when_all_are_ready() -> None:
    probe = StillProbe(Host(HostState.LOADING, "loading"))
    connections = [make_connection(BIG, probe=probe), make_connection(LOCAL)]
    async with seated(connections=connections, start="when ready") as seat:
        await seat.sees("◐ loading")
        assert seat.text.count("this task starts by itself") == 2
        assert "space run ·" not in seat.text
        assert seat.session.answers == ()
        probe.host = READY
        await seat.until(lambda: len(seat.session.answers) == 2)
        await seat.settle()
        assert seat.answer("evennia", BIG) is None


async def test_a_prompt_given_at_the_start_runs_at_once() -> None:
    async with seated(start="now") as seat:
        await seat.until(lambda: len(seat.session.answers) == 8)


async def test_what_is_asked_for_at_the_start_runs_and_nothing_else() -> None:
    wanted = [cell("webhook", LOCAL), cell("burn-down", BIG)]
    async with seated(start="now", cells=wanted) as seat:
        await seat.until(lambda: len(seat.session.answers) == 2)
        await seat.settle()
        assert {answer.cell for answer in seat.session.answers} == set(wanted)


async def test_with_nothing_asked_for_at_the_start_nothing_runs() -> None:
    async with seated(start="now", cells=()) as seat:
        await seat.sees("every answer is here or on its way")
        assert seat.session.answers == ()
        assert seat.store.calls == []


async def test_an_own_prompt_is_a_new_task_that_runs() -> None:
    async with seated() as seat:
        await seat.run_all()
        await seat.press("i")
        await seat.type("two lines")
        await seat.press("ctrl+j")
        await seat.type("q")
        await seat.press("enter")
        await seat.sees("task 5 of 5   two lines")
        await seat.settle()
        assert seat.session.tasks[-1].prompt == "two lines\nq"
        assert len(seat.session.answers) == 10
        assert len(seat.session.attempts(cell("async-bug", BIG))) == 1
        await seat.press("i", "enter")
        assert seat.top is not seat.main, "an empty prompt is not sent"


async def test_an_own_prompt_with_trials_opens_its_first() -> None:
    async with seated(trials=2) as seat:
        await seat.press("i")
        await seat.type("again")
        await seat.press("enter")
        await seat.sees("again · trial 1 of 2")


async def test_trials_are_rounds_of_their_own() -> None:
    async with seated(trials=2) as seat:
        assert "task 1 of 8   Gitea webhook · trial 1 of 2" in seat.rows[0]
        await seat.run_all()
        assert len(seat.session.answers) == 16
        await seat.press("4", "4", "n", "n", "n", "n", "2")
        assert "trial 2 of 2" in seat.rows[0]
        assert seat.marks("webhook", BIG, trial=2).score == 2
        assert "4 4" in seat.row("1 Gitea webhook")


async def test_a_session_without_connections_can_only_be_judged() -> None:
    session = make_session(number=12, answers=[make_answer(cell("webhook", BIG), "Old answer.")])
    async with seated(session=session, connections=[], judging=True) as seat:
        assert "Old answer." in seat.text
        assert "no answer · bbtui run --resume 12" in seat.text
        assert "run all" not in seat.hint
        for key in ("space", "a", "i"):
            await seat.press(key)
            assert "no endpoint of this session can be asked here" in seat.hint
        await seat.press("4")
        assert "4/5" in seat.titles[0]
        assert seat.store.held == set()


async def test_the_demo_is_resumed_as_the_demo() -> None:
    served = [replace(make_endpoint(name), address="127.0.0.1 (embedded)") for name in (BIG, LOCAL)]
    session = make_session(number=12, endpoints=served)
    async with seated(session=session, connections=[], judging=True) as seat:
        assert "no answer · bbtui demo --resume 12" in seat.text


async def test_the_clocks_tell_cold_from_warm() -> None:
    big = Script(known(Warmth.WARM, 1600), sent(), text("Hi"), done())
    local = Script(known(Warmth.COLD), sent(), text("Hi"), done())
    async with seated(big=big, local=local) as seat:
        await seat.press("space")
        await seat.settle()
        assert "warm (loaded in 1.6 s)" in seat.text
        assert "cold" in seat.text


async def test_an_answer_out_of_sight_arrives_all_the_same(gate: threading.Event) -> None:
    big = Script(known(), sent(), text("One "), wait(gate), text("two three."), done())
    async with seated(big=big, size=NARROW) as seat:
        await seat.press("space")
        await seat.sees("One")
        await seat.press("tab", "n")
        gate.set()
        await seat.settle()
        await seat.press("p")
        await seat.sees("One two three.")


async def test_what_cannot_be_kept_is_not_asked() -> None:
    from tests.fakes import DISK_FULL, MemoryStore

    store = MemoryStore()
    store.failing = DISK_FULL
    big = answering()
    async with seated(store=store, big=big) as seat:
        await seat.press("a")
        await seat.sees("the disk is full")
        assert big.requests == []
        store.failing = None
        await seat.run_all()
        assert len(big.requests) == 4
