"""What the main screen shows, as plain values made of a snapshot, the cursor and the names."""

from __future__ import annotations

import time
from functools import partial
from typing import Literal, NamedTuple, TypeVar

from bbtui.domain.answer import Cell, Round
from bbtui.domain.estimate import mean_seconds, seconds_left
from bbtui.domain.score import Marks
from bbtui.domain.session import Session
from bbtui.engine.snapshot import Snapshot
from bbtui.formatting.durations import NS_PER_S, format_uptime
from bbtui.ui.available import hints
from bbtui.ui.blind_view import blind_symbol
from bbtui.ui.cached import Cached
from bbtui.ui.checks import CheckOfText
from bbtui.ui.commands import navigation
from bbtui.ui.context import Context
from bbtui.ui.cursor import Cursor
from bbtui.ui.messages import (
    SYMBOLS,
)
from bbtui.ui.naming import accent
from bbtui.ui.pane_view import PaneBuilder
from bbtui.ui.tasks_view import mean_scores, task_row, trials_row
from bbtui.ui.widgets.header import HeaderView
from bbtui.ui.widgets.hints import Hint
from bbtui.ui.widgets.pane import PaneView
from bbtui.ui.widgets.prompt_strip import PromptView
from bbtui.ui.widgets.rubric_dock import DockView
from bbtui.ui.widgets.tabs import Tab
from bbtui.ui.widgets.task_list import TasksView

T = TypeVar("T")


class View(NamedTuple):
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
    """A message about the session, until there is something in it to keep."""


class _Frame(NamedTuple):
    """What changes seldom: whatever depends neither on time nor on the text of a live answer."""

    header: HeaderView
    tasks: TasksView
    prompt: PromptView
    dock: DockView
    unchecked: tuple[CheckOfText, ...]
    hints: tuple[Hint, ...]


def _notice(context: Context, snapshot: Snapshot) -> str:
    """Return the message about a session that is idle until there is something in it to keep.

    One that starts by itself is saved at once: of that it is a passing message.
    """
    workspace = context.workspace
    if snapshot.session.number or workspace.start != "idle":
        return ""
    return workspace.notice(context.key)


class ViewBuilder:
    """Builds the view of one session again and again; what has not changed is built once.

    A tick costs as much as there are panes and rows of tasks in view, however large the session.
    """

    def __init__(self) -> None:
        self._frame = Cached[_Frame]()
        self._means = Cached[tuple[str, ...]]()
        self._answered = Cached[tuple[int, dict[str, float]]]()
        self._left = Cached[float | None]()
        self._panes: list[PaneBuilder] = []

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
                *_dock(context),
                tuple(hints(context)),
            ),
        )
        cells = cursor.cells
        for _ in range(len(self._panes), len(cells)):
            self._panes.append(PaneBuilder())
        panes = [
            builder.build(context, snapshot, cell, frame, starts=starts)
            for builder, cell in zip(self._panes, cells, strict=False)
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
            notice=_notice(context, snapshot),
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
                index: task_row(context, snapshot, Round(tasks[index].id, 1)) for index in near
            }
        else:
            shown = {index: trials_row(context, snapshot, tasks[index]) for index in near}
        return TasksView(
            rows=shown,
            current=current,
            task_count=len(tasks),
            means=self._means.get(
                (session.answers, session.endpoints, snapshot.scorecard),
                None,
                lambda: mean_scores(snapshot),
            ),
            accents=tuple(map(accent, range(len(session.endpoints)))),
        )


def header_view(snapshot: Snapshot, cursor: Cursor, progress: tuple[str, ...]) -> HeaderView:
    """Return the top line; a session has a number once it has something to keep."""
    session, place = snapshot.session, cursor.round
    title = session.task(place.task).title
    trial = f" · trial {place.trial} of {session.trials}" if session.trials > 1 else ""
    return HeaderView(
        title=session.about.title,
        number=f"#{session.number}" if session.number else "new session",
        position=cursor.task_index + 1,
        task_count=len(session.tasks),
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
    """Return the prompt of the round in view; before it was sent, all of it is shown."""
    cursor, layout = context.cursor, context.screen_layout
    opened = layout.shows_prompt(cursor.round, sent=navigation.is_sent(context))
    return PromptView(cursor.task.prompt, opened, layout.prompt_rows)


def _dock(context: Context) -> tuple[DockView, tuple[CheckOfText, ...]]:
    """Return the rubric beside the answer, and the checks to run for it; empty if it is closed."""
    if not context.screen_layout.dock_opened:
        return DockView(), ()
    from bbtui.ui.dock_view import dock_view  # not needed for the first paint

    return dock_view(context)


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
