"""The text box for the address of a server, with what is wrong with it or what answers there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.timer import Timer
from textual.widgets import Input, Static

from bbtui.domain.address import mask_url, written_url
from bbtui.domain.candidate import ServerFound
from bbtui.domain.problem import Problem
from bbtui.ui.setup_messages import checking_text, server_text, shown_address
from bbtui.ui.widgets.text_line import Paragraph

ADDRESS_HELP = "for example: myhost, :8080, https://…, POD-11434.proxy.runpod.net"
#: How long to wait after a key before an address is checked, in s.
PAUSE_S = 0.3


def parse_address(text: str) -> tuple[str | None, str]:
    """Return the base URL of a typed address, or the error; neither for an empty text."""
    if not text.strip():
        return None, ""
    try:
        return written_url(text), ""
    except ValueError as error:
        return None, str(error)


class AddressField(Vertical):
    """A row to type in, and below it what is wrong with the address or what answers there."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,down,up", "leave", show=False, priority=True)
    ]

    @dataclass
    class Typed(Message):
        """The address has changed."""

        url: str | None
        """None while it is incomplete."""

    @dataclass
    class Added(Message):
        """An address is to be added to the list."""

        url: str
        """Its base URL."""

    class Left(Message):
        """The user has left the field."""

    def __init__(self) -> None:
        super().__init__(id="address")
        self.url: str | None = None
        """The base URL of the typed address; None if it is none."""
        self._error = ""
        self._pause: Timer | None = None
        self._state = Paragraph(id="address-state")
        self._input = Input(placeholder="http://…", compact=True)
        self._input.cursor_blink = False

    def compose(self) -> ComposeResult:
        """Yield the title, the text box and the state of the address."""
        with Horizontal():
            yield Static(Content("address"), id="address-title")
            yield self._input
        yield self._state

    @property
    def typing(self) -> bool:
        """Whether the text box has the focus."""
        return self._input.has_focus

    def begin(self) -> None:
        """Focus the text box."""
        self._input.focus()

    def show(self, found: ServerFound | Problem | None, checking_s: float | None) -> None:
        """Show what was found at the address, or how long its check has taken, in s."""
        self._state.draw(*self._lines(found, checking_s))

    def _lines(
        self, found: ServerFound | Problem | None, checking_s: float | None
    ) -> list[Content]:
        if self._error:
            return [Content.assemble(("✗ ", "$text-error"), self._error)]
        if self.url is None:
            return [Content.styled(ADDRESS_HELP, "$foreground-muted")]
        if isinstance(found, ServerFound):
            state = f"{shown_address(self.url)}: {server_text(found)}"
            key = ("  enter adds it", "$foreground-muted")
            return [Content.assemble(("✓ ", "$text-success"), state, key)]
        if isinstance(found, Problem):
            cause = Content.assemble(("✗ ", "$text-error"), found.cause)
            return [cause, Content.styled(f"  {found.fix}", "$foreground-muted")]
        checking = f"◌ {mask_url(self.url)}  {checking_text(checking_s)}"
        return [Content.styled(checking, "$foreground-muted")]

    def on_input_changed(self, event: Input.Changed) -> None:
        """Show what is wrong with the address; report it once the user pauses."""
        self.url, self._error = parse_address(event.value)
        self.post_message(self.Typed(None))
        if self._pause is not None:
            self._pause.stop()
        if (url := self.url) is not None:
            self._pause = self.set_timer(PAUSE_S, lambda: self.post_message(self.Typed(url)))

    def on_input_submitted(self) -> None:
        """Add the address to the list, whether it answers or not."""
        if self._error:
            return
        if self.url is None:
            self.post_message(self.Left())
            return
        self.post_message(self.Added(self.url))
        self._input.value = ""

    def action_leave(self) -> None:
        """Leave the field; what was typed stays."""
        self.post_message(self.Left())
