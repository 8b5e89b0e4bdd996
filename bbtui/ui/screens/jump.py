"""The dialog that opens a task by its number or its title."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.cells import cell_len
from textual import events
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.fuzzy import Matcher
from textual.widgets import Input, OptionList
from textual.widgets.option_list import Option

from bbtui.formatting.sanitize import clean_name
from bbtui.ui.screens.dialogs import LargeDialog
from bbtui.ui.widgets.row_layout import crop


def matching(titles: Sequence[str], query: str) -> list[int]:
    """Return the indexes of the tasks that match, the best first; all for an empty query.

    A number matches the task of that number, and then those whose number begins with it.
    """
    query = query.strip()
    if not query:
        return list(range(len(titles)))
    if query.isdecimal():
        numbers = [str(index + 1) for index in range(len(titles))]
        found = [index for index, number in enumerate(numbers) if number.startswith(query)]
        if found:
            return sorted(found, key=lambda index: (numbers[index] != query, index))
    matcher = Matcher(query)
    scores = {index: matcher.match(title) for index, title in enumerate(titles)}
    return sorted((index for index in scores if scores[index]), key=lambda index: -scores[index])


class JumpScreen(LargeDialog[str | None]):
    """Lists the tasks that match what is typed; returns the index of one as text, or None."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "close", show=False),
        Binding("down", "move(1)", show=False, priority=True),
        Binding("up", "move(-1)", show=False, priority=True),
        Binding("pagedown", "move(10)", show=False, priority=True),
        Binding("pageup", "move(-10)", show=False, priority=True),
    ]

    def __init__(self, titles: Sequence[str], current: int) -> None:
        """Create the dialog; `current` is the index of the open task."""
        self._titles = [clean_name(title) for title in titles]
        self._current = current
        self._box = Input(placeholder="number or title", compact=True)
        self._box.cursor_blink = False
        self._list = OptionList(compact=True)
        self._list.can_focus = False
        keys = "↑ ↓ select · enter opens · esc closes"
        super().__init__("open a task", self._box, self._list, keys=keys)

    def on_mount(self) -> None:
        """Take keys from the start."""
        self._box.focus()

    def on_resize(self, _: events.Resize) -> None:
        """Lay out for the new width."""
        self.call_after_refresh(self._show, self._current)

    def on_input_changed(self) -> None:
        """Show what matches."""
        self._show(None)

    def _show(self, wanted: int | None) -> None:
        """List the matching tasks with the cursor on the `wanted` one, else on the best."""
        found = matching(self._titles, self._box.value)
        width = self._list.scrollable_content_region.width
        digits = len(str(len(self._titles)))
        rows = []
        for index in found:
            mark = "▸" if index == self._current else " "
            number = f"{mark} {index + 1:>{digits}}  "
            title = crop(Content(self._titles[index]), max(width - cell_len(number), 1))
            rows.append(Option(Content.assemble((number, "$foreground-muted"), title), str(index)))
        self._list.clear_options()
        self._list.add_options(rows or [Option("no task matches", disabled=True)])
        if rows:
            self._list.highlighted = found.index(wanted) if wanted in found else 0

    def action_move(self, rows: int) -> None:
        """Move the cursor by a number of rows."""
        if self._list.highlighted is not None:
            last = self._list.option_count - 1
            self._list.highlighted = min(max(self._list.highlighted + rows, 0), last)

    def on_input_submitted(self) -> None:
        """Open the task under the cursor."""
        option = self._list.highlighted_option
        if option is not None and option.id is not None:
            self.dismiss(option.id)

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Open the task that was clicked."""
        self.dismiss(event.option_id)
