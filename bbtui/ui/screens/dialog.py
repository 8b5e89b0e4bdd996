"""A dialog over the screen, which is answered once."""

from __future__ import annotations

from typing import TypeVar

from textual.await_complete import AwaitComplete
from textual.screen import ModalScreen

T = TypeVar("T")


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
