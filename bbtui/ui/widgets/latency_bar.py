"""The clocks of one answer: first token, rate, tokens, elapsed, and the rhythm of its chunks."""

from __future__ import annotations

from collections.abc import Sequence
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
    """Gaps as bars; full height is the longest gap or four usual ones: an even stream is low."""
    if not gaps:
        return ""
    top = max(*gaps, 4 * int(median(gaps)), 1)
    return "".join(BARS[min(gap * len(BARS) // top, len(BARS) - 1)] for gap in gaps)


class LatencyBar(TextLine):
    """Two rows of figures in columns that never move while they change.

    A figure that has no room is left out, the tokens first.
    """

    DEFAULT_CSS = "LatencyBar { height: 2; padding: 0 1; }"

    def __init__(self, accent: str) -> None:
        super().__init__()
        self._accent = accent
        self._timing = Timing()
        self._elapsed_ns: int | None = None
        self._gaps: Sequence[int] = ()
        self._about: Sequence[str] = ()

    def show(
        self,
        timing: Timing,
        elapsed_ns: int | None,
        gaps: Sequence[int],
        about: Sequence[str],
    ) -> None:
        """Show the figures; `about` is the rest of the second row, the weightiest first."""
        self._timing = timing
        self._elapsed_ns = elapsed_ns
        self._gaps = gaps
        self._about = about
        self.redraw()

    def redraw(self) -> None:
        """Lay the figures out for the width at hand."""
        width = self.size.width
        timing = self._timing
        if timing == Timing() and self._elapsed_ns is None:
            names = [
                Part(name, style=_MUTED) for name in ("first token", "tok/s", "tokens", "elapsed")
            ]
            self.draw(fit(names, width, " · ")[0], Content(""))
            return
        self.draw(self._figures(width), self._rhythm(width))

    def _figures(self, width: int) -> Content:
        wide = width >= 44
        label = ("first token " if width >= 52 else "first ") if wide else ""
        rate, tokens = format_rate(self._timing), format_tokens(self._timing)
        head = Content.assemble((label, _MUTED), f"{format_ns(self._timing.ttft_ns):>7}")
        figures, _ = fit(
            [
                Part(f"{rate:>12}" if wide else f"{rate.replace('tok/s', 't/s'):>10}", 1),
                Part(f"{tokens:>9}" if wide else f"{tokens:>8}", 3),
                Part(f"{format_ns(self._elapsed_ns):>7}", 2),
            ],
            width - head.cell_length - 1,
            " ",
        )
        return spread(head, figures, width)

    def _rhythm(self, width: int) -> Content:
        """The latest gaps and what they usually are, as far as what the server tells has room."""
        few = min(len(self._gaps), FEW_SPARKS)
        about, _ = fit([Part(part, style=_MUTED) for part in self._about], width - few - 1, " · ")
        room = width - about.cell_length - 1
        sparks = sparkline(self._gaps[-min(SPARKS, room) :]) if room > 0 else ""
        usual = f" {format_ns(int(median(self._gaps)))}" if self._gaps else ""
        known = usual if len(sparks) + len(usual) < room else ""
        rhythm = Content.assemble((sparks, self._accent), (known, _MUTED))
        return spread(rhythm, about, width)
