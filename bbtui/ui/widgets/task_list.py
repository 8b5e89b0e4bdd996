"""The tasks of the session: where the eye is, what ran, and the score of each answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from textual import events
from textual.content import Content
from textual.message import Message

from bbtui.ui.widgets.columns import spread
from bbtui.ui.widgets.line import Line


@dataclass(frozen=True, slots=True)
class TaskRow:
    """One round: its title, and a mark per endpoint (a score, or a symbol of its state)."""

    title: str
    marks: tuple[str, ...]
    complete: bool


class TaskList(Line):
    """Rounds in order; a click opens one."""

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
        self._shown = range(0)

    def show(self, rows: Sequence[TaskRow], current: int, means: tuple[str, ...]) -> None:
        """Show the rounds; `means` is the mean score of each endpoint so far, as words."""
        self._rows, self._current, self._footer = rows, current, means
        self.redraw()

    def redraw(self) -> None:
        """Lay out for the size at hand; the current round is always in view."""
        width, height = self.size
        room = max(height - 3, 1)
        first = max(0, min(self._current - room // 2, len(self._rows) - room))
        self._shown = range(first, min(first + room, len(self._rows)))
        lines = [Content.styled("tasks", "$foreground-muted")]
        for index in self._shown:
            here, row = index == self._current, self._rows[index]
            mark = "▸" if here else "✓" if row.complete else " "
            left = Content.styled(f"{mark} {index + 1} {row.title}", "bold" if here else "")
            lines.append(spread(left, self._marks(row.marks), width))
        if any(mean != "·" for mean in self._footer):
            mean = Content.styled("  mean score", "$foreground-muted")
            lines += [Content(""), spread(mean, self._marks(self._footer), width)]
        self.draw(*lines)

    @staticmethod
    def _marks(marks: Sequence[str]) -> Content:
        """One mark per endpoint, each in its endpoint's colour."""
        parts: list[tuple[str, str]] = []
        for number, mark in enumerate(marks):
            parts += [(" " if parts else "", ""), (mark, f"$endpoint-{number % 6 + 1}")]
        return Content.assemble(*parts)

    def on_click(self, event: events.Click) -> None:
        """Open the round under the pointer."""
        index = self._shown.start + event.y - 1
        if index in self._shown:
            self.post_message(self.Picked(index))
