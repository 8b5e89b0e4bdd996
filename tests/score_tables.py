"""Sessions made from a table of scores: a row per side, an entry per task."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bbtui.domain.answer import AnswerState, Cell, ServerTimings
from bbtui.domain.endpoint import Endpoint
from bbtui.domain.score import Judged, Score
from bbtui.domain.session import Session
from bbtui.domain.task import Task
from tests.fakes import make_answer, make_endpoint, make_judgement, make_session

#: A score; one for each trial, None for one without; "open" is an answer without a score, "failed"
#: one that failed without a text, "not run" none.
Entry = int | tuple[int | None, ...] | str

COUNTED = ServerTimings(prompt_eval_count=1000, eval_count=100)


def scored(
    *rows: Sequence[Entry],
    names: Sequence[str] = ("big-brain", "local", "third", "fourth", "fifth", "sixth"),
    ms: Sequence[float] = (1000, 500),
    tasks: Sequence[Task] = (),
    endpoints: Sequence[Endpoint] = (),
    server: ServerTimings = COUNTED,
) -> Session:
    """Return a session with these scores; an answer of side k takes `ms[k]` in all."""
    count = len(rows[0])
    trials = max((len(one) for row in rows for one in row if isinstance(one, tuple)), default=1)
    tasks = tasks or [Task(f"task-{n}", f"Task {n}", f"Prompt {n}") for n in range(1, count + 1)]
    endpoints = endpoints or [make_endpoint(name) for name in names[: len(rows)]]
    session = make_session(tasks=tasks, endpoints=endpoints, trials=trials, number=12)
    answers, judgements = [], []
    for place, (endpoint, row) in enumerate(zip(endpoints, rows, strict=True)):
        each_ms = ms[place % len(ms)]
        for task, entry in zip(tasks, row, strict=True):
            scores = entry if isinstance(entry, tuple) else (entry,) * trials
            for trial, one in enumerate(scores, 1):
                cell = Cell(task.id, endpoint.name, trial)
                if one == "not run":
                    continue
                if one == "failed":
                    state, cause = AnswerState.FAILED, "connection refused"
                    answers.append(make_answer(cell, "", state, cause=cause))
                    continue
                answer = make_answer(cell, first_ms=each_ms / 10, server=server)
                answers.append(replace(answer, end_ns=int(each_ms * 1_000_000)))
                if isinstance(one, int):
                    judgements.append(make_judgement(Score(one), cell, row=len(judgements) + 1))
    return replace(session, answers=tuple(answers), judgements=tuple(judgements))


def judged(session: Session, what: Judged, task: int, side: int = 0, trial: int = 1) -> Session:
    """Return the session with one more judgement; task and side are counted from 1 and 0."""
    cell = Cell(session.tasks[task - 1].id, session.endpoints[side].name, trial)
    row = make_judgement(what, cell, row=len(session.judgements) + 1)
    return session.with_judgement(row)
