"""The machine behind a pane: its state in words, what is known of it, and what would help."""

from __future__ import annotations

from collections.abc import Sequence

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content

from bbtui.domain.host import Host, HostState
from bbtui.ui import pod_messages
from bbtui.ui.messages import HOST_SYMBOLS, host_text
from bbtui.ui.pod_messages import PodView
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


class HostRows(TextLine):
    """The state and what is known, in two rows or in one; what has no room is left out."""

    ALLOW_SELECT = True
    DEFAULT_CSS = "HostRows { height: 2; padding: 0 1; }"

    def __init__(self) -> None:
        super().__init__()
        self._state = self._mode = Content("")
        self._beside: Sequence[Part] = ()
        self._below: Sequence[Part] = ()

    def show(
        self, state: Content, beside: Sequence[Part], below: Sequence[Part], mode: Content
    ) -> None:
        """Show what stands beside the state and what below it, the weightiest first."""
        self._state, self._beside, self._below, self._mode = state, beside, below, mode
        self.redraw()

    def redraw(self) -> None:
        """Lay out for the room at hand; what has none beside the state may have it below."""
        width, height = self.size
        state = crop(self._state, width)
        room = width - state.cell_length - 2
        if height == 1:
            beside, _ = fit([*self._beside, *self._below], room)
            self.draw(_after(state, beside))
            return
        beside, rest = fit(self._beside, room)
        below, _ = fit([*self._below, *rest], width, " · ")
        fits = below.cell_length + self._mode.cell_length + 2 <= width
        self.draw(_after(state, beside), spread(below, self._mode if fits else Content(""), width))


class HostLine(Vertical):
    """What is known of a machine; in trouble, in one row less, what is wrong and what helps."""

    DEFAULT_CSS = """
    HostLine { height: auto; }
    HostLine.trouble HostRows { height: 1; }
    """

    def __init__(self, details_key: str) -> None:
        super().__init__()
        self._rows = HostRows()
        self._cause = ProblemText(details_key)

    def compose(self) -> ComposeResult:
        """What is known, then what is wrong."""
        yield self._rows
        yield self._cause

    @property
    def plain(self) -> str:
        """What is said, without its styles."""
        return "\n".join(one.plain for one in (self._rows, self._cause) if one.display)

    def show(
        self,
        host: Host,
        *,
        stale: bool,
        mode: str,
        pod: PodView | None = None,
        answer_ns: int | None = None,
    ) -> None:
        """Show a machine; `stale` marks old news, `mode` is ``alone`` or ``at once``.

        `pod` is the one it is, if it is rented; `answer_ns` how long it has worked on the answer.
        """
        state, facts, stays = host_text(host, stale=stale)
        beside, below = _quiet(facts), _quiet([stays])
        if pod is not None and pod.sighting.pod is not None:
            in_words, *of_pod = pod_messages.line(pod)
            state = f"{HOST_SYMBOLS[host.state]} {in_words}"
            below = [*_quiet(pod_messages.coming_or_costs(pod, answer_ns)), *beside, *below]
            beside = [Part(part) for part in of_pod]
            wrong, stated = pod_messages.below(pod), True
        else:
            looked = pod is not None and pod.sighting.checked
            wrong = pod_messages.unknown_words(pod.sighting) if pod and looked else []
            # What is wrong with a machine is its state: that is told where there is room for it.
            stated = not host.problem.fix
            wrong = wrong if stated else [*wrong[:1], host.problem.fix]
        head = Content.assemble((state[:1], _COLOURS.get(host.state, _MUTED)), state[1:])
        self._rows.display = stated
        self._rows.show(head, beside, below, Content.styled(mode, _MUTED))
        told = [Content.styled(line, _MUTED) for line in wrong]
        # An action that failed is told in full where it was asked for.
        key = pod.start_key if pod is not None and pod.sighting.action_error is not None else ""
        self._cause.tell(told if stated else [head, *told], key)
        self.set_class(bool(told), "trouble")


def _quiet(words: Sequence[str]) -> list[Part]:
    return [Part(each, style=_MUTED) for each in words]


def _after(state: Content, known: Content) -> Content:
    return Content.assemble(state, "  ", known) if known else state
