"""The figures of one answer: first token, rate, tokens, elapsed time, and gaps between chunks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from textual.content import Content

from bbtui.domain.timing import Timing
from bbtui.formatting.durations import format_ns
from bbtui.ui.messages import format_rate, format_tokens
from bbtui.ui.widgets.row_layout import Part, fit, spread
from bbtui.ui.widgets.text_line import TextLine

BARS = "▁▂▃▄▅▆▇█"
SPARKS = 12
#: So many bars are kept where there is little room.
FEW_SPARKS = 6
_MUTED = "$foreground-muted"


def sparkline(gaps: Sequence[int]) -> str:
    """Return gaps as bars; the longest gap, or four medians, is full height: even ones are low."""
    if not gaps:
        return ""
    top = max(*gaps, 4 * int(median(gaps)), 1)
    return "".join(BARS[min(gap * len(BARS) // top, len(BARS) - 1)] for gap in gaps)


@dataclass(frozen=True, slots=True)
class LatencyView:
    """The figures of an answer."""

    timing: Timing = Timing()
    """What was measured so far."""
    elapsed_ns: int | None = None
    """How long it has taken; None before it was run."""
    gaps: tuple[int, ...] = ()
    """The latest gaps between chunks, in ns."""
    about: tuple[str, ...] = ()
    """Where the time before the first token went, the most important first."""


class LatencyBar(TextLine):
    """Two rows of figures in columns that never move while they change.

    A figure that has no room is left out, the tokens first.
    """

    DEFAULT_CSS = "LatencyBar { height: 2; padding: 0 1; }"

    def __init__(self, accent: str) -> None:
        super().__init__()
        self._accent = accent
        self._view = LatencyView()

    def show(self, view: LatencyView) -> None:
        """Show the figures."""
        if view != self._view:
            self._view = view
            self.redraw()

    def redraw(self) -> None:
        """Lay the figures out for the current width."""
        width, view = self.size.width, self._view
        if view.timing == Timing() and view.elapsed_ns is None:
            names = [
                Part(name, style=_MUTED) for name in ("first token", "tok/s", "tokens", "elapsed")
            ]
            self.draw(fit(names, width, " · ")[0], Content(""))
            return
        self.draw(self._figures(view, width), self._rhythm(view, width))

    def _figures(self, view: LatencyView, width: int) -> Content:
        wide = width >= 44
        label = ("first token " if width >= 52 else "first ") if wide else ""
        rate, tokens = format_rate(view.timing), format_tokens(view.timing)
        head = Content.assemble((label, _MUTED), f"{format_ns(view.timing.ttft_ns):>7}")
        figures, _ = fit(
            [
                Part(f"{rate:>12}" if wide else f"{rate.replace('tok/s', 't/s'):>10}", 1),
                Part(f"{tokens:>9}" if wide else f"{tokens:>8}", 3),
                Part(f"{format_ns(view.elapsed_ns):>7}", 2),
            ],
            width - head.cell_length - 1,
            " ",
        )
        return spread(head, figures, width)

    def _rhythm(self, view: LatencyView, width: int) -> Content:
        """Return the latest gaps and their median, beside what the server reported."""
        few = min(len(view.gaps), FEW_SPARKS)
        about, _ = fit([Part(part, style=_MUTED) for part in view.about], width - few - 1, " · ")
        room = width - about.cell_length - 1
        sparks = sparkline(view.gaps[-min(SPARKS, room) :]) if room > 0 else ""
        usual = f" {format_ns(int(median(view.gaps)))}" if view.gaps else ""
        known = usual if len(sparks) + len(usual) < room else ""
        rhythm = Content.assemble((sparks, self._accent), (known, _MUTED))
        return spread(rhythm, about, width)
