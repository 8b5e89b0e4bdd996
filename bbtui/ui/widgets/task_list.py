"""The tasks of the session: the current one, what ran, and the score of each answer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from types import MappingProxyType
from typing import NamedTuple

from textual import events
from textual.content import Content
from textual.message import Message

from bbtui.ui.widgets.row_layout import crop, spread
from bbtui.ui.widgets.text_line import ViewLine


class TaskRow(NamedTuple):
    """One task."""

    title: str
    """Its title."""
    marks: tuple[str, ...]
    """For each endpoint a score, or the symbol of its answer's state."""
    complete: bool
    """Whether every answer is scored."""
    ranges: tuple[str, ...] = ()
    """For each endpoint how far the scores of several trials reach; "" where they do not differ."""
    blind: bool = False
    """Whether the marks are in the order of the panes, and in one colour."""


class TasksView(NamedTuple):
    """The tasks around the current one."""

    rows: Mapping[int, TaskRow] = MappingProxyType({})
    """The tasks by their index from 0, as many as the screen may have room for."""
    current: int = 0
    """The index of the current task."""
    task_count: int = 1
    """The number of tasks."""
    means: tuple[str, ...] = ()
    """The mean score of each endpoint; "·" without a score."""
    accents: tuple[str, ...] = ()
    """The accent colour of each endpoint: ``endpoint-1``."""


class TaskList(ViewLine[TasksView]):
    """Tasks in order, one with a long title or with ranges in two rows; a click opens one."""

    #: Wider on a wide screen: a long title then needs no second row.
    DEFAULT_CSS = """
    TaskList { height: 1fr; width: 20%; min-width: 25; max-width: 41; padding: 0 1; }
    """

    @dataclass
    class Picked(Message):
        """A task was clicked."""

        index: int
        """Counted from 0."""

    def __init__(self) -> None:
        super().__init__(TasksView(), id="task-list")
        #: The rows in view, each with the index of its task.
        self._shown: list[tuple[int, Content]] = []

    def redraw(self) -> None:
        """Lay out for the current size; the current round is always in view."""
        width, height = self.size
        view, room = self._view, max(height - 3, 1)
        near = range(view.current - room, view.current + room + 1)
        rows = [(index, row) for index in near if index in view.rows for row in self._round(index)]
        here = next((y for y, (index, _) in enumerate(rows) if index == view.current), 0)
        first = max(0, min(here - room // 2, len(rows) - room))
        self._shown = rows[first : first + room]
        lines = [Content.styled("tasks", "$foreground-muted"), *(row for _, row in self._shown)]
        if any(mean != "·" for mean in view.means):
            mean = Content.styled("  mean score", "$foreground-muted")
            lines += [Content(""), spread(mean, self._marks(view.means), width)]
        self.draw(*lines)

    def _round(self, index: int) -> Iterator[Content]:
        """Return a round in one row, or in two where its title is too long."""
        width, row, current = self.size.width, self._view.rows[index], self._view.current
        symbol = "▸" if index == current else "✓" if row.complete else " "
        style = "bold" if index == current else ""
        digits = len(str(self._view.task_count))
        before = f"{symbol} {index + 1:>{digits}} "
        # Each range is below its mark.
        pairs = list(zip_longest(row.marks, row.ranges, fillvalue=""))
        widths = [max(map(len, pair)) for pair in pairs]
        marks, below = (
            self._marks(
                [f"{pair[line]:>{width}}" for pair, width in zip(pairs, widths, strict=True)],
                blind=row.blind,
            )
            for line in (0, 1)
        )
        title = Content(row.title).wrap(max(width - len(before) - marks.cell_length - 1, 1))
        yield spread(Content.styled(f"{before}{title[0]}", style), marks, width)
        rest = Content.styled(f"{' ' * len(before)}{Content(' ').join(title[1:])}", style)
        if any(row.ranges):
            yield spread(crop(rest, width - below.cell_length - 1), below, width)
        elif len(title) > 1:
            yield crop(rest, width)

    def _marks(self, marks: Sequence[str], *, blind: bool = False) -> Content:
        """Return a mark for each endpoint, in its colour; all in one while they are blind."""
        parts: list[tuple[str, str]] = []
        for mark, accent in zip(marks, self._view.accents, strict=True):
            parts += [(" " if parts else "", ""), (mark, "" if blind else f"${accent}")]
        return Content.assemble(*parts)

    def on_click(self, event: events.Click) -> None:
        """Open the round under the pointer."""
        if 1 <= event.y <= len(self._shown):
            self.post_message(self.Picked(self._shown[event.y - 1][0]))
