"""The machine behind a pane: its state in words, what is known of it, and what would help."""

from __future__ import annotations

from textual.content import Content

from bbtui.domain.endpoint import UNKNOWN_HOST, Host, HostState
from bbtui.ui.widgets.columns import crop, spread
from bbtui.ui.widgets.line import Line
from bbtui.ui.words import host_words

_COLOURS = {
    HostState.READY: "$text-success",
    HostState.UNREACHABLE: "$text-error",
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

    def show(self, host: Host, *, stale: bool, mode: str) -> None:
        """Show a machine; `stale` marks old news, `mode` is ``alone`` or ``at once``."""
        self._host, self._stale, self._mode = host, stale, mode
        self.set_class(bool(host.hint), "trouble")
        self.redraw()

    def redraw(self) -> None:
        """Lay out for the width at hand."""
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
