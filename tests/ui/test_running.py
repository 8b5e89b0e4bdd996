"""Running and stopping: which answers run, what is confirmed first, and the text of every state."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest
from textual import events

from bbtui.domain.answer import AnswerState, Piece, Warmth
from bbtui.domain.host import Host, HostState
from bbtui.domain.problem import Problem
from bbtui.engine import hosts
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
    read,
    sent,
    text,
    thinking,
    truncated,
    wait,
)
from tests.ui.driver import NARROW, cell, run_app
from tests.ui.pods import check_hosts_often

DOWN = Host(HostState.UNREACHABLE, Problem("connection refused", "is Ollama running there?"))


async def test_space_runs_only_the_missing_answers_of_the_task() -> None:
    local = Script(known(), sent(), fail("busy", "try again"))
    local.on("Prompt of Gitea webhook.", known(), sent(), fail("busy", "try again"))
    local.on("Prompt of Gitea webhook.", known(), sent(), text("Now."), done())
    async with run_app(local=local) as app:
        await app.press("space")
        await app.settle()
        await app.shows("✗ failed")
        await app.press("space")
        await app.shows("Now.")
        await app.settle()
        assert len(app.session.attempts(cell("webhook", BIG))) == 1
        assert len(app.session.attempts(cell("webhook", LOCAL))) == 2
        assert app.answer("evennia", BIG) is None


@pytest.mark.parametrize(("key", "attempts"), [("n", 1), ("escape", 1), ("y", 2)])
async def test_complete_task_runs_again_only_after_confirmation(key: str, attempts: int) -> None:
    async with run_app() as app:
        await app.press("space")
        await app.settle()
        await app.press("space")
        await app.shows("every answer is done; run this task again as a new attempt?")
        await app.press(key)
        await app.until(lambda: app.top is app.main)
        await app.settle()
        assert len(app.session.attempts(cell("webhook", BIG))) == attempts


async def test_space_does_nothing_while_the_task_runs(release: threading.Event) -> None:
    async with run_app(big=Script(known(), sent(), wait(release), text("Late."), done())) as app:
        await app.press("space")
        await app.until(lambda: app.answer("webhook", BIG) is not None)
        await app.press("space")
        assert "this task is running; esc stops the focused answer" in app.hint
        release.set()
        await app.settle()
        assert len(app.session.answers) == 2


async def test_run_all_runs_missing_answers_and_keeps_the_view() -> None:
    async with run_app() as app:
        await app.press("n")
        await app.run_all()
        assert app.task == "evennia"
        assert len(app.session.answers) == 8
        await app.press("a")
        assert "nothing to run: every answer is done or queued" in app.hint


async def test_task_list_shows_queued_answers(release: threading.Event) -> None:
    big = Script(known(), sent(), text("Slow "), wait(release), text("one."), done())
    async with run_app(big=big) as app:
        await app.press("a")
        await app.shows("Slow")
        await app.until(lambda: app.answer("async-bug", LOCAL) is not None)
        await app.until(lambda: "▶ ✓" in app.row("1 Gitea webhook"))
        assert "… ✓" in app.row("2 Evennia")
        await app.press("n")
        assert "… waiting for its turn" in app.text
        release.set()
        await app.settle()


async def test_waiting_pane_changes_no_other_part_of_the_view(release: threading.Event) -> None:
    big = Script(known(), sent(), text("Slow "), wait(release), text("one."), done())
    async with run_app(big=big) as app:
        await app.press("a")
        await app.shows("Slow")
        await app.until(lambda: len(app.session.answers) == 4)
        await app.press("n")
        await app.shows("… waiting for its turn")
        before = app.main._views.build(app.main)
        for _ in range(5):
            app.main.refresh_now()
        after = app.main._views.build(app.main)
        assert after.header is before.header
        assert after.tasks is before.tasks
        assert after.hints is before.hints
        release.set()
        await app.settle()
        assert "waiting for its turn" not in app.text


async def test_hosts_are_checked_less_often_without_focus(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(hosts, "STEADY_S", 0.01)
    async with run_app() as app:
        watcher = app.comparison.hosts.monitor
        app.app.post_message(events.AppBlur())
        await app.until(lambda: watcher.last_check(BIG).next_check_s == hosts.UNFOCUSED_S)
        app.app.post_message(events.AppFocus())
        await app.until(lambda: watcher.last_check(BIG).next_check_s == hosts.STEADY_S)


STATES: dict[AnswerState, tuple[tuple[Step, ...], str]] = {
    AnswerState.WAITING: ((phase("loading gemma3:27b"),), "◌ "),
    AnswerState.THINKING: ((known(), sent(), thinking("Hm.")), "▷ thinking"),
    AnswerState.STREAMING: ((known(), sent(), text("Well.")), "▶ streaming"),
    AnswerState.DONE: ((known(), sent(), text("Well."), done()), "✓ done"),
    AnswerState.CUT: ((known(), sent(), text("Well."), cut()), "✂ token limit reached"),
    AnswerState.TRUNCATED: ((known(), sent(), text("Well."), truncated()), "┄ incomplete"),
    AnswerState.FAILED: ((known(), sent(), text("Well."), lost()), "✗ failed"),
    AnswerState.STOPPED: ((known(), sent(), text("Well.")), "■ stopped by you"),
}


@pytest.mark.parametrize("state", list(AnswerState))
async def test_title_shows_every_state_as_text(
    state: AnswerState, release: threading.Event
) -> None:
    steps, words = STATES[state]
    async with run_app(big=Script(*steps, wait(release))) as app:
        await app.press("space")
        if state is AnswerState.STOPPED:
            await app.shows("Well.")
            await app.press("escape")
        await app.until(lambda: words in app.titles[0])
        answer = app.answer("webhook", BIG)
        assert answer is not None
        assert answer.state is state
        await app.until(lambda: app.titles[1].endswith("✓ done"))
        if state is AnswerState.WAITING:
            await app.until(lambda: ": loading " in app.titles[0])
        release.set()


async def test_failed_answer_shows_cause_and_fix_and_the_other_continues(
    release: threading.Event,
) -> None:
    local = Script(known(), sent(), fail("HTTP 404: no model gemma3:1b", "ollama pull gemma3:1b"))
    big = Script(known(), sent(), text("Going "), wait(release), text("on."), done())
    async with run_app(big=big, local=local) as app:
        await app.press("space")
        await app.shows("HTTP 404: no model gemma3:1b")
        assert "ollama pull gemma3:1b" in app.text
        assert "no answer · space runs it again" in app.text
        assert "▶ streaming" in app.titles[0]
        release.set()
        await app.shows("Going on.")
        await app.settle()
        assert "✓ done" in app.titles[0]


async def test_crashing_source_ends_only_its_own_answer() -> None:
    local = Script(known(), sent(), text("Half"), crash(RuntimeError("boom [/red]")))
    async with run_app(local=local) as app:
        await app.press("space")
        await app.shows("RuntimeError('boom [/red]')")
        await app.settle()
        assert "✓ done" in app.titles[0]
        assert "✗ failed" in app.titles[1]


async def test_esc_restores_the_pane_then_stops_the_answer(
    release: threading.Event,
) -> None:
    big = Script(known(), sent(), text("Part"), wait(release), text(" two"), done())
    local = Script(known(), sent(), text("Piece"), wait(release), text(" two"), done())
    async with run_app(big=big, local=local) as app:
        await app.press("space")
        await app.shows("Part")
        await app.press("z")
        await app.press("escape")
        assert "▶ streaming" in app.titles[0]
        assert "gemma3:1b" in app.text
        await app.press("escape")
        await app.until(lambda: "■ stopped by you" in app.titles[0])
        assert "▶ streaming" in app.titles[1], "the other side is not disturbed"
        assert "Part" in app.text
        release.set()
        await app.shows("Piece two")
        await app.settle()
        assert "Part two" not in app.text


async def test_esc_removes_a_queued_answer(release: threading.Event) -> None:
    big = Script(known(), sent(), text("Slow "), wait(release), text("one."), done())
    async with run_app(big=big) as app:
        await app.press("a")
        await app.shows("Slow")
        await app.press("n")
        assert app.focused == "Local", "the first answer without a score"
        await app.press("h", "escape")
        release.set()
        await app.settle()
        assert app.answer("evennia", BIG) is None
        assert app.answer("burn-down", BIG) is not None
        await app.press("space")
        await app.settle()
        assert app.answer("evennia", BIG) is not None


@pytest.mark.parametrize(
    ("key", "asked"), [("o", {LOCAL}), ("r", {BIG, LOCAL}), ("escape", set()), ("c", None)]
)
async def test_run_with_one_endpoint_down_asks_once(key: str, asked: set[str] | None) -> None:
    connections = [make_connection(BIG, probe=StillProbe(DOWN)), make_connection(LOCAL)]
    async with run_app(connections=connections) as app:
        await app.shows("connection refused")
        assert "is Ollama running there?" in app.text
        await app.press("a")
        await app.shows("Big Brain does not answer")
        assert "o run the other endpoint only" in app.text
        assert "r run anyway" in app.text
        await app.press(key)
        if asked is None:
            assert app.top is not app.main, "a key that is not offered does nothing"
            return
        await app.until(lambda: app.top is app.main)
        await app.settle()
        assert {answer.cell.endpoint for answer in app.session.answers} == asked


async def test_run_with_all_endpoints_down_offers_no_other() -> None:
    connections = [make_connection(name, probe=StillProbe(DOWN)) for name in (BIG, LOCAL)]
    async with run_app(connections=connections) as app:
        await app.shows("connection refused")
        await app.press("space")
        await app.shows("Big Brain and Local do not answer")
        assert "the other endpoint" not in app.text


async def test_host_line_follows_the_host(monkeypatch: pytest.MonkeyPatch) -> None:
    check_hosts_often(monkeypatch)
    probe = StillProbe(Host(HostState.PREPARING, detail="assembling weights 61 %"))
    async with run_app(connections=[make_connection(BIG, probe=probe)]) as app:
        await app.shows("◔ assembling weights 61 %")
        probe.host = Host(HostState.LOADING, detail="loading")
        await app.shows("◐ loading")
        probe.host = READY
        await app.shows("● ready")


async def test_first_round_starts_when_all_hosts_are_ready(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    check_hosts_often(monkeypatch)
    probe = StillProbe(Host(HostState.LOADING, detail="loading"))
    connections = [make_connection(BIG, probe=probe), make_connection(LOCAL)]
    async with run_app(connections=connections, start="when ready") as app:
        await app.shows("◐ loading")
        assert app.text.count("this task starts automatically") == 2
        assert "space run ·" not in app.text
        assert app.session.answers == ()
        probe.host = READY
        await app.until(lambda: len(app.session.answers) == 2)
        await app.settle()
        assert app.answer("evennia", BIG) is None


async def test_prompt_of_the_command_line_runs_at_start() -> None:
    async with run_app(start="now") as app:
        await app.until(lambda: len(app.session.answers) == 8)


async def test_only_selected_cells_run_at_start() -> None:
    wanted = [cell("webhook", LOCAL), cell("burn-down", BIG)]
    async with run_app(start="now", cells=wanted) as app:
        await app.until(lambda: len(app.session.answers) == 2)
        await app.settle()
        assert {answer.cell for answer in app.session.answers} == set(wanted)


async def test_nothing_runs_at_start_without_selected_cells() -> None:
    async with run_app(start="now", cells=()) as app:
        await app.shows("nothing to run: every answer is done or queued")
        assert app.session.answers == ()
        assert app.store.calls == []


async def test_own_prompt_becomes_a_new_task_and_runs() -> None:
    async with run_app() as app:
        await app.run_all()
        await app.press("i")
        await app.type("two lines")
        await app.press("ctrl+j")
        await app.type("q")
        await app.press("enter")
        await app.shows("task 5 of 5   two lines")
        await app.settle()
        assert app.session.tasks[-1].prompt == "two lines\nq"
        assert len(app.session.answers) == 10
        assert len(app.session.attempts(cell("async-bug", BIG))) == 1
        await app.press("i", "enter")
        assert app.top is not app.main, "an empty prompt is not sent"


async def test_own_prompt_with_trials_opens_its_first_trial() -> None:
    async with run_app(trials=2) as app:
        await app.press("i")
        await app.type("again")
        await app.press("enter")
        await app.shows("again · trial 1 of 2")


async def test_each_trial_is_a_round() -> None:
    async with run_app(trials=2) as app:
        assert "task 1 of 4   Gitea webhook · trial 1 of 2" in app.rows[0]
        await app.run_all()
        assert len(app.session.answers) == 16
        await app.press("4", "4", "n", "n", "n", "n", "2")
        assert "trial 2 of 2" in app.rows[0]
        assert app.marks("webhook", BIG, trial=2).score == 2
        marks = app.row("▸ 1 Gitea")
        assert marks.partition("▕")[0].split()[-2:] == ["3", "4"]
        below = app.rows[app.rows.index(marks) + 1]
        assert below.partition("▕")[0].split()[-1] == "2–4"
        assert below.index("2–4") + 2 == marks.index("3"), "the range stands below its median"


async def test_trials_of_a_task_are_one_key_apart() -> None:
    async with run_app(trials=3) as app:
        await app.run_all()
        assert ". trial" in app.hint
        await app.press("5", ".")
        assert "Gitea webhook · trial 2 of 3" in app.rows[0]
        assert app.focused == "Big Brain", "its first unscored answer"
        await app.press(".", ".")
        assert "Gitea webhook · trial 3 of 3" in app.rows[0]
        assert "this is the last trial of 3" in app.hint
        await app.press(",", ",", ",")
        assert "Gitea webhook · trial 1 of 3" in app.rows[0]
        assert "this is the first trial of 3" in app.hint
        assert app.focused == "Local"


async def test_next_task_after_the_last_is_the_first_of_the_next_trial() -> None:
    async with run_app(trials=2) as app:
        await app.run_all()
        await app.press("n", "n", "n", "3", "3")
        assert "n opens the first task of trial 2" in app.hint
        await app.press("n")
        assert "task 1 of 4   Gitea webhook · trial 2 of 2" in app.rows[0]


async def test_click_and_jump_open_a_task_in_the_trial_in_view() -> None:
    async with run_app(trials=2) as app:
        await app.press(".")
        y = app.rows.index(app.row("3 Pod burn-down"))
        await app.pilot.click(offset=(6, y))
        await app.until(lambda: "task 3 of 4   Pod burn-down · trial 2 of 2" in app.rows[0])
        await app.press("J", "2", "enter")
        await app.until(lambda: "task 2 of 4   Evennia architecture · trial 2 of 2" in app.rows[0])


async def test_session_without_connections_can_only_be_scored() -> None:
    session = make_session(number=12, answers=[make_answer(cell("webhook", BIG), "Old answer.")])
    async with run_app(session=session, connections=[], judging=True) as app:
        assert "Old answer." in app.text
        assert "no answer · bbtui run --resume 12" in app.text
        assert "run all" not in app.hint
        for key in ("space", "a", "i"):
            await app.press(key)
            assert "no endpoint of this session can be run here" in app.hint
        await app.press("4")
        assert app.judgements[0] == "4/5"
        assert app.store.held == set()


async def test_placeholder_of_a_demo_session_names_the_demo_command() -> None:
    served = [replace(make_endpoint(name), address="127.0.0.1 (embedded)") for name in (BIG, LOCAL)]
    session = make_session(number=12, endpoints=served)
    async with run_app(session=session, connections=[], judging=True) as app:
        assert "no answer · bbtui demo --resume 12" in app.text


async def test_latency_bar_shows_cold_and_warm() -> None:
    big = Script(known(Warmth.WARM, 1600), sent(), text("Hi"), done())
    local = Script(known(Warmth.COLD), sent(), text("Hi"), done())
    async with run_app(big=big, local=local) as app:
        await app.press("space")
        await app.settle()
        assert "warm (loaded in 1.6 s)" in app.text
        assert "cold" in app.text


async def test_answer_out_of_view_is_complete_when_opened(release: threading.Event) -> None:
    big = Script(known(), sent(), text("One "), wait(release), text("two three."), done())
    async with run_app(big=big, size=NARROW) as app:
        await app.press("space")
        await app.shows("One")
        await app.press("tab", "n")
        release.set()
        await app.settle()
        await app.press("p")
        await app.shows("One two three.")


async def test_request_is_not_sent_when_it_cannot_be_saved() -> None:
    from tests.fakes import DISK_FULL, MemoryStore

    store = MemoryStore()
    store.failing = DISK_FULL
    big = answering()
    async with run_app(store=store, big=big) as app:
        await app.press("a")
        await app.shows("the disk is full")
        assert big.requests == []
        store.failing = None
        await app.run_all()
        assert len(big.requests) == 4


async def test_text_that_was_thinking_moves_above_the_answer(release: threading.Event) -> None:
    big = Script(
        known(),
        sent(),
        text("plan all"),
        wait(release),
        read(Piece("Answer.", ends_thinking=True)),
        done(cause="thinking inside the text was separated by its tags"),
    )
    async with run_app(big=big) as app:
        await app.press("space")
        await app.shows("plan all")
        release.set()
        await app.settle()
        await app.shows("thinking inside the text was separated by its")
        answer = app.answer("webhook", BIG)
        assert answer is not None
        assert (answer.thinking, answer.text) == ("plan all", "Answer.")
        screen = app.text
        assert screen.index("thinking") < screen.index("plan all") < screen.index("Answer.")
        assert screen.count("plan all") == 1
