"""A pane as plain values: the answer of a side, its host, its flags and its judgement."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import NamedTuple

from bbtui.domain.answer import Answer, AnswerState, Cell, LiveAnswer, Warmth
from bbtui.domain.endpoint import Options
from bbtui.domain.flags import answer_flags, machine_flag, narrow_flag
from bbtui.domain.host import UNKNOWN_HOST, HostState
from bbtui.domain.problem import NO_PROBLEM, Problem
from bbtui.domain.proxy_timeout import countdown, preload_advice
from bbtui.domain.score import Severity
from bbtui.domain.session import Mode
from bbtui.domain.timing import Meter, Timing, gaps, start_texts
from bbtui.engine.hosts import HostSnapshot
from bbtui.engine.snapshot import Snapshot
from bbtui.formatting.durations import NS_PER_S
from bbtui.formatting.sanitize import clean_text
from bbtui.ui import pod_messages
from bbtui.ui.blind_view import blind_placeholder, blind_states
from bbtui.ui.cached import Cached
from bbtui.ui.commands import blinding
from bbtui.ui.context import Context
from bbtui.ui.messages import (
    HOST_SYMBOLS,
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
from bbtui.ui.naming import Naming
from bbtui.ui.pod_messages import pod_view
from bbtui.ui.widgets.judgement import JudgementView
from bbtui.ui.widgets.pane import SPARKS, HostView, LatencyView, PaneView, TitleView

#: The state of a host that replied with an error, where the pane shows that error already.
_RESPONDS_WITH_ERROR = "responds with an error"


class _Seldom(NamedTuple):
    """What changes with the host, with the judgements, or once a second."""

    host: HostView
    flags: tuple[Problem, ...]
    placeholder: str


class PaneBuilder:
    """Builds the view of one pane again and again; what has not changed is built once."""

    def __init__(self) -> None:
        self._seldom = Cached[_Seldom]()
        self._judgement = Cached[JudgementView]()
        self._meter = Cached[Meter]()

    def build(
        self, context: Context, snapshot: Snapshot, cell: Cell, frame: object, *, starts: bool
    ) -> PaneView:
        """Return what the pane of a cell shows now.

        `frame` is another object after every change but those of time and of a live answer's text;
        `starts` is whether the first task will start by itself.
        """
        now_ns = time.perf_counter_ns()
        naming, answer = context.naming, context.cursor.answer(cell)
        judgement = self._judgement.get(
            (frame,), None, lambda: judgement_view(context, cell, answer)
        )
        if naming.hidden:
            return _blind_pane(context, cell, answer, judgement)
        meter = self._meter.get((answer,), None, Meter)
        timing = Timing() if answer is None else meter.update(answer)
        elapsed_ns = _elapsed_ns(answer, now_ns)
        host = snapshot.hosts.get(cell.endpoint)
        pod = None if host is None else host.pod
        seldom = self._seldom.get(
            (frame, host and host.last_check, pod and pod.last_check),
            (host and host.stale, pod and pod.awaited, starts, now_ns // NS_PER_S),
            lambda: _Seldom(
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
        problem, details = _problem(context, snapshot, cell, seldom.flags, now_ns)
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
            placeholder=seldom.placeholder,
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
            host=seldom.host,
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
        return not_configured_text(context.naming.configured(cell.endpoint))
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
    pod = pod_view(at._replace(host=host), key)
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
        return view._replace(
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
    return view._replace(
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
