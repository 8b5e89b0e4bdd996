"""What the screen shows, as plain values: no terminal and no widget is needed to read it."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace

import pytest

from bbtui.domain.answer import AnswerState, Cell
from bbtui.domain.host import Build, Host, HostState
from bbtui.domain.problem import Problem
from bbtui.domain.score import Fault, Note, Score, Severity, Verdict, Winner
from bbtui.engine.hosts import HostCheck, HostSnapshot
from bbtui.ui.layout import Size
from bbtui.ui.naming import Naming
from bbtui.ui.pane_view import host_view
from bbtui.ui.tasks_view import mean_scores
from bbtui.ui.view import ViewBuilder
from bbtui.ui.widgets.judgement import JudgementView
from bbtui.ui.widgets.task_list import TasksView
from tests.fakes import (
    BIG,
    DISK_FULL,
    LOCAL,
    make_answer,
    make_connection,
    make_endpoint,
    make_judgement,
    make_session,
    make_tasks,
)
from tests.ui.context import FakeContext, make_context

WEBHOOK = Cell("webhook", BIG)
REFUSED = "nothing answers at 127.0.0.1:11434: the connection was refused"


def answered(**session: object) -> FakeContext:
    """Return a context on a session whose first task is answered by both."""
    answers = [make_answer(Cell("webhook", name)) for name in (BIG, LOCAL)]
    return make_context(make_session(answers=answers, number=12, **session))  # type: ignore[arg-type]


def test_header_shows_session_task_and_trial() -> None:
    header = ViewBuilder().build(make_context()).header
    assert (header.number, header.position, header.task_count) == ("new session", 1, 4)
    assert (header.task, header.saved, header.failed) == ("Gitea webhook", "", False)
    context = make_context(make_session(trials=2, number=12))
    context.cursor.move_round(5)
    header = ViewBuilder().build(context).header
    assert (header.number, header.position, header.task_count) == ("#12", 2, 4)
    assert header.task == "Evennia architecture · trial 2 of 2"


def test_header_shows_that_nothing_can_be_saved(monkeypatch: pytest.MonkeyPatch) -> None:
    context = make_context()
    monkeypatch.setattr(type(context.comparison), "write_error", DISK_FULL)
    header = ViewBuilder().build(context).header
    assert header.failed
    assert header.saved == f"○ not saved: {DISK_FULL.message}"


def test_task_row_has_scores_and_states() -> None:
    context = answered(judgements=[make_judgement(Score(4), WEBHOOK)])
    tasks = ViewBuilder().build(context).tasks
    assert (tasks.rows[0].title, tasks.rows[0].marks) == ("Gitea webhook", ("4", "✓"))
    assert tasks.rows[1].marks == ("·", "·")
    assert not tasks.rows[0].complete
    assert tasks.means == ("4.0", "·")
    assert tasks.accents == ("endpoint-1", "endpoint-2")


def test_task_rows_are_those_the_screen_has_room_for() -> None:
    tasks = [replace(make_tasks()[0], id=f"t{n}", title=f"Title {n}") for n in range(400)]
    context = make_context(make_session(tasks=tasks))
    context.screen_layout.size = Size(120, 36)
    context.cursor.move_round(200)
    rows = ViewBuilder().build(context).tasks.rows
    assert (min(rows), max(rows)) == (164, 236)
    assert rows[200].title == "Title 200"


def trials_of_webhook(
    *scores: int | None, states: Mapping[int, AnswerState] | None = None
) -> TasksView:
    """Return the task list where `big` has these scores for its trials of the first task."""
    cells = [Cell("webhook", BIG, trial) for trial in range(1, len(scores) + 1)]
    answers = [
        make_answer(cell, state=(states or {}).get(cell.trial, AnswerState.DONE)) for cell in cells
    ]
    judgements = [
        make_judgement(Score(score), cell, row=cell.trial)
        for score, cell in zip(scores, cells, strict=True)
        if score is not None
    ]
    session = make_session(trials=len(scores), number=12, answers=answers, judgements=judgements)
    return ViewBuilder().build(make_context(session)).tasks


@pytest.mark.parametrize(
    ("scores", "mark", "reach"),
    [
        ((3, 5, 4), "4", "3–5"),
        ((4, 3), "3.5", "3–4"),
        ((4, 4, 4), "4", ""),
        ((4, None, None), "4", ""),
        ((None, 5, 2), "3.5", "2–5"),
    ],
)
def test_task_of_several_trials_has_one_row_with_median_and_range(scores, mark, reach) -> None:
    tasks = trials_of_webhook(*scores)
    assert (tasks.task_count, len(tasks.rows)) == (4, 4)
    row = tasks.rows[0]
    assert (row.title, row.marks, row.ranges) == ("Gitea webhook", (mark, "·"), (reach, ""))


@pytest.mark.parametrize(
    ("states", "mark"),
    [
        ({}, "✓"),
        ({2: AnswerState.FAILED}, "✗"),
        ({3: AnswerState.STOPPED}, "■"),
    ],
)
def test_task_of_several_trials_without_a_score_shows_the_trial_that_needs_most(
    states, mark
) -> None:
    assert trials_of_webhook(None, None, None, states=states).rows[0].marks == (mark, "·")


def test_task_of_which_a_trial_did_not_run_is_not_done() -> None:
    session = make_session(trials=2, number=12, answers=[make_answer(Cell("webhook", BIG, 1))])
    assert ViewBuilder().build(make_context(session)).tasks.rows[0].marks == ("·", "·")


def test_mean_counts_the_latest_attempt_alone() -> None:
    answers = [make_answer(WEBHOOK, attempt=attempt) for attempt in (1, 2)]
    scores = [
        make_judgement(Score(1), WEBHOOK, attempt=1, row=1),
        make_judgement(Score(5), WEBHOOK, attempt=2, row=2),
    ]
    session = make_session(answers=answers, judgements=scores, number=12)
    assert mean_scores(make_context(session).comparison.snapshot()) == ("5.0", "·")


def test_pane_shows_name_state_and_judgement() -> None:
    marks = (
        *(Score(4), Verdict("SOLID", "both parts"), Note("again"), Winner("endpoint", BIG)),
        *(Fault(Severity.VAGUE, "on hosts"), Fault(Severity.FATAL, "no HMAC")),
    )
    judgements = [make_judgement(what, WEBHOOK, row=row) for row, what in enumerate(marks, 1)]
    pane, other = ViewBuilder().build(answered(judgements=judgements)).panes
    assert (pane.title.label, pane.title.model) == ("Big Brain", "gemma3:27b")
    assert pane.title.states == ("✓ done",)
    assert pane.judgement == JudgementView(
        "4/5", "SOLID", "both parts", "FATAL", "no HMAC", 1, "again", winner="♛ winner"
    )
    assert (other.title.label, other.judgement) == ("Local", JudgementView())
    assert (pane.placeholder, pane.problem) == ("", "")


@pytest.mark.parametrize("outcome", ["tie", "both bad"])
def test_outcome_without_a_winner_is_on_every_pane(outcome) -> None:
    judgements = [make_judgement(Winner(outcome), WEBHOOK)]
    panes = ViewBuilder().build(answered(judgements=judgements)).panes
    assert [pane.judgement for pane in panes] == [JudgementView(winner=outcome)] * 2


def test_model_in_the_label_is_not_repeated() -> None:
    endpoints = [make_endpoint("one", "One · gemma3:4b"), make_endpoint("two")]
    panes = ViewBuilder().build(make_context(make_session(endpoints=endpoints))).panes
    assert [pane.title.model for pane in panes] == ["", "gemma3:4b"]


def test_failed_answer_shows_cause_and_fix() -> None:
    failed = make_answer(WEBHOOK, "", AnswerState.FAILED, cause=REFUSED, hint="start Ollama")
    pane = ViewBuilder().build(make_context(make_session(answers=[failed], number=12))).panes[0]
    assert (pane.problem, pane.details) == (REFUSED, ("start Ollama",))


@pytest.mark.parametrize("state", [AnswerState.STOPPED, AnswerState.CUT])
def test_cause_that_the_title_shows_is_not_repeated(state: AnswerState) -> None:
    answer = make_answer(WEBHOOK, "So far", state, cause="stopped by you")
    pane = ViewBuilder().build(make_context(make_session(answers=[answer], number=12))).panes[0]
    assert (pane.problem, pane.details) == ("", ())


def test_placeholder_names_the_keys_of_the_user() -> None:
    context = make_context(keys={"round.run": "x"}, notice=lambda key: f"{key('sessions.open')}!")
    assert ViewBuilder().build(context).panes[0].placeholder == "x run · a run all"
    assert ViewBuilder().build(context).notice == "o!"


def test_placeholder_of_an_endpoint_that_is_not_configured() -> None:
    context = make_context(make_session(), [make_connection(BIG)])
    panes = ViewBuilder().build(context).panes
    assert panes[1].placeholder == "local is no longer configured"


def test_tabs_are_there_only_in_a_narrow_layout() -> None:
    context = answered()
    assert ViewBuilder().build(context).tabs == ()
    context.screen_layout.size = Size(80, 24)
    tabs = ViewBuilder().build(context).tabs
    assert [(tab.symbol, tab.label, tab.accent) for tab in tabs] == [
        ("✓", "Big Brain", "endpoint-1"),
        ("✓", "Local", "endpoint-2"),
    ]


def test_hints_depend_on_what_the_pane_shows() -> None:
    builder = ViewBuilder()
    assert next(iter(builder.build(make_context()).hints)).label == "run"
    view = ViewBuilder().build(answered())
    assert (view.subject, view.hints[0]) == ("Big Brain", ("1-5", "score", None))


def test_what_has_not_changed_is_not_built_again(monkeypatch: pytest.MonkeyPatch) -> None:
    now_ns = time.perf_counter_ns()
    monkeypatch.setattr(time, "perf_counter_ns", lambda: now_ns)
    context, builder = answered(), ViewBuilder()
    first, second = builder.build(context), builder.build(context)
    assert second.header is first.header
    assert second.tasks is first.tasks
    assert second.hints is first.hints
    assert second.panes[0].host is first.panes[0].host
    context.comparison.judge(Score(3), WEBHOOK)
    third = builder.build(context)
    assert third.tasks.rows[0].marks == ("3", "✓")
    context.cursor.move_column(1)
    assert builder.build(context).subject == "Local"


def seen(host: Host) -> HostSnapshot:
    """Return a host that is on no pod, as it was just seen."""
    return HostSnapshot(host, HostCheck(host), stale=False, machine="", pod=None)


def test_problem_of_a_host_replaces_its_state() -> None:
    down = Host(HostState.UNREACHABLE, Problem(REFUSED, "start Ollama"))
    line = host_view(seen(down), "", None, mode="alone", naming=Naming([]), key=str)
    assert (line.state, line.problem) == (f"✗ {REFUSED}", ("start Ollama",))
    assert line.problem_replaces_state


def test_problem_that_the_answer_shows_is_not_repeated_below() -> None:
    down = Host(HostState.UNREACHABLE, Problem(REFUSED, "start Ollama"))
    failed = make_answer(WEBHOOK, "", AnswerState.FAILED, cause=REFUSED, hint="start Ollama")
    line = host_view(
        seen(down), failed.problem.cause, None, mode="alone", naming=Naming([]), key=str
    )
    assert (line.state, line.problem) == ("✗ unreachable", ())


def test_facts_of_a_host_are_beside_its_state() -> None:
    build = Build("Ollama 0.33.3", context_length=8192)
    ready = Host(HostState.READY, build=build, loaded=True, gpu_share=1.0, stays_loaded=True)
    line = host_view(seen(ready), "", None, mode="at once", naming=Naming([]), key=str)
    assert line.beside == ("Ollama 0.33.3", "100 % GPU", "ctx 8192")
    assert (line.below, line.mode, line.muted) == (("stays loaded",), "parallel", True)
