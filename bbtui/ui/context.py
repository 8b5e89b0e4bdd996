"""What a command may use; the main screen provides it."""

from __future__ import annotations

from typing import Literal, Protocol, TypeVar

from textual.screen import Screen

from bbtui.domain.answer import Cell
from bbtui.engine.comparison import Comparison
from bbtui.errors import BbtuiError
from bbtui.ui.checks import CheckResults
from bbtui.ui.clipboard import Copied
from bbtui.ui.cursor import Cursor
from bbtui.ui.layout import Layout
from bbtui.ui.naming import Naming
from bbtui.ui.workspace import Workspace

T = TypeVar("T")
Scroll = Literal["up", "down", "top", "end"]


class Context(Protocol):
    """The session, the user's place in it, and the services of the screen.

    What a command changes is shown when it returns.
    """

    leaving: bool
    """Whether the quit dialog is open."""

    @property
    def workspace(self) -> Workspace:
        """What the screen got at the start."""
        ...

    @property
    def comparison(self) -> Comparison:
        """The running session."""
        ...

    @property
    def cursor(self) -> Cursor:
        """The user's place in the session; a command moves it."""
        ...

    @property
    def screen_layout(self) -> Layout:
        """How the screen is divided; a command changes it."""
        ...

    @property
    def checks(self) -> CheckResults:
        """The results of the checks of answers, as far as they are known."""
        ...

    @property
    def naming(self) -> Naming:
        """The names of the endpoints on screen."""
        ...

    def key(self, action_id: str) -> str:
        """Return the first key of an action, as the user has it."""
        ...

    def show_message(self, message: str) -> None:
        """Show a passing message in the line of hints."""
        ...

    def show_error(self, error: BbtuiError) -> None:
        """Show an error with its fix."""
        ...

    async def ask(self, dialog: Screen[T | None]) -> T | None:
        """Open a dialog and return its result; None if the user cancelled it."""
        ...

    def open(self, dialog: Screen[None]) -> None:
        """Open a dialog that has no result."""
        ...

    def open_help(self) -> None:
        """Open the help with every key."""
        ...

    def open_comparison(self, comparison: Comparison, message: str = "") -> None:
        """Show another session in the place of this one, at first with a message."""
        ...

    def redraw(self) -> None:
        """Show what has changed so far; needed only before a dialog."""
        ...

    def find(self) -> None:
        """Open the box that finds text in the focused answer."""
        ...

    def scroll(self, to: Scroll) -> None:
        """Scroll the focused answer by a row, or to its top or end."""
        ...

    def take_selection(self) -> str:
        """Return the text selected on screen and clear the selection; "" if there is none."""
        ...

    def take_quote(self, cell: Cell) -> str:
        """Return what is selected of the answer of a cell, and clear the selection; "" if none."""
        ...

    def copy(self, text: str) -> Copied:
        """Copy a text to the clipboard, and return where it went."""
        ...

    def interrupted_again(self) -> bool:
        """Return whether this is the second interrupt within a short time."""
        ...

    def suspend(self) -> None:
        """Return to the shell until the program is resumed."""
        ...

    def exit(self, code: int) -> None:
        """Leave the program with an exit code."""
        ...
