"""How the main screen is divided: columns or tabs, one pane maximised, or too small to show."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

#: A round: its task and its trial.
Place = tuple[str, int]


class Size(NamedTuple):
    """A size in cells."""

    width: int
    """The number of columns."""
    height: int
    """The number of rows."""


#: From this size on the task list and both panes have room beside each other.
WIDE = Size(100, 28)
#: The part of the height that an open prompt may take, in percent.
PROMPT_PERCENT = 40
#: From this width on the dock is a column of its own, if a column keeps that many cells.
DOCK_WIDTH, LEAST_COLUMN = 160, 40
#: About as many cells has the task list.
TASKS_WIDTH = 25
#: Below this size nothing can be read.
SMALLEST = Size(60, 16)


@dataclass
class Layout:
    """The size of the screen and what the user has chosen for it."""

    size: Size = WIDE
    """The size of the terminal."""
    maximised: bool = False
    """Whether the focused pane takes the whole body."""
    tasks_hidden: bool = False
    """Whether the user has hidden the task list."""
    tabs_chosen: bool | None = None
    """Tabs or columns as the user has chosen; None while the size decides."""
    prompt_opened: bool = False
    """Whether the user has opened the prompt."""
    prompt_closed_in: Place | None = None
    """The round without a request yet in which the user has closed the prompt."""

    columns: int = 1
    """The number of panes."""
    dock_opened: bool = False
    """Whether the rubric is beside the answer."""
    dock_focused: bool = False
    """Whether the keys of the rubric act; only while it is open."""

    def toggle_dock(self) -> None:
        """Open the rubric, or focus it, or close it."""
        self.dock_focused = self.dock_opened = not self.dock_focused

    def close_dock(self) -> None:
        """Return to the answer."""
        self.dock_focused = self.dock_opened = False

    @property
    def dock_place(self) -> Literal["column", "instead", "below", "closed"]:
        """Where the rubric is: beside all panes, in place of the others, or below one."""
        width = self.size.width
        if not self.dock_opened:
            return "closed"
        if width < WIDE.width:
            return "below"
        each = (width - TASKS_WIDTH) // (self.columns + 1)
        return "column" if width >= DOCK_WIDTH and each >= LEAST_COLUMN else "instead"

    @property
    def tasks_shown(self) -> bool:
        """Whether the task list is shown."""
        return not (self.tasks_hidden or self.maximised or self.narrow)

    @property
    def one_pane(self) -> bool:
        """Whether only the focused pane is shown."""
        return self.tabbed or self.maximised or self.dock_place in ("instead", "below")

    @property
    def narrow(self) -> bool:
        """Whether there is no room for the task list, and none for two panes."""
        return self.size.width < WIDE.width or self.size.height < WIDE.height

    @property
    def tabbed(self) -> bool:
        """Whether one pane is shown at a time."""
        return self.narrow if self.tabs_chosen is None else self.tabs_chosen

    def toggle_tabs(self) -> None:
        """Change between tabs and columns; a choice the size would make too is not kept."""
        tabs = not self.tabbed
        self.tabs_chosen = None if tabs == self.narrow else tabs

    def shows_prompt(self, place: Place, *, sent: bool) -> bool:
        """Return whether the prompt of a round is open; it is until it was sent.

        With a rubric below the answer it is closed: that shows it too, and needs the room.
        """
        if self.dock_place == "below":
            return False
        return self.prompt_opened or not (sent or self.prompt_closed_in == place)

    def toggle_prompt(self, place: Place, *, sent: bool) -> None:
        """Open or close the prompt; one that was not sent is closed in its round only."""
        self.prompt_opened = not self.shows_prompt(place, sent=sent)
        self.prompt_closed_in = None if sent or self.prompt_opened else place

    @property
    def prompt_rows(self) -> int:
        """The rows that an open prompt may take."""
        return max(self.size.height * PROMPT_PERCENT // 100, 1)

    @property
    def key(self) -> tuple[object, ...]:
        """Everything of it as a value that can be compared later."""
        chosen = self.maximised, self.tasks_hidden, self.tabs_chosen
        dock = self.dock_opened, self.dock_focused, self.columns
        return self.size, chosen, dock, self.prompt_opened, self.prompt_closed_in

    @property
    def classes(self) -> dict[str, bool]:
        """The classes of the style sheet, and whether each applies.

        They change with the size: a class of the screen styles every widget on it again.
        """
        too_small = self.size.width < SMALLEST.width or self.size.height < SMALLEST.height
        return {
            "too-small": too_small,
            "narrow": self.narrow,
            "tabbed": self.tabbed,
        }
