"""The first start: what was found, what shall be compared, and a configuration in the end."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import ClassVar, Literal

from textual import events, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.screen import Screen
from textual.widgets import Static

from bbtui.config.setup_file import proposed_labels
from bbtui.domain.candidate import Candidate, Selection
from bbtui.engine.discovery import Discovery
from bbtui.errors import BbtuiError
from bbtui.ui import setup_messages as words
from bbtui.ui.screens.prompts import InputPrompt
from bbtui.ui.screens.worker_errors import WorkerErrors
from bbtui.ui.setup_remarks import around
from bbtui.ui.widgets.address_field import AddressField
from bbtui.ui.widgets.candidate_list import CandidateList
from bbtui.ui.widgets.hints import Hint, Hints
from bbtui.ui.widgets.paragraph import Paragraph
from bbtui.ui.widgets.row_layout import spread
from bbtui.ui.widgets.selection_line import SelectionLine
from bbtui.ui.widgets.text_line import TextLine

#: saved: go on with what was written. demo: go on with that. left: nothing was written.
SetupResult = Literal["saved", "demo", "left", "interrupted"]

#: Below this size nothing can be read.
SMALLEST = (60, 20)
#: How often what is under way is shown anew, in s.
PERIOD_S = 0.1
#: How many are compared.
PAIR = 2

_INTRO = "Take two models to compare. Nothing is written before you save."


class SetupScreen(WorkerErrors, Screen[None]):
    """Leads from nothing configured to a working pair, in one screen."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("u,slash", "address", show=False),
        Binding("1", "label(0)", show=False),
        Binding("2", "label(1)", show=False),
        Binding("r", "again", show=False),
        Binding("d", "demo", show=False),
        Binding("escape,q", "leave", show=False),
    ]

    class Done(Message):
        """The screen has done its work."""

        def __init__(self, result: SetupResult) -> None:
            super().__init__()
            self.result = result

    def __init__(
        self,
        discovery: Discovery,
        save: Callable[[Sequence[Selection], Sequence[str]], None],
        require_demo: Callable[[], None],
        path: Path,
    ) -> None:
        super().__init__()
        self._discovery = discovery
        self._save, self._require_demo, self._path = save, require_demo, path
        self._picks: list[Selection] = []
        self._own_labels: dict[Selection, str] = {}
        self._note: tuple[str, str] | None = None
        self._warned = False
        self._header, self._hints = TextLine(id="setup-header"), Hints()
        self._list, self._field = CandidateList(), AddressField(discovery)
        self._note_line = Paragraph(id="message")
        self._choices = [SelectionLine(number) for number in range(1, PAIR + 1)]

    def compose(self) -> ComposeResult:
        """What was found, a field for any address, the choice, and the keys."""
        yield self._header
        yield Static(Content(_INTRO), id="intro")
        yield self._list
        yield self._field
        yield from self._choices
        yield self._note_line
        yield self._hints
        width, height = SMALLEST
        room = f"the set-up needs {width}×{height} or more; make room, or: bbtui config init"
        yield Static(Content(room), id="too-small")

    def on_mount(self) -> None:
        """Begin to look around."""
        self._list.focus()
        self._discovery.start(self._wake)
        self.set_interval(PERIOD_S, self._show)
        self._show()

    def on_unmount(self) -> None:
        """Stop looking."""
        self._discovery.close()

    def _wake(self) -> None:
        if self.is_attached:
            self.app.call_later(self._show)

    # -- what is shown ------------------------------------------------------------------------

    @property
    def labels(self) -> list[str]:
        """The label of each pick: the user's own, else the one proposed."""
        proposed = proposed_labels(self._picks)
        return [
            self._own_labels.get(pick, label)
            for pick, label in zip(self._picks, proposed, strict=True)
        ]

    def _show(self) -> None:
        places = self._discovery.candidates
        what = "looking for pods" if self._discovery.only_pods_missing else "looking"
        looking = words.looking_words(self._discovery.checking_s, what)
        state = f"◌ {looking}" if looking else f"saves to {words.short_path(self._path)}"
        title = Content.assemble(("bbtui", "bold"), ("  set-up", "$foreground-muted"))
        width = self._header.size.width
        self._header.draw(spread(title, Content.styled(state, "$foreground-muted"), width))
        remarks = around(self._discovery, places, anything=bool(self._list.choosable))
        self._list.show(places, self._picks, remarks)
        self._field.show()
        self._show_choice()
        self._show_hints()

    def _show_choice(self) -> None:
        empty = ("space takes the model under the cursor", "one alone can be saved, too")
        labels = self.labels
        columns = (
            max(map(len, labels), default=0),
            max((len(p.model) for p in self._picks), default=0),
        )
        for index, line in enumerate(self._choices):
            if index >= len(self._picks):
                line.clear(empty[index])
                continue
            pick = self._picks[index]
            host = self._discovery.model_host(pick)
            state, fix = words.check_words(pick, host, self._discovery.model_check_s(pick))
            line.show(pick, labels[index], state, fix, columns)
        if self._note is not None:
            cause, hint = self._note
            told = [Content.styled(cause, "bold $text-accent")]
            self._note_line.draw(
                *told, *([Content.styled(hint, "$foreground-muted")] if hint else [])
            )
            return
        together = words.together_words(self._picks)
        self._note_line.draw(Content.styled(together, "$foreground-muted"))

    def _show_hints(self) -> None:
        self._field.set_class(self._field.typing, "focused")
        if self._field.typing:
            self._hints.show(
                "", [Hint("enter", "add the address"), Hint("esc", "back to the list")]
            )
            return
        keys = [Hint("space", "take"), Hint("u", "address")]
        if self._picks:
            keys.insert(0, Hint("enter", "save and go on"))
            keys.append(Hint("1 2" if len(self._picks) > 1 else "1", "label"))
        keys += [Hint("d", "demo"), Hint("r", "look again"), Hint("esc", "leave")]
        self._hints.show("", keys)

    def _tell(self, message: str, hint: str = "") -> None:
        self._note = (message, hint)
        self._show()

    def complain(self, error: BbtuiError) -> None:
        """Something could not be done, and why: in the line of notes, until the next key."""
        self._tell(error.message, error.fix)

    # -- what can be done ---------------------------------------------------------------------

    def on_key(self) -> None:
        """A note has been read when the next key comes."""
        self._note = None

    def on_candidate_list_toggled(self, event: CandidateList.Toggled) -> None:
        """Take a model, or give it back."""
        self._note = None
        if event.model is None:
            self._name_model(event.place)
            return
        for pick in self._picks:
            if (pick.place.key, pick.model) == (event.place.key, event.model):
                self._picks.remove(pick)
                self._show()
                return
        self._take(Selection(event.place, event.model))

    def _take(self, pick: Selection) -> None:
        if len(self._picks) == PAIR:
            self._tell("two are taken: space on one of them gives it back")
            return
        self._picks.append(pick)
        self._warned = False
        self._discovery.check_model(pick)
        self._show()

    @work(exit_on_error=False)
    async def _name_model(self, place: Candidate) -> None:
        name = place.pod.name if place.pod else words.where(place.url)
        model = await self.app.push_screen_wait(
            InputPrompt(f"model on {name}", "such as gemma3:27b")
        )
        if model:
            self._take(Selection(place, model))

    @work(exit_on_error=False)
    async def action_label(self, index: int) -> None:
        """Give one of the two another label."""
        if index >= len(self._picks):
            return
        pick, standing = self._picks[index], self.labels[index]
        label = await self.app.push_screen_wait(
            InputPrompt("label", "what its pane says", standing)
        )
        if label:
            self._own_labels[pick] = label
            self._show()

    def action_address(self) -> None:
        """Go to the field for any address."""
        self._field.begin()

    def action_again(self) -> None:
        """Look at everything once more."""
        self._discovery.rescan()
        for pick in self._picks:
            self._discovery.check_model(pick)
        self._show()

    def on_candidate_list_finished(self) -> None:
        """Write the configuration and go on; a single endpoint wants a second enter."""
        if not self._picks:
            self._list.action_take()
            return
        if len(self._picks) < PAIR and not self._warned and self._list.choosable > 1:
            self._warned = True
            self._tell("one endpoint only: enter once more saves it, space takes a second one")
            return
        try:
            self._save(self._picks, self.labels)
        except BbtuiError as error:
            self.complain(error)
        else:
            self.post_message(self.Done("saved"))

    def action_demo(self) -> None:
        """Go on with the demo, if it is installed."""
        try:
            self._require_demo()
        except BbtuiError as error:
            self.complain(error)
        else:
            self.post_message(self.Done("demo"))

    def action_leave(self) -> None:
        """Leave without writing anything."""
        self.post_message(self.Done("left"))

    def on_address_field_added(self, event: AddressField.Added) -> None:
        """Put the address into the list, and the cursor on it."""
        self._discovery.add(event.place)
        self._show()
        self._list.go_to(event.place)
        self._list.focus()

    def on_address_field_left(self) -> None:
        """Back to the list."""
        self._list.focus()

    def on_descendant_focus(self) -> None:
        """Show the keys of what has the focus."""
        self._show_hints()

    def on_resize(self, event: events.Resize) -> None:
        """Say when there is too little room."""
        width, height = event.size
        self.set_class(width < SMALLEST[0] or height < SMALLEST[1], "too-small")
        self.call_after_refresh(self._show)
