"""A field for any address, which says while one types what answers there."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.timer import Timer
from textual.widgets import Input, Static

from bbtui.domain.address import mask_url
from bbtui.domain.candidate import Candidate, ServerFound
from bbtui.domain.problem import Problem
from bbtui.engine.discovery import Discovery
from bbtui.ui.setup_messages import (
    ADDRESS_HELP,
    answers_words,
    looking_words,
    read_address,
    where,
)
from bbtui.ui.widgets.paragraph import Paragraph

#: How long the typing rests before an address is looked at, in s: not every letter is a host.
PAUSE_S = 0.3


class AddressField(Vertical):
    """One row to type in, and below it what is wrong with the address or who answers there."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,down,up", "leave", show=False, priority=True)
    ]

    class Added(Message):
        """An address is to be put into the list."""

        def __init__(self, place: Candidate) -> None:
            super().__init__()
            self.place = place

    class Left(Message):
        """The user is done with the field."""

    def __init__(self, discovery: Discovery) -> None:
        super().__init__(id="address")
        self._discovery = discovery
        self._url: str | None = None
        self._problem = ""
        self._pause: Timer | None = None
        self._verdict = Paragraph(id="address-state")
        self._input = Input(placeholder="http://…", compact=True)
        self._input.cursor_blink = False

    def compose(self) -> ComposeResult:
        """The title, the text box, and what is said of the address."""
        with Horizontal():
            yield Static(Content("address"), id="address-title")
            yield self._input
        yield self._verdict

    @property
    def typing(self) -> bool:
        """Whether keys are letters now."""
        return self._input.has_focus

    def begin(self) -> None:
        """Take the focus."""
        self._input.focus()

    def show(self) -> None:
        """Say what is known of the address by now."""
        self._verdict.draw(*self._lines())

    def _lines(self) -> list[Content]:
        if self._problem:
            return [Content.assemble(("✗ ", "$text-error"), self._problem)]
        if self._url is None:
            return [Content.styled(ADDRESS_HELP, "$foreground-muted")]
        found = self._discovery.updated(Candidate(self._url)).found
        if isinstance(found, ServerFound):
            told = f"{where(self._url)}: {answers_words(found)}"
            adds = ("  enter adds it", "$foreground-muted")
            return [Content.assemble(("✓ ", "$text-success"), told, adds)]
        if isinstance(found, Problem):
            cause = Content.assemble(("✗ ", "$text-error"), found.cause)
            return [cause, Content.styled(f"  {found.fix}", "$foreground-muted")]
        looking = looking_words(self._discovery.server_check_s(self._url))
        return [Content.styled(f"◌ {mask_url(self._url)}  {looking}", "$foreground-muted")]

    def on_input_changed(self, event: Input.Changed) -> None:
        """Say at once what is wrong with it, and look there when the typing rests."""
        self._url, self._problem = read_address(event.value)
        self._discovery.find_typed(None)
        if self._pause is not None:
            self._pause.stop()
        url = self._url
        if url is not None:
            self._pause = self.set_timer(PAUSE_S, lambda: self._discovery.find_typed(url))
        self.show()

    def on_input_submitted(self) -> None:
        """Put the address into the list, whether it answers or not."""
        if self._problem:
            return
        if self._url is None:
            self.post_message(self.Left())
            return
        self.post_message(self.Added(Candidate(self._url, "typed", known=True)))
        self._input.value = ""

    def action_leave(self) -> None:
        """Back to where one came from; what was typed stays."""
        self.post_message(self.Left())
