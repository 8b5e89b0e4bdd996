"""How the main screen is divided: columns or tabs, one pane maximised, or too small to show."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple


class Size(NamedTuple):
    """A size in cells."""

    width: int
    height: int


#: From this size on the task list and both panes have room beside each other.
WIDE = Size(100, 28)
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

    @property
    def key(self) -> tuple[object, ...]:
        """Everything of it as a value that can be compared later."""
        return self.size, self.maximised, self.tasks_hidden, self.tabs_chosen

    @property
    def classes(self) -> dict[str, bool]:
        """The classes of the style sheet, and whether each applies."""
        too_small = self.size.width < SMALLEST.width or self.size.height < SMALLEST.height
        return {
            "too-small": too_small,
            "narrow": self.narrow,
            "tabbed": self.tabbed,
            "maximised": self.maximised,
            "no-tasks": self.tasks_hidden,
        }
