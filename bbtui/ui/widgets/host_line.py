"""The machine behind a pane: its state in words, what is known of it, and what would help."""

from __future__ import annotations

from textual.content import Content

from bbtui.domain.endpoint import UNKNOWN_HOST, Host, HostState
from bbtui.ui import pod_words
from bbtui.ui.pod_words import PodAt
from bbtui.ui.widgets.columns import crop, spread
from bbtui.ui.widgets.line import Line
from bbtui.ui.words import HOST_SYMBOLS, host_words

_COLOURS = {
    HostState.READY: "$text-success",
    HostState.UNREACHABLE: "$text-error",
    HostState.STOPPED: "$foreground-muted",
    HostState.FAILED: "$text-error",
    HostState.PREPARING: "$text-warning",
    HostState.LOADING: "$text-warning",
}


class HostLine(Line):
    """Two rows: the state in words, then what else is known; in trouble, what would help."""

    DEFAULT_CSS = """
    HostLine { height: 2; padding: 0 1; }
    HostLine.trouble { height: auto; max-height: 4; text-wrap: wrap; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._host: Host = UNKNOWN_HOST
        self._stale = False
        self._mode = ""
        self._pod: PodAt | None = None
        self._answer_ns: int | None = None

    def show(
        self,
        host: Host,
        *,
        stale: bool,
        mode: str,
        pod: PodAt | None = None,
        answer_ns: int | None = None,
    ) -> None:
        """Show a machine; `stale` marks old news, `mode` is ``alone`` or ``at once``.

        `pod` is the one it is, if it is rented; `answer_ns` how long it has worked on the answer.
        """
        self._host, self._stale, self._mode = host, stale, mode
        self._pod = pod if pod is not None and pod.sighting.looked else None
        self._answer_ns = answer_ns
        trouble = bool(host.hint) if self._pod is None else bool(pod_words.below(self._pod))
        self.set_class(trouble, "trouble")
        self.redraw()

    def redraw(self) -> None:
        """Lay out for the width at hand."""
        if self._pod is not None and self._pod.sighting.pod is not None:
            self._draw_pod(self._pod)
            return
        state, facts = host_words(self._host, stale=self._stale)
        colour = _COLOURS.get(self._host.state, "$foreground-muted")
        left = Content.assemble((state[:1], colour), state[1:])
        if self._host.hint:
            self.draw(left, Content.styled(self._host.hint, "$foreground-muted"))
            return
        width = self.size.width
        if self.size.height == 1:
            self.draw(spread(left, Content.styled(facts, "$foreground-muted"), width, keep="left"))
            return
        mode = Content.styled(self._mode, "$foreground-muted")
        self.draw(
            spread(left, mode, width, keep="left"),
            crop(Content.styled(facts, "$foreground-muted"), width),
        )

    def _draw_pod(self, at: PodAt) -> None:
        """Its state, price and time up; then what it cost, or why it does not work."""
        width = self.size.width
        left = Content.assemble(
            (HOST_SYMBOLS[at.host.state], _COLOURS.get(at.host.state, "$foreground-muted")),
            f" {pod_words.line(at)}",
        )
        cost = Content.styled(pod_words.costs(at, self._answer_ns), "$foreground-muted")
        if self.size.height == 1:
            self.draw(spread(left, cost, width, keep="left"))
            return
        first = _beside(left, self._mode, width)
        below = pod_words.below(at)
        if below:
            told = [Content.styled(words, "$foreground-muted") for words in below]
            self.draw(left, *told)
            return
        if coming := pod_words.next_words(at):
            self.draw(first, crop(Content.styled(coming, "$foreground-muted"), width))
            return
        _, facts = host_words(self._host, stale=self._stale)
        more = crop(Content.styled(facts, "$foreground-muted"), width)
        self.draw(first, _beside(cost, facts, width) if cost else more)


def _beside(left: Content, words: str, width: int) -> Content:
    """Words at the right edge, if they fit beside what stands at the left one."""
    right = Content.styled(words, "$foreground-muted")
    fits = left.cell_length + right.cell_length + 2 <= width
    return spread(left, right if fits else Content(""), width, keep="left")
