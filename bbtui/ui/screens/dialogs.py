"""Dialogs: modal screens that are open until they are answered or closed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar, TypeVar

from textual import events
from textual.app import ComposeResult
from textual.await_complete import AwaitComplete
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widget import Widget
from textual.widgets import Static
from textual.worker import Worker, WorkerState

from bbtui.crashes import Crash, crashed
from bbtui.errors import BbtuiError
from bbtui.formatting.sanitize import clean_name
from bbtui.ui.widgets.row_layout import spread

if TYPE_CHECKING:
    from textual.widgets import TextArea

    from bbtui.ui.widgets.text_box import TextBox

T = TypeVar("T")

#: How often a dialog polls its jobs, in s.
POLL_S = 0.1


class WorkerErrors:
    """Mixin of a screen that shows the unexpected errors of its workers."""

    def show_error(self, error: BbtuiError) -> None:
        """Show an error and its fix; each screen has its own place for it."""
        raise NotImplementedError

    def show_crash(self, crash: Crash) -> None:
        """Show an unexpected exception."""
        self.show_error(BbtuiError(f"internal error: {crash.what}", crash.fix))

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """Show why a worker failed; the screen stays open."""
        if event.worker.error is not None and event.state is WorkerState.ERROR:
            self.show_crash(crashed(event.worker.error))


class Dialog(ModalScreen[T]):
    """A modal screen that can be dismissed twice.

    When keys arrive in a burst (a paste, a slow line), those after the one that answers it reach it
    too: without this the second would close the screen behind it.
    """

    answered = False
    """Whether it was answered or closed: it may still be on the screen."""

    def passes_on(self, event: events.Key | events.Paste) -> bool:
        """Return whether an event is for what opens next, as the answer came before it."""
        del event
        return self.answered

    def dismiss(self, result: T | None = None) -> AwaitComplete:
        """Close with this result, unless it is closed already."""
        self.answered = True
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
        self._title = Static(self._title_content(title), classes="dialog-title")
        self._content = content
        self._keys = Static(Content(keys), classes="key-help")

    def compose(self) -> ComposeResult:
        """Yield the title, the content and the keys."""
        with Vertical(classes="dialog"):
            yield self._title
            yield from self._content
            yield self._keys

    def show_title(self, title: str, right: str = "") -> None:
        """Show another title, and a text at the right; the title is cut where both are too long."""
        left = self._title_content(title)
        width = self._title.size.width
        self._title.update(spread(left, Content(right), width) if right and width else left)

    @staticmethod
    def _title_content(title: str) -> Content:
        return Content.styled(clean_name(title), "bold")

    def show_keys(self, keys: str) -> None:
        """Show other keys."""
        self._keys.update(Content(keys))


class InputPrompt(Dialog[str | None]):
    """A dialog for a line of text, which wraps, below the answers; returns it, or None for esc.

    The beginning of one of `words` is completed; see `TextBox`.
    """

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "leave", "cancel", show=False)]

    def __init__(
        self,
        title: str,
        placeholder: str,
        value: str = "",
        *,
        enter: str = "saves",
        words: Sequence[str] = (),
    ) -> None:
        """Create the prompt; `enter` is what enter does, for the line of keys."""
        super().__init__()
        self._title, self._placeholder, self._value = title, placeholder, value
        self._enter, self._words = enter, words
        self._choices = Static(classes="key-help")
        self._choices.display = bool(words)
        self._keys = Static(Content(f"enter {enter} · esc cancels"), classes="key-help")

    def compose(self) -> ComposeResult:
        """Yield the title, the text box and its keys."""
        from bbtui.ui.widgets.text_box import TextBox  # takes long to import

        with Vertical(classes="prompt"):
            with Horizontal():
                yield Static(Content(clean_name(f"{self._title} ")), classes="prompt-title")
                yield TextBox(self._value, placeholder=self._placeholder, words=self._words)
            yield self._choices
            yield self._keys

    def on_mount(self) -> None:
        """Show the words from the start."""
        if self._words:
            self._show_words(self.query_one(".prompt TextBox"))

    def on_text_area_changed(self, event: TextArea.Changed) -> None:
        """Show the words that begin with what is typed, and the one that enter takes."""
        if self._words:
            self._show_words(event.text_area)

    def _show_words(self, box: Widget) -> None:
        from bbtui.ui.widgets.text_box import TextBox

        assert isinstance(box, TextBox)
        found = box.completed
        keys = f"enter {self._enter} · esc cancels"
        if found:
            word = clean_name(found[0])
            keys = f"enter {self._enter} {word} · tab inserts it · esc cancels"
        shown = found if found or box.text else self._words
        self._choices.update(Content(clean_name(" ".join(shown))))
        self._keys.update(Content(keys))

    def on_text_box_submitted(self, event: TextBox.Submitted) -> None:
        """Return the line."""
        self.dismiss(event.text)


class ChoicePrompt(Dialog[str | None]):
    """A dialog for one of the keys of `choices`; returns it, or None for esc.

    `lines` are shown below the question.
    """

    def __init__(
        self, question: str, choices: Mapping[str, str], lines: Sequence[str] = ()
    ) -> None:
        super().__init__()
        self._question, self._choices, self._lines = question, dict(choices), lines

    def compose(self) -> ComposeResult:
        """Yield the question and the keys."""
        parts: list[str | tuple[str, str]] = []
        choices = self._choices | {"escape": self._choices.get("escape", "cancel")}
        for key, label in choices.items():
            shown = "esc" if key == "escape" else key
            parts += [("   ", ""), (shown, "bold $primary"), f" {clean_name(label)}"]
        with Vertical(classes="prompt"):
            yield Static(Content(clean_name(self._question)), classes="prompt-question")
            for line in self._lines:
                yield Static(Content(clean_name(line)))
            yield Static(Content.assemble(*parts[1:]), classes="prompt-choices")

    def passes_on(self, event: events.Key | events.Paste) -> bool:
        """Return whether an earlier key was the answer; that may still be in the queue."""
        if self.answered:
            return True
        self.answered = isinstance(event, events.Key) and self._choice(event) in self._choices
        return False

    def on_key(self, event: events.Key) -> None:
        """Return the key, if it is one of the choices."""
        event.stop()
        event.prevent_default()
        key = self._choice(event)
        if event.key == "escape":
            self.dismiss(None)
        elif key in self._choices:
            self.dismiss(key)

    def _choice(self, event: events.Key) -> str:
        return event.key if event.key in self._choices else (event.character or "").lower()
