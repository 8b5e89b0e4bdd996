"""An endpoint's pane: its name, the answer, the figures of the answer, and the host behind it."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median
from typing import NamedTuple

from textual.app import ComposeResult, RenderResult
from textual.containers import Vertical
from textual.content import Content
from textual.geometry import Size

from bbtui.domain.answer import Answer, LiveAnswer
from bbtui.domain.host import HostState
from bbtui.domain.timing import Timing
from bbtui.formatting.durations import format_ns
from bbtui.ui.messages import format_rate, format_tokens
from bbtui.ui.widgets.answer_view import AnswerView
from bbtui.ui.widgets.judgement import JudgementRow, JudgementView
from bbtui.ui.widgets.row_layout import RowPart, crop, fit, spread
from bbtui.ui.widgets.text_line import Paragraph, ViewLine

_COLOURS = {
    HostState.READY: "$text-success",
    HostState.UNREACHABLE: "$text-error",
    HostState.FAILED: "$text-error",
    HostState.PREPARING: "$text-warning",
    HostState.LOADING: "$text-warning",
}
#: It takes at most this part of the screen, or as many rows where that is more.
PART, ROWS = 5, 4
BARS = "▁▂▃▄▅▆▇█"
SPARKS = 12
#: The number of bars that is kept where there is little room.
FEW_SPARKS = 6
#: The cells that a label keeps; and below which only the symbol of a state is left.
_LEAST_LABEL, _LEAST_STATE = 2, 8
_MUTED = "$foreground-muted"


class HostView(NamedTuple):
    """What the line of a host shows."""

    kind: HostState = HostState.UNKNOWN
    """Its state, which has a colour."""
    state: str = ""
    """The state as text, with its symbol first."""
    beside: tuple[str, ...] = ()
    """What is shown beside the state where there is room, the most important first."""
    below: tuple[str, ...] = ()
    """What is shown below it, muted."""
    muted: bool = True
    """Whether what is beside the state is muted, too."""
    mode: str = ""
    """How the session runs: ``parallel`` or ``sequential``."""
    problem: tuple[str, ...] = ()
    """What is wrong, the fix last; empty while nothing is."""
    problem_replaces_state: bool = False
    """Whether the state is the first line of the problem, in full, and has no row of its own."""
    details_key: str = ""
    """The key for all of the problem where that is not the usual one."""


class HostRows(ViewLine[HostView]):
    """The state and what is known, in two rows or in one; what has no room is left out."""

    ALLOW_SELECT = True
    DEFAULT_CSS = "HostRows { height: 2; padding: 0 1; }"

    def __init__(self) -> None:
        super().__init__(HostView())

    def redraw(self) -> None:
        """Lay out for the current size."""
        width, height = self.size
        state = crop(_state(self._view), width)
        mode = Content.styled(self._view.mode, _MUTED)
        room = width - state.cell_length - 2
        style = _MUTED if self._view.muted else ""
        beside = [RowPart(text, style=style) for text in self._view.beside]
        below = [RowPart(text, style=_MUTED) for text in self._view.below]
        if height == 1:
            row, _ = fit([*beside, *below], room)
            self.draw(_after(state, row))
            return
        row, rest = fit(beside, room)
        second, _ = fit([*below, *rest], width, " · ")
        fits = second.cell_length + mode.cell_length + 2 <= width
        self.draw(_after(state, row), spread(second, mode if fits else Content(""), width))


class HostLine(Vertical):
    """What is known of a host; with a problem, that and its fix in one row less."""

    DEFAULT_CSS = """
    HostLine { height: auto; }
    HostLine.problem HostRows { height: 1; }
    """

    def __init__(self, details_key: str) -> None:
        super().__init__()
        self._rows = HostRows()
        self._problem = ProblemText(details_key)
        self._view = HostView()

    def compose(self) -> ComposeResult:
        """Lay out what is known, then what is wrong."""
        yield self._rows
        yield self._problem

    @property
    def plain(self) -> str:
        """The text without its styles."""
        return "\n".join(one.plain for one in (self._rows, self._problem) if one.display)

    def show(self, view: HostView) -> None:
        """Show a host."""
        if view == self._view:
            return
        self._view = view
        self._rows.display = not view.problem_replaces_state
        self._rows.show(view)
        head = _state(view) if view.problem_replaces_state else ""
        self._problem.show(head, view.problem, view.details_key)
        self.set_class(bool(view.problem), "problem")


def _state(view: HostView) -> Content:
    return Content.assemble((view.state[:1], _COLOURS.get(view.kind, _MUTED)), view.state[1:])


def _after(state: Content, known: Content) -> Content:
    return Content.assemble(state, "  ", known) if known else state


class ProblemText(Paragraph):
    """A problem in a few rows; hidden while there is none.

    The fix comes last and is the last to be cut. `details_key` opens the dialog with all of it.
    """

    ALLOW_SELECT = True
    DEFAULT_CSS = "ProblemText { padding: 0 1; display: none; }"

    def __init__(self, details_key: str) -> None:
        super().__init__()
        self._details_key = details_key
        self._more = ""

    def show(self, problem: str | Content, details: Sequence[str], details_key: str = "") -> None:
        """Show a problem and, muted, its details with the fix last; nothing if all are "".

        `details_key` opens the dialog with all of it where that is not the usual one.
        """
        self._more = f" {details_key or self._details_key} shows all"
        lines = [Content(problem) if isinstance(problem, str) else problem]
        lines += (Content.styled(line, "$foreground-muted") for line in details)
        shown = [line for line in lines if line]
        self.display = bool(shown)
        self.draw(*shown)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:  # noqa: ARG002 - Textual's
        """Return the rows it needs, up to the most there may be."""
        return len(self._rows(width, max(ROWS, viewport.height // PART)))

    def render(self) -> RenderResult:
        """Return what fits of it."""
        return Content("\n").join(self._rows(*self.size))

    def _rows(self, width: int, most: int) -> list[Content]:
        """Return the rows: one at least for each line, and of the rest the last line has most."""
        if not width:
            return []
        spare = most - len(self._lines)
        shown: list[Content] = []
        for part in reversed(self._lines):
            rows = part.wrap(width)
            count = min(len(rows), 1 + max(spare, 0))
            spare -= count - 1
            if count < len(rows):
                begun = Content.assemble(rows[count - 1].rstrip(), "…")
                last = crop(begun, width - len(self._more))
                rows = [*rows[: count - 1], Content.assemble(last, self._more)]
            shown = rows + shown
        return shown


class TitleView(NamedTuple):
    """What a pane's title shows."""

    label: str = ""
    """The label of the endpoint."""
    model: str = ""
    """Its model; "" where the label contains it."""
    states: tuple[str, ...] = ("",)
    """The state of the answer, the longest text first."""


class PaneTitle(ViewLine[TitleView]):
    """One row in the endpoint's colour; filled with it when the pane has the focus."""

    DEFAULT_CSS = "PaneTitle { padding: 0 1; }"

    def __init__(self) -> None:
        super().__init__(TitleView())

    def redraw(self) -> None:
        """Lay out for the current width.

        The longest text of the state gives way first, then the label, then the end of the state;
        the model is cut only where it has no room alone.
        """
        width, view = self.size.width, self._view
        model = Content(f" · {view.model}" if view.model else "")
        label = Content.styled(view.label, "bold")
        states = [Content(state) for state in view.states]
        room = width - label.cell_length - model.cell_length - 1
        state = next((one for one in states if one.cell_length <= room), states[-1])
        most = width - min(label.cell_length, _LEAST_LABEL) - model.cell_length - 1
        if state.cell_length > most:
            state = crop(state, most) if most >= _LEAST_STATE else state[:1]
        label = crop(label, max(width - model.cell_length - state.cell_length - 1, 1))
        self.draw(spread(Content.assemble(label, model), state, width))


def sparkline(gaps: Sequence[int]) -> str:
    """Return gaps as bars; the longest gap, or four medians, is full height: even ones are low."""
    if not gaps:
        return ""
    top = max(*gaps, 4 * int(median(gaps)), 1)
    return "".join(BARS[min(gap * len(BARS) // top, len(BARS) - 1)] for gap in gaps)


class LatencyView(NamedTuple):
    """The figures of an answer."""

    timing: Timing = Timing()
    """What was measured so far."""
    elapsed_ns: int | None = None
    """How long it has taken; None before it was run."""
    gaps: tuple[int, ...] = ()
    """The latest gaps between chunks, in ns."""
    about: tuple[str, ...] = ()
    """Where the time before the first token went, the most important first."""
    starts: tuple[str, ...] = ()
    """How the answer started, the longest text first."""


class LatencyBar(ViewLine[LatencyView]):
    """Two rows of figures in columns that never move while they change.

    A figure that has no room is left out, the tokens first.
    """

    DEFAULT_CSS = "LatencyBar { height: 2; padding: 0 1; }"

    def __init__(self, accent: str) -> None:
        super().__init__(LatencyView())
        self.accent = accent
        """The colour of the gaps."""

    def redraw(self) -> None:
        """Lay the figures out for the current width."""
        width, view = self.size.width, self._view
        if view.timing == Timing() and view.elapsed_ns is None:
            names = "first token", "tok/s", "tokens", "elapsed"
            row, _ = fit([RowPart(name, style=_MUTED) for name in names], width, " · ")
            self.draw(row, Content(""))
            return
        self.draw(self._figures(view, width), self._rhythm(view, width))

    def _figures(self, view: LatencyView, width: int) -> Content:
        wide = width >= 44
        label = ("first token " if width >= 52 else "first ") if wide else ""
        rate, tokens = format_rate(view.timing), format_tokens(view.timing)
        head = Content.assemble((label, _MUTED), f"{format_ns(view.timing.ttft_ns):>7}")
        parts = [
            RowPart(f"{rate:>12}" if wide else f"{rate.replace('tok/s', 't/s'):>10}", 1),
            RowPart(f"{tokens:>9}" if wide else f"{tokens:>8}", 3),
            RowPart(f"{format_ns(view.elapsed_ns):>7}", 2),
        ]
        return spread(head, fit(parts, width - head.cell_length - 1, " ")[0], width)

    def _rhythm(self, view: LatencyView, width: int) -> Content:
        """Return the latest gaps and their median, beside what the server reported."""
        few = min(len(view.gaps), FEW_SPARKS)
        start = next((text for text in view.starts if len(text) < width - few), "")
        parts = [RowPart(part, style=_MUTED) for part in (start, *view.about) if part]
        about, _ = fit(parts, width - few - 1, " · ")
        room = width - about.cell_length - 1
        sparks = sparkline(view.gaps[-min(SPARKS, room) :]) if room > 0 else ""
        usual = f" {format_ns(int(median(view.gaps)))}" if view.gaps else ""
        known = usual if len(sparks) + len(usual) < room else ""
        rhythm = Content.assemble((sparks, self.accent), (known, _MUTED))
        return spread(rhythm, about, width)


class PaneView(NamedTuple):
    """What a pane shows."""

    answer: LiveAnswer | Answer | None = None
    """The answer; the text of a live one is read from it as it grows."""
    placeholder: str = ""
    """The text shown while there is no answer."""
    title: TitleView = TitleView()
    """The top line."""
    problem: str = ""
    """Why the answer failed, or may fail soon; "" while it does not."""
    details: tuple[str, ...] = ()
    """The fix of the problem or, muted, what is flagged of the answer; the fix last."""
    judgement: JudgementView = JudgementView()
    """What was given to the answer."""
    latency: LatencyView = LatencyView()
    """The figures of the answer."""
    host: HostView = HostView()
    """The host behind the endpoint."""
    accent: str = "endpoint-1"
    """The accent of the endpoint, a class and a colour of the style sheet."""
    blind: bool = False
    """Whether it shows nothing that reveals the endpoint: no figures, no host, no thinking."""


class Pane(Vertical):
    """Shows one endpoint's answer to the current round, live or ended."""

    DEFAULT_CSS = "Pane { width: 1fr; }"

    def __init__(self, number: int, accent: str, *, jump: int, details_key: str) -> None:
        """Create the pane of a column.

        `number` counts from 1. A live answer scrolls by `jump` rows. `details_key` opens the
        diagnosis.
        """
        super().__init__(id=f"pane-{number}")
        self.title_row = PaneTitle()
        self.title_row.add_class(accent)
        self.view = AnswerView(jump=jump)
        self.problem = ProblemText(details_key)
        self.judgement = JudgementRow()
        self.latency = LatencyBar(f"${accent}")
        self.host_line = HostLine(details_key)
        self._accent, self._blind = accent, False
        self._answer: LiveAnswer | Answer | None = None
        #: How much of the live answer's text and thinking is shown, and of which revision.
        self._shown = (0, 0)
        self._revision = 0
        self._problem: tuple[str, tuple[str, ...]] = ("", ())

    def compose(self) -> ComposeResult:
        """Lay out title, answer, problem, judgement, figures and host."""
        yield self.title_row
        yield self.view
        yield self.problem
        yield self.judgement
        yield self.latency
        yield self.host_line

    def show(self, view: PaneView) -> None:
        """Show these values; of an answer shown already only what is new is drawn."""
        self._take_place(view)
        if not _same_attempt(self._answer, view.answer):
            self._answer = view.answer
            self._shown, self._revision = (0, 0), 0
            if isinstance(view.answer, Answer):
                thinking = "" if view.blind else view.answer.thinking
                self.view.show(view.answer.text, thinking, following=False)
            else:
                self.view.show("", "")
        self._extend()
        self._answer = view.answer  # of an answer that has ended nothing is kept twice
        self.view.placeholder = view.placeholder
        self.title_row.show(view.title)
        if (view.problem, view.details) != self._problem:
            self._problem = view.problem, view.details
            self.problem.show(view.problem, view.details)
        self.judgement.show(view.judgement)
        self.latency.show(view.latency)
        self.host_line.show(view.host)

    def place(self, *, focused: bool, alone: bool, figures: bool) -> None:
        """Take a place on the screen.

        `alone` is whether it is the only pane there, `figures` whether figures and host have room.
        """
        self.title_row.set_class(focused, "focused")
        self.display = focused or not alone
        if self.display:
            # Not by a class: that would style all of the pane again.
            self.styles.border_left = ("none", "transparent") if alone else None
            self.latency.display = self.host_line.display = figures and not self._blind

    def _take_place(self, view: PaneView) -> None:
        """Become the pane of another endpoint, or of a hidden one."""
        if view.accent != self._accent:
            self.title_row.remove_class(self._accent).add_class(view.accent)
            self._accent = view.accent
            self.latency.accent = f"${view.accent}"
        if view.blind != self._blind:
            self._blind = view.blind
            if view.answer is not None and view.answer.thinking:
                self._answer = None  # shown again, with its thinking or without it

    def _extend(self) -> None:
        """Add what has come of a live answer; one that has ended since keeps its last parts."""
        answer = self._answer
        if not isinstance(answer, LiveAnswer):
            return
        if answer.revision != self._revision:
            self._shown, self._revision = (0, 0), answer.revision
            self.view.show("", "", following=self.view.following)
        shown_text, shown_thinking = self._shown
        text, thinking = answer.text.since(shown_text), answer.thinking.since(shown_thinking)
        if text or thinking:
            self._shown = shown_text + len(text), shown_thinking + len(thinking)
            self.view.extend(text, thinking)


def _same_attempt(shown: LiveAnswer | Answer | None, answer: LiveAnswer | Answer | None) -> bool:
    if shown is None or answer is None:
        return shown is answer
    return (shown.cell, shown.attempt) == (answer.cell, answer.attempt)
