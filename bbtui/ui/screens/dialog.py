"""What stands over the screen until it is answered or closed: a dialog, and of those a sheet."""

from __future__ import annotations

from typing import ClassVar, TypeVar

from textual.await_complete import AwaitComplete
from textual.binding import Binding, BindingType
from textual.screen import ModalScreen

T = TypeVar("T")

#: How often a sheet looks at what its threads brought, in s.
LOOK_S = 0.1


class Dialog(ModalScreen[T]):
    """A modal screen that may be told twice to go.

    Keys typed in one burst (a paste, a slow line) reach it after the first of them has answered
    it; without this the second would take the screen behind it away.
    """

    def dismiss(self, result: T | None = None) -> AwaitComplete:
        """Go with this result, unless it is gone already."""
        if self.app.screen is self:
            return super().dismiss(result)
        return AwaitComplete()

    def action_leave(self) -> None:
        """Go without an answer."""
        self.dismiss(None)


class LargeDialog(Dialog[T]):
    """A dialog in the middle of the screen, with something to read or to choose from.

    The key that opened it closes it too, as the user has it: a sheet binds `leave` to that under
    the action's id. Its own letters are bound by what has the focus, and so come before it.
    """

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,q", "leave", "close", show=False)]
