"""The set-up screen of a first start: what was found, what to compare, and the configuration."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Literal
from urllib.parse import urlsplit

from textual import events, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.screen import Screen
from textual.timer import Timer
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from bbtui.config.create import proposed_labels
from bbtui.domain.address import THIS_MACHINE, host_key, mask_url, written_url
from bbtui.domain.candidate import Candidate, Selection, ServerFound
from bbtui.domain.host import Host
from bbtui.domain.model import Model
from bbtui.domain.pod import Pod
from bbtui.domain.problem import Problem
from bbtui.engine.discovery import Discovery
from bbtui.errors import BbtuiError
from bbtui.formatting.numbers import format_price
from bbtui.formatting.sanitize import clean_name
from bbtui.formatting.text import counted
from bbtui.ui.base_app import BaseApp
from bbtui.ui.messages import HOST_SYMBOLS
from bbtui.ui.screens.dialogs import InputPrompt, WorkerErrors
from bbtui.ui.widgets.hints import Hint, Hints
from bbtui.ui.widgets.row_layout import crop, spread
from bbtui.ui.widgets.text_line import Paragraph, TextLine

#: A check that takes longer shows its time, in s.
SHOW_AFTER_S = 0.3
ADDRESS_HELP = "for example: myhost, :8080, https://…, POD-11434.proxy.runpod.net"
_NOTHING_FOUND = (
    "No model found. Start a server (ollama serve) and press r, press u to enter\n"
    "an address, or press d for the demo with two models of its own."
)
_NO_KEY = "pods: set RUNPOD_API_KEY to list your pods here"
_INDENT = "     "
_NAME_MODEL = "enter a model name …"
#: The least cells of a pod's name with its symbol.
_MIN_NAME_WIDTH = 14
#: How long to wait after a key before an address is checked, in s.
PAUSE_S = 0.3
_STATES = {"●": "$text-success", "✗": "$text-error", "◌": "$text-warning", "○": "$foreground-muted"}
#: How the screen was left: with a configuration, for the demo, or without either.
SetupResult = Literal["saved", "demo", "left", "interrupted"]
#: The least size at which it can be used.
SMALLEST = (60, 20)
#: How often the checks under way are shown, in s.
PERIOD_S = 0.1
#: How many models are compared.
PAIR = 2
_INTRO = "Select two models to compare. Nothing is written until you save."
_EMPTY = ("space: select a model", "a single model is enough to start")


def shown_address(url: str) -> str:
    """Return host, port and path of a base URL without what gives access."""
    shown = urlsplit(mask_url(url))
    return f"{shown.netloc}{shown.path}"


def parse_address(text: str) -> tuple[str | None, str]:
    """Return the base URL of a typed address, or the error; neither for an empty text."""
    if not text.strip():
        return None, ""
    try:
        return written_url(text), ""
    except ValueError as error:
        return None, str(error)


def checking_text(elapsed_s: float | None, what: str = "checking") -> str:
    """Return what is under way and for how long; "" while that is too short to show."""
    if elapsed_s is None or elapsed_s < SHOW_AFTER_S:
        return ""
    return f"{what} {elapsed_s:.1f} s"


def server_text(server: ServerFound) -> str:
    """Return ``Ollama 0.33.3 · 4 models``."""
    models = counted(len(server.models), "model") if server.models else "no models"
    return f"{clean_name(server.server)} · {models}"


def pod_text(pod: Pod) -> str:
    """Return ``stopped · NVIDIA L40S · $0.79/h``."""
    price = pod.cost_per_hour or pod.last_cost_per_hour
    shown = format_price(price) if price else "price unknown"
    return " · ".join((pod.state_text, pod.hardware_text, shown))


def why_unusable(candidate: Candidate) -> str:
    """Return why no model of a candidate can be selected, "" if one can."""
    if candidate.pod is not None and not candidate.url:
        return "no HTTP port exposed: add 11434/http to the pod's ports in the console"
    return ""


def same_machine_text(selections: Sequence[Selection]) -> str:
    """Return what two selections on one machine mean for timings; "" on different ones."""
    hosts = [host_key(selection.candidate.url) for selection in selections]
    if len(hosts) == len(set(hosts)):
        return ""
    there = THIS_MACHINE if hosts[0] == THIS_MACHINE else "one machine"
    return f"both on {there}: they run sequentially, so that neither slows down the other"


def check_text(selection: Selection, host: Host | None, elapsed_s: float | None) -> tuple[str, str]:
    """Return the state of a selection, which begins with its symbol, and the fix if it has one."""
    pod = selection.candidate.pod
    if pod is not None and not pod.running:
        return f"○ the pod is {pod.state_text}", ""
    if host is None:
        return f"◌ {checking_text(elapsed_s)}".rstrip(), ""
    parts = [f"{HOST_SYMBOLS[host.state]} {host.description or host.state}"]
    if host.loaded is not None and not host.problem.fix:
        parts.append("loaded" if host.loaded else "not loaded")
    if host.gpu_share is not None:
        parts.append("on CPU" if host.gpu_share == 0 else f"{host.gpu_share * 100:.0f} % GPU")
    return " · ".join(parts), host.problem.fix


def short_path(path: Path) -> str:
    """Return the path with the home folder as ``~``."""
    try:
        return f"~/{path.relative_to(Path.home())}"
    except (ValueError, RuntimeError):
        return str(path)


def discovery_remarks(
    discovery: Discovery, candidates: Sequence[Candidate], *, selectable: bool
) -> list[Content]:
    """Return what is missing and what to do, the most important first.

    `selectable` is whether there is a model to select.
    """
    remarks = []
    problem = discovery.pods_error
    if problem is not None:
        cause = Content.assemble(("✗", "$text-error"), f" pods: {clean_name(problem.cause)}")
        fix = Content.styled(f"  {clean_name(problem.fix)}", "$foreground-muted")
        remarks.append(Content("\n").join([cause, fix]))
    if discovery.checking_s is None:
        if not selectable:
            remarks.append(Content(_NOTHING_FOUND))
        # Silence at a default port is no error: only its addresses are listed.
        silent = [c.url for c in candidates if isinstance(c.found, Problem) and not c.known]
        if silent:
            addresses = ", ".join(map(shown_address, silent))
            remarks.append(Content.styled(f"no server at {addresses}", "$foreground-muted"))
    if not discovery.can_list_pods:
        remarks.append(Content.styled(_NO_KEY, "$foreground-muted"))
    return remarks


class CandidateList(OptionList):
    """Candidates as headings and their models as rows; grows while they are checked."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "toggle_row", show=False),
        Binding("enter", "finish", show=False),
        Binding("j", "cursor_down", show=False),
        Binding("k", "cursor_up", show=False),
        Binding("g", "first", show=False),
        Binding("G", "last", show=False),
    ]

    @dataclass
    class Toggled(Message):
        """A row was selected or deselected."""

        candidate: Candidate
        model: str | None
        """None where the user has to name it."""

    class Finished(Message):
        """Enter was pressed; a message, so that it comes after the rows toggled before it."""

    def __init__(self) -> None:
        super().__init__(id="candidates", compact=True)
        self._rows: dict[str, tuple[Candidate, str | None]] = {}
        self._name_width = 0
        self._shown: object = None
        self._wanted: str | None = None

    def show(
        self,
        candidates: Sequence[Candidate],
        selections: Sequence[Selection],
        remarks: Sequence[Content],
    ) -> None:
        """Show the candidates and then the remarks; the cursor stays on its row."""
        shown = (candidates, tuple(selections), tuple(remarks), self._width)
        if shown == self._shown or not self._width:
            return
        self._shown = shown
        cursor = self._wanted or self._row_id
        self._rows = {}
        servers = (c.found for c in candidates if isinstance(c.found, ServerFound))
        names = (len(model.name) for server in servers for model in server.models)
        self._name_width = max(names, default=0)
        options: list[Option] = []
        for candidate in candidates:
            rows = self._candidate_rows(candidate, selections)
            if rows and options:
                options.append(Option("", disabled=True))
            options += rows
        for remark in remarks:
            options += [Option("", disabled=True)] if options else []
            options.append(Option(remark, disabled=True))
        top = self.scroll_offset.y
        self.clear_options()
        self.add_options(options)
        if cursor in self._rows:
            self.highlighted = self.get_option_index(cursor)
            self._wanted = None
        elif self._rows:
            self.highlighted = self.get_option_index(next(iter(self._rows)))
        self.scroll_to(y=top, animate=False)
        self.scroll_to_highlight()

    def go_to(self, candidate: Candidate) -> None:
        """Put the cursor on the first model of a candidate, as soon as there is one."""
        rows = (row for row, (other, _) in self._rows.items() if other.key == candidate.key)
        found = next(rows, None)
        if found is None:
            self._wanted = _new_row_id(candidate, 0)
        else:
            self.highlighted = self.get_option_index(found)

    @property
    def _row_id(self) -> str | None:
        option = self.highlighted_option
        return None if option is None else option.id

    @property
    def selectable(self) -> int:
        """The number of rows that can be selected."""
        return len(self._rows)

    @property
    def _width(self) -> int:
        return self.scrollable_content_region.width

    def action_toggle_row(self) -> None:
        """Select or deselect the row under the cursor."""
        row = self._rows.get(self._row_id or "")
        if row is not None:
            self.post_message(self.Toggled(*row))

    def action_finish(self) -> None:
        """Report that enter was pressed."""
        self.post_message(self.Finished())

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Select or deselect the row that was clicked."""
        event.stop()
        self.action_toggle_row()

    def _candidate_rows(
        self, candidate: Candidate, selections: Sequence[Selection]
    ) -> list[Option]:
        found, width = candidate.found, self._width
        silent = isinstance(found, Problem) or (found is None and candidate.pod is None)
        if silent and not candidate.known:
            return []
        options = [Option(_heading(candidate, width), disabled=True)]
        models = found.models if isinstance(found, ServerFound) else ()
        for index, model in enumerate(models):
            content = self._model(candidate, model, selections)
            options.append(self._row(candidate, index, model.name, content))
        if candidate.nameable:
            named = [s.model for s in selections if s.candidate.key == candidate.key]
            for index, name in enumerate(named):
                content = self._model(candidate, Model(name), selections)
                options.append(self._row(candidate, index, name, content))
            prompt = Content.styled(f"{_INDENT}{_NAME_MODEL}", "$foreground-muted")
            options.append(self._row(candidate, len(named), None, prompt))
        return options

    def _model(
        self, candidate: Candidate, model: Model, selections: Sequence[Selection]
    ) -> Content:
        """Return ``1 gemma3:1b        1.0B  Q4_K_M`` with the number of the selection."""
        selected = [(selection.candidate.key, selection.model) for selection in selections]
        here = (candidate.key, model.name)
        number = selected.index(here) + 1 if here in selected else 0
        style = f"bold $endpoint-{number}" if number else ""
        width = self._width
        name = clean_name(model.name).ljust(min(self._name_width, max(width - 36, 20)))
        facts = f"{model.parameters:>9}  {model.quantisation:<8}"
        facts += "  loaded" if model.loaded else ""
        facts = clean_name(facts.rstrip())
        names = (f"{number or ' '} {name}", style)
        return crop(Content.assemble("   ", names, "  ", (facts, "$foreground-muted")), width)

    def _row(self, candidate: Candidate, index: int, model: str | None, content: Content) -> Option:
        row = _new_row_id(candidate, index)
        self._rows[row] = (candidate, model)
        return Option(content, id=row)


def _new_row_id(candidate: Candidate, index: int) -> str:
    return f"{index} {candidate.key}"


def _heading(candidate: Candidate, width: int) -> Content:
    found, pod, origin = candidate.found, candidate.pod, candidate.origin
    address = shown_address(candidate.url) if candidate.url else ""
    if isinstance(found, ServerFound):
        symbol, colour = "●", "$text-success"
    elif pod is not None and not pod.running:
        symbol, colour = "○", "$foreground-muted"
    elif isinstance(found, Problem):
        symbol, colour = "✗", "$text-error"
    else:
        symbol, colour = "◌", "$text-warning"
    name = clean_name(pod.name) if pod is not None else address or origin
    server = clean_name(found.server) if isinstance(found, ServerFound) else ""
    left = Content.assemble((symbol, colour), " ", (name, "bold"))
    if pod is not None:
        # A long name is cut, so that the pod's state and price have room.
        facts = clean_name(pod_text(pod))
        left = Content.assemble(
            crop(left, max(width - len(facts) - 2, _MIN_NAME_WIDTH)), "  ", facts
        )
        right = "  ".join(part for part in (server, address) if part)
    elif server:
        left, right = Content.assemble(left, f"  {server}"), origin
    else:
        right = origin if name != origin else ""
    lines = [spread(left, Content.styled(right, "$foreground-muted"), width, keep="left")]
    problems = [why_unusable(candidate)]
    if isinstance(found, Problem):
        problems += [found.cause, found.fix]
    for problem in problems:
        wrapped = textwrap.wrap(clean_name(problem), max(width - len(_INDENT), 20))
        lines += [Content.styled(f"{_INDENT}{line}", "$foreground-muted") for line in wrapped]
    return Content("\n").join(lines)


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
