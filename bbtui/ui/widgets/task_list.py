"""The tasks of the session: where the eye is, what ran, and the score of each answer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from textual import events
from textual.content import Content
from textual.message import Message

from bbtui.ui.widgets.row_layout import crop, spread
from bbtui.ui.widgets.text_line import TextLine


@dataclass(frozen=True, slots=True)
class TaskRow:
    """One round: its title, and a mark per endpoint (a score, or a symbol of its state)."""

    title: str
    marks: tuple[str, ...]
    complete: bool


class TaskList(TextLine):
    """Rounds in order, a long title in two rows; a click opens one."""

    DEFAULT_CSS = "TaskList { height: 1fr; width: 25; padding: 0 1; }"

    class Picked(Message):
        """A round was clicked; `index` counts from 0."""

        def __init__(self, index: int) -> None:
            super().__init__()
            self.index = index

    def __init__(self) -> None:
        super().__init__(id="task-list")
        self._rows: Sequence[TaskRow] = ()
        self._current = 0
        self._footer: tuple[str, ...] = ()
        #: The rows in view, each with the index of its round.
        self._shown: list[tuple[int, Content]] = []

    def show(self, rows: Sequence[TaskRow], current: int, means: tuple[str, ...]) -> None:
        """Show the rounds; `means` is the mean score of each endpoint so far, as words."""
        self._rows, self._current, self._footer = rows, current, means
        self.redraw()

    def redraw(self) -> None:
        """Lay out for the size at hand; the current round is always in view."""
        width, height = self.size
        room = max(height - 3, 1)
        near = range(max(self._current - room, 0), min(self._current + room + 1, len(self._rows)))
        rows = [(index, row) for index in near for row in self._round(index)]
        here = next((y for y, (index, _) in enumerate(rows) if index == self._current), 0)
        first = max(0, min(here - room // 2, len(rows) - room))
        self._shown = rows[first : first + room]
        lines = [Content.styled("tasks", "$foreground-muted"), *(row for _, row in self._shown)]
        if any(mean != "·" for mean in self._footer):
            mean = Content.styled("  mean score", "$foreground-muted")
            lines += [Content(""), spread(mean, self._marks(self._footer), width)]
        self.draw(*lines)

    def _round(self, index: int) -> Iterator[Content]:
        """A round in one row, or in two where its title is too long."""
        width, row = self.size.width, self._rows[index]
        symbol = "▸" if index == self._current else "✓" if row.complete else " "
        style = "bold" if index == self._current else ""
        before, marks = f"{symbol} {index + 1} ", self._marks(row.marks)
        title = Content(row.title).wrap(max(width - len(before) - marks.cell_length - 1, 1))
        yield spread(Content.styled(f"{before}{title[0]}", style), marks, width)
        if len(title) > 1:
            rest = Content(" ").join(title[1:])
            yield crop(Content.styled(f"{' ' * len(before)}{rest}", style), width)

    @staticmethod
    def _marks(marks: Sequence[str]) -> Content:
        """One mark per endpoint, each in its endpoint's colour."""
        parts: list[tuple[str, str]] = []
        for number, mark in enumerate(marks):
            parts += [(" " if parts else "", ""), (mark, f"$endpoint-{number % 6 + 1}")]
        return Content.assemble(*parts)

    def on_click(self, event: events.Click) -> None:
        """Open the round under the pointer."""
        if 1 <= event.y <= len(self._shown):
            self.post_message(self.Picked(self._shown[event.y - 1][0]))
