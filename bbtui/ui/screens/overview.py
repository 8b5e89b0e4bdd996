"""What the main screen says around the panes, computed from the session."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from bbtui.domain.answer import Answer, Cell, LiveAnswer
from bbtui.domain.host import HostState
from bbtui.engine.comparison import Comparison
from bbtui.ui import pod_messages
from bbtui.ui.messages import NOT_RUN, QUEUED, SYMBOLS, unconfigured_words
from bbtui.ui.pod_messages import PodView
from bbtui.ui.widgets.header import TaskPlace
from bbtui.ui.widgets.task_list import TaskRow

Rounds = Sequence[tuple[str, int]]


def session_number(comparison: Comparison) -> str:
    """``#12``; a session gets its number when it has something to keep."""
    return f"#{comparison.session.number}" if comparison.session.number else "new session"


def task_place(comparison: Comparison, rounds: Rounds, index: int) -> TaskPlace:
    """Which round is shown."""
    task_id, trial = rounds[index]
    title = comparison.session.task(task_id).title
    trials = comparison.session.trials
    return TaskPlace(
        index + 1, len(rounds), f"{title} · trial {trial} of {trials}" if trials > 1 else title
    )


def saved_words(comparison: Comparison) -> str:
    """How saving goes."""
    if comparison.write_error is not None:
        return f"○ not saved: {comparison.write_error.message}"
    if comparison.saved_at is None:
        return ""
    return f"● saved {comparison.saved_at.astimezone():%H:%M}"


def task_rows(comparison: Comparison, rounds: Rounds) -> list[TaskRow]:
    """The task list's rows."""
    rows = []
    card = comparison.scorecard
    session = comparison.session
    for task_id, trial in rounds:
        marks = []
        complete = True
        for endpoint in session.endpoints:
            cell = Cell(task_id, endpoint.name, trial)
            answer = comparison.latest(cell)
            score = card.of(cell, answer.attempt).score if answer else None
            complete = complete and score is not None
            if score is not None:
                marks.append(str(score))
            elif cell in comparison.queue.waiting:
                marks.append(QUEUED)
            else:
                marks.append(SYMBOLS[answer.state] if answer else NOT_RUN)
        title = session.task(task_id).title
        rows.append(TaskRow(title if trial == 1 else f"{title} ({trial})", tuple(marks), complete))
    return rows


def means(comparison: Comparison) -> tuple[str, ...]:
    """The mean score of each endpoint's latest answers, one decimal; · without a score."""
    card = comparison.scorecard
    session = comparison.session
    found = []
    for endpoint in session.endpoints:
        latest = (
            session.latest(cell) for cell in session.cells() if cell.endpoint == endpoint.name
        )
        marks = (card.of(answer.cell, answer.attempt) for answer in latest if answer)
        scores = [mark.score for mark in marks if mark.score is not None]
        found.append(f"{sum(scores) / len(scores):.1f}" if scores else NOT_RUN)
    return tuple(found)


def first_open(comparison: Comparison, rounds: Rounds) -> int:
    """The first round with something missing or not scored; the first one when all is done."""
    card, session = comparison.scorecard, comparison.session
    missing = set(session.missing())
    for index, (task_id, trial) in enumerate(rounds):
        for endpoint in session.endpoints:
            cell = Cell(task_id, endpoint.name, trial)
            answer = session.latest(cell)
            unscored = answer and answer.has_text and card.of(cell, answer.attempt).score is None
            if cell in missing or unscored:
                return index
    return 0


def rounds(comparison: Comparison) -> list[tuple[str, int]]:
    """Every round of the session as (task id, trial), in the order they run."""
    return list(dict.fromkeys((cell.task, cell.trial) for cell in comparison.session.cells()))


def same(shown: LiveAnswer | Answer | None, answer: LiveAnswer | Answer | None) -> bool:
    """Whether both are the same attempt of the same cell."""
    if shown is None or answer is None:
        return shown is answer
    return (shown.cell, shown.attempt) == (answer.cell, answer.attempt)


def placeholder(
    comparison: Comparison,
    cell: Cell,
    key: Callable[[str], str],
    notice: str,
    *,
    judging: bool,
    starts: bool = False,
    pod: PodView | None = None,
) -> str:
    """What an empty pane says: what will be there, and the key that brings it.

    `key` gives an action's key as the user knows it; `starts`: the task will begin by itself. `pod`
    is the one that the endpoint is on.
    """
    answer = comparison.latest(cell)
    if cell in comparison.queue or (answer is not None and answer.has_text):
        return ""
    if judging:
        command = "demo" if comparison.session.endpoint(cell.endpoint).embedded else "run"
        return f"no answer · bbtui {command} --resume {comparison.session.number} asks for it"
    if cell.endpoint not in comparison.hosts:
        return unconfigured_words(comparison.session.endpoint(cell.endpoint))
    if answer is not None:
        return f"no answer · {key('round.run')} asks again"
    hosts = {one.name: comparison.hosts.host(one.name) for one in comparison.session.endpoints}
    if starts and all(host.state is not HostState.FAILED for host in hosts.values()):
        host = hosts[cell.endpoint]
        state = host.description or host.state
        return f"{state}\nthis task starts by itself\nwhen every model is ready"
    lines = [] if pod is None else pod_messages.in_the_way(pod)
    if pod is None or not pod.awaited:
        lines.append(f"{key('round.run')} run · {key('round.run_all')} run all")
    if notice and not comparison.session.number:
        lines += ["", notice]
    return "\n".join(lines)
