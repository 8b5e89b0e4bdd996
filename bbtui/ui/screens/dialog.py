"""Dialogs: modal screens that are open until they are answered or closed."""

from __future__ import annotations

from typing import ClassVar, TypeVar

from textual.await_complete import AwaitComplete
from textual.binding import Binding, BindingType
from textual.screen import ModalScreen

T = TypeVar("T")

#: How often a dialog polls its jobs, in s.
POLL_S = 0.1


class Dialog(ModalScreen[T]):
    """A modal screen that can be dismissed twice.

    When keys arrive in a burst (a paste, a slow line), those after the one that answers it reach it
    too: without this the second would close the screen behind it.
    """

    def dismiss(self, result: T | None = None) -> AwaitComplete:
        """Close with this result, unless it is closed already."""
        if self.app.screen is self:
            return super().dismiss(result)
        return AwaitComplete()

    def action_leave(self) -> None:
        """Close without a result."""
        self.dismiss(None)


class LargeDialog(Dialog[T]):
    """A dialog in the middle of the screen, with something to read or to choose from.

    The key that opened it closes it too, also when the user has remapped it: a subclass binds
    `leave` to it under the id of the action. The focused widget binds the keys of the dialog
    itself, so that they take precedence.
    """

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,q", "leave", "close", show=False)]
