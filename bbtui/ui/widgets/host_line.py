"""The host behind a pane: its state, what is known of it, and what is wrong with it."""

from __future__ import annotations

from dataclasses import dataclass

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content

from bbtui.domain.host import HostState
from bbtui.ui.widgets.problem_text import ProblemText
from bbtui.ui.widgets.row_layout import Part, crop, fit, spread
from bbtui.ui.widgets.text_line import TextLine

_MUTED = "$foreground-muted"
_COLOURS = {
    HostState.READY: "$text-success",
    HostState.UNREACHABLE: "$text-error",
    HostState.FAILED: "$text-error",
    HostState.PREPARING: "$text-warning",
    HostState.LOADING: "$text-warning",
}


@dataclass(frozen=True, slots=True)
class HostView:
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


class HostRows(TextLine):
    """The state and what is known, in two rows or in one; what has no room is left out."""

    ALLOW_SELECT = True
    DEFAULT_CSS = "HostRows { height: 2; padding: 0 1; }"

    def __init__(self) -> None:
        super().__init__()
        self._view = HostView()

    def show(self, view: HostView) -> None:
        """Show the state and what is known."""
        self._view = view
        self.redraw()

    def redraw(self) -> None:
        """Lay out for the current size."""
        width, height = self.size
        state = crop(_state(self._view), width)
        mode = Content.styled(self._view.mode, _MUTED)
        room = width - state.cell_length - 2
        style = _MUTED if self._view.muted else ""
        beside = [Part(text, style=style) for text in self._view.beside]
        below = [Part(text, style=_MUTED) for text in self._view.below]
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
