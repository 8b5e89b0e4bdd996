"""Dialogs: modal screens that are open until they are answered or closed."""

from __future__ import annotations

from typing import ClassVar, TypeVar

from textual.app import ComposeResult
from textual.await_complete import AwaitComplete
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widget import Widget
from textual.widgets import Static

from bbtui.formatting.sanitize import clean_name

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

    def __init__(self, title: str, *content: Widget, keys: str = "") -> None:
        """Create the dialog with its content and the line of keys below it."""
        super().__init__()
        self._title, self._content = title, content
        self._keys = Static(Content(keys), classes="key-help")

    def compose(self) -> ComposeResult:
        """Yield the title, the content and the keys."""
        with Vertical(classes="dialog"):
            yield Static(Content.styled(clean_name(self._title), "bold"), classes="dialog-title")
            yield from self._content
            yield self._keys

    def show_keys(self, keys: str) -> None:
        """Show other keys."""
        self._keys.update(Content(keys))
