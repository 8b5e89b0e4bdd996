"""How a main screen shares its room: columns or tabs, one pane at its largest, or too little."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.geometry import Size

if TYPE_CHECKING:
    from bbtui.ui.screens.main import MainScreen

#: From this size on both panes and the task list have room beside each other.
WIDE = Size(100, 28)
#: Below this size nothing can be read.
SMALLEST = Size(60, 16)


class Layout:
    """The classes of the style sheet that a main screen has for the room there is."""

    def __init__(self, main: MainScreen) -> None:
        self._main = main
        #: The user's own choice of tabs or columns; None until there is one.
        self._tabs: bool | None = None
        self.maximised = False

    def fit(self, size: Size) -> None:
        """Choose the layout for this much room."""
        main = self._main
        too_small = size.width < SMALLEST.width or size.height < SMALLEST.height
        main.set_class(too_small, "too-small")
        main.set_class(size.width < WIDE.width or size.height < WIDE.height, "narrow")
        self.lay_out()

    def choose_tabs(self, tabs: bool) -> None:
        """Take the user's choice; what would be chosen without it is no choice to keep."""
        self._tabs = None if tabs == self._main.has_class("narrow") else tabs
        self.lay_out()

    def lay_out(self) -> None:
        """Bring the screen in line with what was chosen."""
        main = self._main
        main.set_class(main.has_class("narrow") if self._tabs is None else self._tabs, "tabbed")
        main.set_class(self.maximised, "maximised")
        main.show_focus()
