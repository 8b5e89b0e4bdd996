"""What the main screen shows, as plain values made of a snapshot, the cursor and the names."""

from __future__ import annotations

import operator
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Generic, Literal, TypeVar

from bbtui.domain.answer import Answer, AnswerState, Cell, LiveAnswer, Round, Warmth
from bbtui.domain.endpoint import Options
from bbtui.domain.estimate import mean_seconds, seconds_left
from bbtui.domain.flags import answer_flags, machine_flag, narrow_flag
from bbtui.domain.host import UNKNOWN_HOST, HostState
from bbtui.domain.problem import NO_PROBLEM, Problem
from bbtui.domain.proxy_timeout import countdown, preload_advice
from bbtui.domain.repeats import score_figure, spread_of
from bbtui.domain.score import Marks, Severity
from bbtui.domain.session import Mode, Session
from bbtui.domain.task import Task
from bbtui.domain.timing import Meter, Timing, gaps, start_texts
from bbtui.engine.hosts import HostSnapshot
from bbtui.engine.snapshot import Snapshot
from bbtui.formatting.durations import NS_PER_S, format_uptime
from bbtui.formatting.sanitize import clean_text
from bbtui.ui import pod_messages
from bbtui.ui.actions import point_keys
from bbtui.ui.available import hints
from bbtui.ui.blind_view import blind_placeholder, blind_states, blind_symbol, hidden_symbol
from bbtui.ui.checks import CheckOfText
from bbtui.ui.commands import blinding, navigation
from bbtui.ui.context import Context
from bbtui.ui.cursor import Cursor
from bbtui.ui.messages import (
    HOST_SYMBOLS,
    NOT_RUN,
    QUEUED,
    SYMBOLS,
    cooldown_texts,
    host_text,
    not_configured_text,
    pause_texts,
    rest_of_pause,
    score_text,
    start_parts,
    state_texts,
    warmup_texts,
    winner_text,
)
from bbtui.ui.naming import Naming, accent
from bbtui.ui.pod_messages import pod_view
from bbtui.ui.task_text import task_text
from bbtui.ui.widgets.header import HeaderView
from bbtui.ui.widgets.hints import Hint
from bbtui.ui.widgets.judgement import JudgementView
from bbtui.ui.widgets.pane import SPARKS, HostView, LatencyView, PaneView, TitleView
from bbtui.ui.widgets.prompt_strip import PromptView
from bbtui.ui.widgets.rubric_dock import DockView
from bbtui.ui.widgets.tabs import Tab
from bbtui.ui.widgets.task_list import TaskRow, TasksView

#: The state of a host that replied with an error, where the pane shows that error already.
_RESPONDS_WITH_ERROR = "responds with an error"

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class View:
    """Everything the main screen shows."""

    header: HeaderView
    """The top line."""
    tasks: TasksView
    """The task list."""
    prompt: PromptView
    """The prompt above the panes."""
    panes: tuple[PaneView, ...]
    """The panes from left to right."""
    tabs: tuple[Tab, ...]
    """The panes as tabs; empty while they are columns."""
    column: int
    """The focused pane, from 0."""
    reading: Literal["answer", "prompt", "rubric"]
    """What has the keys that scroll: the focused answer, an open prompt, or the rubric."""
    dock: DockView
    """The rubric beside the answer, for while it is open."""
    unchecked: tuple[CheckOfText, ...]
    """The checks that the dock waits for."""
    subject: str
    """The label of the endpoint that the keys act on."""
    hints: tuple[Hint, ...]
    """What can be done now, the most useful first."""
    notice: str
    """What is said once of the session, until there is something in it to keep."""


class _Cached(Generic[T]):
    """A value that is built again only when what it depends on has changed."""

    _value: T
    _depends: tuple[Sequence[object], object] = ((), None)

    def get(self, same: Sequence[object], equal: object, build: Callable[[], T]) -> T:
        """Return the value; it is kept while it depends on the `same` objects and `equal` ones."""
        before, equal_before = self._depends
        kept = len(before) == len(same) and all(map(operator.is_, before, same))
        if not kept or equal != equal_before:
            self._value = build()
            self._depends = same, equal
        return self._value


@dataclass(frozen=True, slots=True)
class _Frame:
    """What changes seldom: whatever depends neither on time nor on the text of a live answer."""

    header: HeaderView
    tasks: TasksView
    prompt: PromptView
    dock: DockView
    unchecked: tuple[CheckOfText, ...]
    hints: tuple[Hint, ...]


@dataclass(frozen=True, slots=True)
class _PaneFrame:
    """What changes in a pane with the frame, with its host, and once a second."""

    host: HostView
    flags: tuple[Problem, ...]
    placeholder: str


class ViewBuilder:
    """Builds the view of one session again and again; what has not changed is built once.

    A tick costs as much as there are panes and rows of tasks in view, however large the session.
    """

    def __init__(self) -> None:
        self._frame = _Cached[_Frame]()
        self._means = _Cached[tuple[str, ...]]()
        self._answered = _Cached[tuple[int, dict[str, float]]]()
        self._left = _Cached[float | None]()
        self._pane_frames: list[_Cached[_PaneFrame]] = []
        self._judgements: list[_Cached[JudgementView]] = []
        self._meters: list[_Cached[Meter]] = []

    def build(self, context: Context, *, starts: bool = False) -> View:
        """Return what the screen shows now; `starts`: the first task will start by itself."""
        snapshot, cursor = context.comparison.snapshot(), context.cursor
        live = [(cell, answer.state, answer.has_text) for cell, answer in snapshot.live.items()]
        in_view = cursor.shows_answers(cursor.round)
        place = cursor.round, cursor.column, cursor.attempt(cursor.cell), in_view
        progress = self._progress(snapshot)
        frame = self._frame.get(
            (snapshot.session, snapshot.scorecard, snapshot.waiting),
            (
                *(live, place, cursor.point, context.screen_layout.key),
                *(saved_text(snapshot), progress, len(context.checks)),
            ),
            lambda: _Frame(
                header_view(snapshot, cursor, progress),
                self._tasks(context, snapshot),
                prompt_view(context),
                *dock_view(context),
                tuple(hints(context)),
            ),
        )
        cells = cursor.cells
        for _ in range(len(self._meters), len(cells)):
            self._meters.append(_Cached())
            self._judgements.append(_Cached())
            self._pane_frames.append(_Cached())
        panes = [
            self._pane(context, snapshot, frame, column, starts=starts)
            for column in range(len(cells))
        ]
        tabbed = context.screen_layout.tabbed
        return View(
            header=frame.header,
            tasks=frame.tasks,
            prompt=frame.prompt,
            panes=tuple(panes),
            tabs=tuple(map(partial(_tab, context, snapshot), cells, panes)) if tabbed else (),
            column=cursor.column,
            reading=_reading(context, frame),
            dock=frame.dock,
            unchecked=frame.unchecked,
            subject=context.naming.label(cursor.cell.endpoint),
            hints=frame.hints,
            notice="" if snapshot.session.number else context.workspace.notice(context.key),
        )

    def _progress(self, snapshot: Snapshot) -> tuple[str, ...]:
        """Return how many answers there are, run, and how long the rest takes if that is known."""
        answered, mean_s = self._answered.get(
            (snapshot.session,),
            None,
            lambda: (count_answered(snapshot.session), mean_seconds(snapshot.session)),
        )
        if not (answered or snapshot.live or snapshot.waiting):
            return ()
        now_ns = time.perf_counter_ns()
        left_s = self._left.get(
            (snapshot.session, snapshot.waiting),
            (len(snapshot.live), now_ns // NS_PER_S),
            lambda: seconds_left(
                mean_s,
                snapshot.lanes,
                snapshot.waiting,
                snapshot.live.values(),
                now_ns,
                snapshot.session.schedule.cooldown_s,
            ),
        )
        parts = [f"{answered} of {snapshot.session.size}"]
        if snapshot.live:
            parts.append(f"{len(snapshot.live)} running")
        if left_s is not None:
            parts.append(f"about {format_uptime(left_s)} left")
        return tuple(parts)

    def _tasks(self, context: Context, snapshot: Snapshot) -> TasksView:
        """Return the tasks around the current one, as many as the screen has rows."""
        cursor, session = context.cursor, snapshot.session
        current, rows, tasks = cursor.task_index, context.screen_layout.size.height, session.tasks
        near = range(max(current - rows, 0), min(current + rows + 1, len(tasks)))
        if session.trials == 1:
            shown = {
                index: _task_row(context, snapshot, Round(tasks[index].id, 1)) for index in near
            }
        else:
            shown = {index: _trials_row(context, snapshot, tasks[index]) for index in near}
        return TasksView(
            rows=shown,
            current=current,
            count=len(tasks),
            means=self._means.get(
                (session.answers, session.endpoints, snapshot.scorecard),
                None,
                lambda: mean_scores(snapshot),
            ),
            accents=tuple(map(accent, range(len(session.endpoints)))),
        )

    def _pane(
        self, context: Context, snapshot: Snapshot, frame: _Frame, column: int, *, starts: bool
    ) -> PaneView:
        cell, now_ns = context.cursor.cells[column], time.perf_counter_ns()
        naming, answer = context.naming, context.cursor.answer(cell)
        judgement = self._judgements[column].get(
            (frame,), None, lambda: judgement_view(context, cell, answer)
        )
        if naming.hidden:
            return _blind_pane(context, cell, answer, judgement)
        meter = self._meters[column].get((answer,), None, Meter)
        timing = Timing() if answer is None else meter.update(answer)
        elapsed_ns = _elapsed_ns(answer, now_ns)
        host = snapshot.hosts.get(cell.endpoint)
        pod = None if host is None else host.pod
        pane = self._pane_frames[column].get(
            (frame, host and host.last_check, pod and pod.last_check),
            (host and host.stale, pod and pod.awaited, starts, now_ns // NS_PER_S),
            lambda: _PaneFrame(
                HostView()
                if host is None
                else host_view(
                    host,
                    _shown_cause(snapshot, cell),
                    elapsed_ns,
                    mode=snapshot.session.mode,
                    naming=naming,
                    key=context.key,
                ),
                flags_of(snapshot, naming, cell, answer, timing),
                clean_text(placeholder(context, snapshot, cell, answer, starts=starts)),
            ),
        )
        queued = cell in snapshot.waiting
        problem, details = _problem(context, snapshot, cell, pane.flags, now_ns)
        pause = snapshot.paused.get(cell.endpoint) if queued else None
        states = state_texts(answer, queued=queued, now_ns=now_ns)
        if attempt := _attempt_text(context, cell):
            states = (*(f"{attempt} · {state}" for state in states), attempt)
        elif pause is not None:
            states = pause_texts(pause, naming.model(cell.endpoint), snapshot.now_s)
        elif (warm := snapshot.warming.get(cell)) is not None:
            states = warmup_texts(warm)
        elif (until := snapshot.cooling.get(cell)) is not None:
            states = cooldown_texts(until, snapshot.now_s)
        reads = () if answer is None else answer.reads
        return PaneView(
            answer=answer,
            placeholder=pane.placeholder,
            title=TitleView(
                naming.label(cell.endpoint),
                naming.other_model(cell.endpoint),
                states,
            ),
            problem=naming.text(problem),
            details=tuple(map(naming.text, details)),
            judgement=judgement,
            latency=LatencyView(
                timing,
                elapsed_ns,
                tuple(gaps(reads, SPARKS)),
                () if answer is None else tuple(start_parts(answer, timing)),
                () if answer is None else start_texts(answer, timing.load_ns),
            ),
            host=pane.host,
            accent=naming.accent(cell.endpoint),
        )


def _blind_pane(
    context: Context, cell: Cell, answer: LiveAnswer | Answer | None, judgement: JudgementView
) -> PaneView:
    """Return the pane of a side of a blind round."""
    naming, states = context.naming, blind_states(answer)
    if attempt := _attempt_text(context, cell):
        states = (*(f"{attempt} · {state}" for state in states), attempt)
    return PaneView(
        answer=answer,
        placeholder=blind_placeholder(context, answer),
        title=TitleView(naming.label(cell.endpoint), "", states),
        judgement=judgement,
        accent=naming.accent(cell.endpoint),
        blind=True,
    )


def _attempt_text(context: Context, cell: Cell) -> str:
    """Return which of its attempts is in view; "" for the latest one."""
    number, latest = context.cursor.attempt(cell), context.comparison.latest(cell)
    if number is None:
        return ""
    return f"attempt {number} of {number if latest is None else latest.attempt}"


def header_view(snapshot: Snapshot, cursor: Cursor, progress: tuple[str, ...]) -> HeaderView:
    """Return the top line; a session has a number once it has something to keep."""
    session, place = snapshot.session, cursor.round
    title = session.task(place.task).title
    trial = f" · trial {place.trial} of {session.trials}" if session.trials > 1 else ""
    return HeaderView(
        title=session.about.title,
        number=f"#{session.number}" if session.number else "new session",
        position=cursor.task_index + 1,
        count=len(session.tasks),
        task=f"{title}{trial}",
        progress=progress,
        saved=saved_text(snapshot),
        failed=snapshot.write_error is not None,
    )


def count_answered(session: Session) -> int:
    """Return how many cells have an answer that counts as answered."""
    latest = {answer.cell: answer.state for answer in session.answers if answer.state.final}
    return sum(state.answered for state in latest.values())


def prompt_view(context: Context) -> PromptView:
    """Return the prompt of the round in view; before it was asked, all of it is shown."""
    cursor, layout = context.cursor, context.screen_layout
    opened = layout.shows_prompt(cursor.round, asked=navigation.is_asked(context))
    return PromptView(cursor.task.prompt, opened, layout.prompt_rows)


def dock_view(context: Context) -> tuple[DockView, tuple[CheckOfText, ...]]:
    """Return the task beside the focused answer, and the checks to run for it; empty if closed."""
    cursor = context.cursor
    if not context.screen_layout.dock_opened:
        return DockView(), ()
    task, cell = cursor.task, cursor.cell
    answer = cursor.answer(cell)
    marks = context.comparison.scorecard.of(cell, 1 if answer is None else answer.attempt)
    label, rubric = context.naming.label(cell.endpoint), task.rubric
    # A text that still grows is checked once it has ended.
    text = answer.text if isinstance(answer, Answer) and answer.state.final else ""
    checks = task.checks if answer is not None and answer.has_text else ()
    outcomes = [(check, context.checks.known(check, text)) for check in checks]
    view = DockView(
        label=label,
        accent=context.naming.accent(cell.endpoint),
        ticked=marks.ticked(len(rubric)),
        points=rubric,
        keys=point_keys(context.workspace.keys, len(rubric)),
        ticks=frozenset(point - 1 for point in marks.ticks),
        current=cursor.point,
        text=task_text(task, label, marks, outcomes),
    )
    return view, tuple((check, text) for check, result in outcomes if text and result is None)


def _reading(context: Context, frame: _Frame) -> Literal["answer", "prompt", "rubric"]:
    if context.screen_layout.dock_focused:
        return "rubric"
    return "prompt" if frame.prompt.opened else "answer"


def saved_text(snapshot: Snapshot) -> str:
    """Return how saving goes; "" before anything was saved."""
    if snapshot.write_error is not None:
        return f"○ not saved: {snapshot.write_error.message}"
    if snapshot.saved_at is None:
        return ""
    return f"● saved {snapshot.saved_at.astimezone():%H:%M}"


def _task_row(context: Context, snapshot: Snapshot, place: Round) -> TaskRow:
    """Return a round; a blind one with its marks in the order of the panes."""
    marks, complete, blind = [], True, snapshot.blind
    hidden, in_view = blind.hides(place), context.cursor.shows_answers(place)
    cells = [
        Cell(place.task, name, place.trial)
        for name in (blind.order(place) if hidden else blind.names)
    ]
    coming = hidden and any(snapshot.is_queued(cell) for cell in cells)
    for cell in cells:
        answer = snapshot.latest(cell)
        score = snapshot.scorecard.of(cell, answer.attempt).score if answer else None
        complete = complete and score is not None
        if score is not None:
            marks.append(str(score))
        elif hidden:
            marks.append(blind_symbol(answer) if in_view else hidden_symbol(coming=coming))
        elif cell in snapshot.waiting:
            marks.append(QUEUED)
        else:
            marks.append(SYMBOLS[answer.state] if answer else NOT_RUN)
    title = snapshot.session.task(place.task).title
    return TaskRow(title, tuple(marks), complete, blind=hidden)


def _trials_row(context: Context, snapshot: Snapshot, task: Task) -> TaskRow:
    """Return a task of several trials: for each side the median of its scores, and their range.

    The sides of a hidden trial are those of its panes; it is in no median.
    """
    session, blind, card = snapshot.session, context.comparison.blind, snapshot.scorecard
    places = [Round(task.id, trial) for trial in range(1, session.trials + 1)]
    answers = {
        (place.trial, name): snapshot.latest(Cell(task.id, name, place.trial))
        for place in places
        for name in blind.names
    }
    scores = {
        side: card.of(answer.cell, answer.attempt).score if answer else None
        for side, answer in answers.items()
    }
    complete = None not in scores.values()
    here = context.cursor.round
    hidden = [place for place in places if blind.hides(place)]
    if here in hidden or len(hidden) == len(places):
        place = here if here in hidden else places[0]
        return replace(_task_row(context, snapshot, place), complete=complete)
    trials = [place.trial for place in places if place not in hidden]
    spreads = [
        spread_of([score for trial in trials if (score := scores[trial, name]) is not None])
        for name in blind.names
    ]
    return TaskRow(
        task.title,
        tuple(
            _state_of_trials(snapshot, [Cell(task.id, name, trial) for trial in trials])
            if spread is None
            else score_figure(spread.median)
            for name, spread in zip(blind.names, spreads, strict=True)
        ),
        complete,
        tuple(
            "" if spread is None or spread.low == spread.high else f"{spread.low}–{spread.high}"
            for spread in spreads
        ),
    )


def _state_of_trials(snapshot: Snapshot, cells: Sequence[Cell]) -> str:
    """Return the symbol of the trial to look at: running, failed, queued, not run, or done."""
    answers = [snapshot.latest(cell) for cell in cells]
    live = [answer for answer in answers if isinstance(answer, LiveAnswer)]
    failed = [one for one in answers if one is not None and not one.state.answered]
    for answer in (*live, *failed):
        return SYMBOLS[answer.state]
    if any(cell in snapshot.waiting for cell in cells):
        return QUEUED
    return NOT_RUN if None in answers else SYMBOLS[AnswerState.DONE]


def mean_scores(snapshot: Snapshot) -> tuple[str, ...]:
    """Return the mean score of each endpoint's latest answers, one decimal; · without a score.

    Those of blind rounds do not count yet.
    """
    session = snapshot.session
    scores: dict[str, list[int]] = {endpoint.name: [] for endpoint in session.endpoints}
    for (cell, attempt), marks in snapshot.scorecard.marks.items():
        latest = session.latest(cell)
        if marks.score is None or snapshot.blind.hides(cell.round):
            continue
        if latest is not None and latest.attempt == attempt:
            scores[cell.endpoint].append(marks.score)
    return tuple(f"{sum(all_) / len(all_):.1f}" if all_ else NOT_RUN for all_ in scores.values())


def placeholder(
    context: Context,
    snapshot: Snapshot,
    cell: Cell,
    answer: LiveAnswer | Answer | None,
    *,
    starts: bool,
) -> str:
    """Return what an empty pane shows: what it waits for, and the key that brings an answer."""
    session, key = snapshot.session, context.key
    endpoint = session.endpoint(cell.endpoint)
    if snapshot.is_queued(cell) or (answer is not None and answer.has_text):
        return ""
    if context.workspace.judging:
        command = "demo" if endpoint.embedded else "run"
        return f"no answer · bbtui {command} --resume {session.number} runs it"
    at = snapshot.hosts.get(cell.endpoint)
    if at is None:
        return not_configured_text(endpoint)
    if answer is not None:
        return f"no answer · {key('round.run')} runs it again"
    states = [one.host.state for one in snapshot.hosts.values()]
    if starts and HostState.FAILED not in states:
        state = context.naming.text(at.host.description or at.host.state)
        return f"{state}\nthis task starts automatically\nwhen every model is ready"
    pod = pod_view(at, key)
    lines = [] if pod is None else pod_messages.not_ready_lines(pod)
    if pod is None or not pod.pod.awaited:
        lines.append(f"{key('round.run')} run · {key('round.run_all')} run all")
    return "\n".join(lines)


def flags_of(
    snapshot: Snapshot,
    naming: Naming,
    cell: Cell,
    answer: LiveAnswer | Answer | None,
    timing: Timing,
) -> tuple[Problem, ...]:
    """Return the flags of a cell's host and of its latest answer, the host's first.

    `timing` has the figures of that answer.
    """
    session = snapshot.session
    at, model = snapshot.hosts.get(cell.endpoint), naming.model(cell.endpoint)
    host = UNKNOWN_HOST if at is None else at.last_check.host
    pod = None if at is None or at.pod is None else at.pod.last_check.pod
    found = [machine_flag(host, model, pod)] if host.loaded else []
    if answer is not None and host.loaded:
        # Before a request it means little: that may load the model with another context.
        running, wanted = host.build.context_length, session.options.num_ctx
        found.append(narrow_flag(running, wanted, model, session.endpoint(cell.endpoint).api))
    if isinstance(answer, Answer):
        found += answer_flags(session, answer, timing)
        if _reached_another_limit(answer, session.options):
            found.append(answer.problem)
    return tuple(flag for flag in found if flag is not None)


def _reached_another_limit(answer: Answer, options: Options) -> bool:
    """Return whether an answer reached a token limit that is not the configured one."""
    limit, count = options.num_predict, answer.server.eval_count
    configured = limit is not None and limit > 0 and (count is None or count >= limit)
    return answer.state is AnswerState.CUT and bool(answer.problem) and not configured


def judgement_view(
    context: Context, cell: Cell, answer: LiveAnswer | Answer | None
) -> JudgementView:
    """Return what was given to one answer, and the outcome of its task."""
    comparison = context.comparison
    card, points = comparison.scorecard, len(comparison.session.task(cell.task).rubric)
    marks = card.of(cell, 1 if answer is None else answer.attempt)
    winner = None if blinding.winner_is_hidden(context, cell.task) else card.winners.get(cell.task)
    worst = min(marks.faults, key=lambda fault: list(Severity).index(fault.severity), default=None)
    return JudgementView(
        score=score_text(marks.score),
        ticked=marks.ticked(points),
        word=marks.verdict.word if marks.verdict else "",
        reason=marks.verdict.why if marks.verdict else "",
        severity=worst.severity if worst else "",
        fault=worst.text if worst else "",
        more_faults=max(len(marks.faults) - 1, 0),
        note=marks.note,
        winner=winner_text(winner, cell.endpoint),
    )


def host_view(
    at: HostSnapshot,
    shown: str,
    elapsed_ns: int | None,
    *,
    mode: Mode,
    naming: Naming,
    key: Callable[[str], str],
) -> HostView:
    """Return the line of a host; a problem is not repeated whose cause is `shown` already.

    `elapsed_ns` is how long the answer has taken; `key` returns the key of an action.
    """
    host = at.host
    if host.problem and host.problem.cause == shown:
        replied = host.observed is not None and host.observed.error_reply is not None
        host = replace(host, problem=Problem(_RESPONDS_WITH_ERROR) if replied else NO_PROBLEM)
    text = host_text(host, stale=at.stale and at.pod is None)
    pod = pod_view(replace(at, host=host), key)
    failed = pod is not None and pod.last_check.action_error is not None
    view = HostView(
        kind=host.state,
        state=text.state,
        beside=text.facts,
        below=(text.stays,) if text.stays else (),
        mode="parallel" if mode == "at once" else "sequential",
        # An action that failed is shown in full where it is chosen.
        details_key=key("pod.manage") if failed else "",
    )
    if pod is not None and pod.last_check.pod is not None:
        state, *beside = pod_messages.state_parts(pod)
        costs = pod_messages.next_or_cost_parts(pod, elapsed_ns)
        return replace(
            view,
            state=f"{HOST_SYMBOLS[host.state]} {state}",
            beside=tuple(beside),
            muted=False,
            below=(*costs, *view.beside, *view.below),
            problem=tuple(map(naming.text, pod_messages.problem_lines(pod))),
        )
    problem = []
    if pod is not None and pod.last_check.checked:
        problem = pod_messages.unknown_state_lines(pod.last_check)
    if host.problem.fix:
        problem = [*problem[:1], host.problem.fix]
    return replace(
        view,
        state=naming.text(view.state),
        problem=tuple(map(naming.text, problem)),
        problem_replaces_state=bool(host.problem.fix),
    )


def _shown_cause(snapshot: Snapshot, cell: Cell) -> str:
    """Return the cause that the pane shows of a cell: of its pause, or of its answer."""
    if cell in snapshot.waiting and (pause := snapshot.paused.get(cell.endpoint)):
        return pause.why.problem.cause
    if problem := _not_run(snapshot, cell):
        return problem.cause
    answer = snapshot.latest(cell)
    return "" if answer is None else answer.problem.cause


def _not_run(snapshot: Snapshot, cell: Cell) -> Problem:
    """Return why a cell was given up; no problem for one that was not."""
    if snapshot.latest(cell) is not None or cell in snapshot.waiting:
        return NO_PROBLEM
    return snapshot.given_up.get(cell.endpoint, NO_PROBLEM)


def _elapsed_ns(answer: LiveAnswer | Answer | None, now_ns: int) -> int | None:
    if isinstance(answer, LiveAnswer) and not answer.state.final:
        return now_ns - (answer.sent_ns or answer.since_ns)
    return None if answer is None else answer.end_ns


def _problem(
    context: Context, snapshot: Snapshot, cell: Cell, flags: Sequence[Problem], now_ns: int
) -> tuple[str, tuple[str, ...]]:
    """Return why an answer failed or may fail soon, and its fix; else what is flagged of it."""
    answer, naming, name = context.cursor.answer(cell), context.naming, cell.endpoint
    if cell in snapshot.waiting and (pause := snapshot.paused.get(name)):
        rest = rest_of_pause(pause, snapshot.now_s)
        stop = f"{rest}; {context.key('answer.stop')} stops the wait"
        return pause.why.problem.cause, (pause.why.problem.fix, stop)
    if given_up := _not_run(snapshot, cell):
        return f"not run: {given_up.cause}", (given_up.fix,)
    # The title shows it already when the answer is whole, or when the user stopped it.
    quiet = answer is None or answer.state.answered or answer.state is AnswerState.STOPPED
    if answer is not None and answer.problem and not quiet:
        return answer.problem.cause, (answer.problem.fix,)
    if isinstance(answer, LiveAnswer) and naming.behind_pod_proxy(name):
        limit = countdown(answer, now_ns, context.workspace.proxy_timeout)
        loads = answer.warmth is not Warmth.WARM and not answer.reads
        api = snapshot.session.endpoint(name).api
        if limit:
            return limit, (preload_advice(naming.model(name), api) if loads else "",)
    fixes = {flag.fix for flag in flags}
    common = fixes.pop() if len(fixes) == 1 else ""
    return "", tuple(filter(None, (*(flag.cause for flag in flags), common)))


def _tab(context: Context, snapshot: Snapshot, cell: Cell, pane: PaneView) -> Tab:
    answer, naming = pane.answer, context.naming
    symbol = SYMBOLS[answer.state] if answer is not None else ""
    if naming.hidden:
        symbol = blind_symbol(answer) if answer is not None else ""
    return Tab(
        symbol=symbol,
        label=naming.label(cell.endpoint),
        accent=naming.accent(cell.endpoint),
        timing=None if naming.hidden else pane.latency.timing,
        marks=snapshot.scorecard.of(cell, answer.attempt) if answer is not None else Marks(),
    )
