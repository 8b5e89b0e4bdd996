"""The set-up screen of a first start: select two models, and save the configuration."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Literal

from textual import events, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.screen import Screen
from textual.widgets import Static

from bbtui.config.create import proposed_labels
from bbtui.domain.candidate import Candidate, Selection
from bbtui.engine.discovery import Discovery
from bbtui.errors import BbtuiError
from bbtui.ui.base_app import BaseApp
from bbtui.ui.screens.dialogs import InputPrompt, WorkerErrors
from bbtui.ui.setup_messages import (
    check_text,
    checking_text,
    discovery_remarks,
    same_machine_text,
    shown_address,
)
from bbtui.ui.widgets.address_field import AddressField
from bbtui.ui.widgets.candidate_list import CandidateList
from bbtui.ui.widgets.hints import Hint, Hints
from bbtui.ui.widgets.row_layout import crop, spread
from bbtui.ui.widgets.text_line import Paragraph, TextLine

#: How the screen was left: with a configuration, for the demo, or without either.
SetupResult = Literal["saved", "demo", "left", "interrupted"]
#: The least size at which it can be used.
SMALLEST = (60, 20)
#: How often the checks under way are shown, in s.
PERIOD_S = 0.1
#: How many models are compared.
PAIR = 2
_STATES = {"●": "$text-success", "✗": "$text-error", "◌": "$text-warning", "○": "$foreground-muted"}
_INTRO = "Select two models to compare. Nothing is written until you save."
_EMPTY = ("space: select a model", "a single model is enough to start")


def short_path(path: Path) -> str:
    """Return the path with the home folder as ``~``."""
    try:
        return f"~/{path.relative_to(Path.home())}"
    except (ValueError, RuntimeError):
        return str(path)


class SelectionLine(Paragraph):
    """A row for a selected model, and below it the fix of a problem."""

    DEFAULT_CSS = "SelectionLine { max-height: 4; padding: 0 1; }"

    def __init__(self, number: int) -> None:
        super().__init__(id=f"selection-{number}")
        self._number, self._accent = number, f"bold $endpoint-{number}"
        self._left = Content("")
        self._state = self._fix = ""

    def show(self, label: str, model: str, address: str, state: str, fix: str) -> None:
        """Show a selected model; `model` is "" where the label names it. `state` has a symbol."""
        names = (f"{label}  ", self._accent), f"{model}  " if model else ""
        self._left = Content.assemble(*names, (address, "$foreground-muted"))
        self._state, self._fix = state, fix
        self.redraw()

    def clear(self, help_text: str) -> None:
        """Show that no model is selected yet, and how to select one."""
        self._left = Content.styled(help_text, "$foreground-muted")
        self._state = self._fix = ""
        self.redraw()

    def redraw(self) -> None:
        """Lay out for the current width."""
        width = self.size.width
        left = Content.assemble((f"{self._number}  ", self._accent), self._left)
        symbol = self._state[:1]
        state = Content.assemble((symbol, _STATES.get(symbol, "")), self._state[1:])
        if self._fix:
            fix = Content.styled(f"   {self._fix}", "$foreground-muted")
            self.draw(crop(left, width), Content.assemble("   ", state), fix)
        elif self._state:
            self.draw(spread(left, state, width))
        else:
            self.draw(crop(left, width))


@dataclass(frozen=True, slots=True)
class SetupContext:
    """What the set-up app is given."""

    discovery: Discovery
    """Finds servers and pods."""
    save: Callable[[Sequence[Selection], Sequence[str]], None]
    """Writes the selected models with their labels to `path`; may raise BbtuiError."""
    require_demo: Callable[[], None]
    """Raises BbtuiError, with the command that installs it, where there is no demo."""
    path: Path
    """The configuration file."""
    themes: Path
    """Folder of the program's themes."""
    user_themes: Path
    """Folder of the user's themes."""
    theme: str = "big-brain"
    """The name of the theme."""


class SetupScreen(WorkerErrors, Screen[None]):
    """Leads from no configuration to two models that answer."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("u,slash", "address", show=False),
        Binding("1", "label(0)", show=False),
        Binding("2", "label(1)", show=False),
        Binding("r", "rescan", show=False),
        Binding("d", "demo", show=False),
        Binding("escape,q", "quit_setup", show=False),
    ]

    @dataclass
    class Done(Message):
        """The screen was left."""

        result: SetupResult
        """How it was left."""

    def __init__(self, setup: SetupContext) -> None:
        super().__init__()
        self._setup, self._discovery = setup, setup.discovery
        self._selections: list[Selection] = []
        self._own_labels: dict[Selection, str] = {}
        self._message: tuple[str, str] | None = None
        self._warned = False
        self._header, self._hints = TextLine(id="setup-header"), Hints()
        self._list, self._field = CandidateList(), AddressField()
        self._message_line = Paragraph(id="message")
        self._lines = [SelectionLine(number) for number in range(1, PAIR + 1)]

    def compose(self) -> ComposeResult:
        """Yield the candidates, the field for an address, the selections and the keys."""
        yield self._header
        yield Static(Content(_INTRO), id="intro")
        yield self._list
        yield self._field
        yield from self._lines
        yield self._message_line
        yield self._hints
        width, height = SMALLEST
        too_small = (
            f"set-up needs at least {width}×{height}: enlarge the window, or run bbtui config init"
        )
        yield Static(Content(too_small), id="too-small")

    def on_mount(self) -> None:
        """Start the discovery."""
        self._list.focus()
        self._discovery.start(self._wake)
        self.set_interval(PERIOD_S, self._show)
        self._show()

    def on_unmount(self) -> None:
        """Cancel the discovery."""
        self._discovery.close()

    def _wake(self) -> None:
        if self.is_attached:
            self.app.call_later(self._show)

    # -- what is shown ------------------------------------------------------------------------

    @property
    def labels(self) -> list[str]:
        """The label of each selection: the user's own, else the proposed one."""
        proposed = proposed_labels(self._selections)
        return [
            self._own_labels.get(selection, label)
            for selection, label in zip(self._selections, proposed, strict=True)
        ]

    def _show(self) -> None:
        discovery = self._discovery
        candidates = discovery.candidates
        what = "listing pods" if discovery.only_pods_missing else "checking"
        checking = checking_text(discovery.checking_s, what)
        state = f"◌ {checking}" if checking else f"saves to {short_path(self._setup.path)}"
        title = Content.assemble(("bbtui", "bold"), ("  set-up", "$foreground-muted"))
        width = self._header.size.width
        self._header.draw(spread(title, Content.styled(state, "$foreground-muted"), width))
        selectable = bool(self._list.selectable)
        remarks = discovery_remarks(discovery, candidates, selectable=selectable)
        self._list.show(candidates, self._selections, remarks)
        url = self._field.url or ""
        self._field.show(discovery.updated(Candidate(url)).found, discovery.server_check_s(url))
        self._show_selections()
        self._show_message()
        self._show_hints()

    def _show_selections(self) -> None:
        labels, selections = self.labels, self._selections
        label_width = max(map(len, labels), default=0)
        model_width = max((len(selection.model) for selection in selections), default=0)
        for index, line in enumerate(self._lines):
            if index >= len(selections):
                line.clear(_EMPTY[index])
                continue
            selection, label = selections[index], labels[index]
            host = self._discovery.model_host(selection)
            elapsed_s = self._discovery.model_check_s(selection)
            model = "" if selection.model == label else selection.model.ljust(model_width)
            address = shown_address(selection.candidate.url)
            state, fix = check_text(selection, host, elapsed_s)
            line.show(label.ljust(label_width), model, address, state, fix)

    def _show_message(self) -> None:
        if self._message is None:
            text = same_machine_text(self._selections)
            self._message_line.draw(Content.styled(text, "$foreground-muted"))
            return
        message, fix = self._message
        lines = [Content.styled(message, "bold $text-accent")]
        if fix:
            lines.append(Content.styled(fix, "$foreground-muted"))
        self._message_line.draw(*lines)

    def _show_hints(self) -> None:
        self._field.set_class(self._field.typing, "focused")
        if self._field.typing:
            keys = [Hint("enter", "add the address"), Hint("esc", "back to the list")]
        else:
            keys = [Hint("space", "select"), Hint("u", "address")]
            if self._selections:
                keys.insert(0, Hint("enter", "save and continue"))
                keys.append(Hint("1 2" if len(self._selections) > 1 else "1", "label"))
            keys += [Hint("d", "demo"), Hint("r", "rescan"), Hint("esc", "quit")]
        self._hints.show("", keys)

    def _set_message(self, message: str, fix: str = "") -> None:
        self._message = (message, fix)
        self._show()

    def show_error(self, error: BbtuiError) -> None:
        """Show an error and its fix until the next key."""
        self._set_message(error.message, error.fix)

    # -- keys ---------------------------------------------------------------------------------

    def on_key(self) -> None:
        """Remove the message: it was read when the next key comes."""
        self._message = None

    def on_candidate_list_toggled(self, event: CandidateList.Toggled) -> None:
        """Select or deselect a model."""
        self._message = None
        if event.model is None:
            self._name_model(event.candidate)
            return
        for selection in self._selections:
            if (selection.candidate.key, selection.model) == (event.candidate.key, event.model):
                self._selections.remove(selection)
                self._show()
                return
        self._select(Selection(event.candidate, event.model))

    def _select(self, selection: Selection) -> None:
        if len(self._selections) == PAIR:
            self._set_message("two models selected; space on one deselects it")
            return
        self._selections.append(selection)
        self._warned = False
        self._discovery.check_model(selection)
        self._show()

    @work(exit_on_error=False)
    async def _name_model(self, candidate: Candidate) -> None:
        pod = candidate.pod
        name = pod.name if pod else shown_address(candidate.url)
        prompt = InputPrompt(f"model on {name}", "e.g. gemma3:27b", enter="selects it")
        if model := await self.app.push_screen_wait(prompt):
            self._select(Selection(candidate, model))

    @work(exit_on_error=False)
    async def action_label(self, index: int) -> None:
        """Ask for another label of a selection."""
        if index < len(self._selections):
            selection = self._selections[index]
            prompt = InputPrompt("label", "the title of its pane", self.labels[index])
            if label := await self.app.push_screen_wait(prompt):
                self._own_labels[selection] = label
                self._show()

    def action_address(self) -> None:
        """Focus the field for an address."""
        self._field.begin()

    def action_rescan(self) -> None:
        """Check everything again."""
        self._discovery.rescan()
        for selection in self._selections:
            self._discovery.check_model(selection)
        self._show()

    def on_candidate_list_finished(self) -> None:
        """Write the configuration; a single model needs a second enter."""
        if not self._selections:
            self._list.action_toggle_row()
            return
        if len(self._selections) < PAIR and not self._warned and self._list.selectable > 1:
            self._warned = True
            self._set_message(
                "only one model selected: enter again saves it, space selects a second"
            )
            return
        self._finish("saved", lambda: self._setup.save(self._selections, self.labels))

    def action_demo(self) -> None:
        """Continue with the demo, if it is installed."""
        self._finish("demo", self._setup.require_demo)

    def _finish(self, result: SetupResult, step: Callable[[], None]) -> None:
        """Leave the screen after a step that may fail."""
        try:
            step()
        except BbtuiError as error:
            self.show_error(error)
        else:
            self.post_message(self.Done(result))

    def action_quit_setup(self) -> None:
        """Leave without writing anything."""
        self.post_message(self.Done("left"))

    def on_address_field_typed(self, event: AddressField.Typed) -> None:
        """Check the address that is being typed."""
        self._discovery.find_typed(event.url)
        self._show()

    def on_address_field_added(self, event: AddressField.Added) -> None:
        """Add the address to the list, and put the cursor on it."""
        candidate = Candidate(event.url, "typed", known=True)
        self._discovery.add(candidate)
        self._show()
        self._list.go_to(candidate)
        self._list.focus()

    def on_address_field_left(self) -> None:
        """Focus the list."""
        self._list.focus()

    def on_descendant_focus(self) -> None:
        """Show the keys of the focused widget."""
        self._show_hints()

    def on_resize(self, event: events.Resize) -> None:
        """Show a message instead if there is too little room."""
        width, height = event.size
        self.set_class(width < SMALLEST[0] or height < SMALLEST[1], "too-small")
        self.call_after_refresh(self._show)


class SetupApp(BaseApp[SetupResult]):
    """Shows the set-up screen until a configuration is saved or the user quits."""

    CSS_PATH = ["../bbtui.tcss", "../setup.tcss"]  # noqa: RUF012 - declared in Textual's App
    ENABLE_COMMAND_PALETTE = False
    BINDINGS: ClassVar[list[BindingType]] = [Binding("ctrl+c", "quit", show=False, priority=True)]

    def __init__(self, setup: SetupContext) -> None:
        super().__init__()
        self.apply_theme(setup.themes, setup.user_themes, setup.theme)
        self.setup = setup

    def get_default_screen(self) -> Screen[None]:
        """Return the set-up screen."""
        return SetupScreen(self.setup)

    def on_setup_screen_done(self, event: SetupScreen.Done) -> None:
        """Exit with the result of the screen."""
        self.exit(event.result)

    async def action_quit(self) -> None:
        """Quit without writing anything."""
        self.exit("left")


def run_setup(setup: SetupContext) -> SetupResult:
    """Run the set-up screen in this terminal and return its result."""
    return SetupApp(setup).run_until_exit("interrupted") or "left"
