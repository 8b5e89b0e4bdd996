"""The clocks of one answer: first token, rate, tokens, elapsed, and the rhythm of its chunks."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

from textual.content import Content

from bbtui.domain.timing import Timing
from bbtui.ui.widgets.columns import spread
from bbtui.ui.widgets.line import Line
from bbtui.ui.words import format_ns, format_rate, format_tokens

BARS = "▁▂▃▄▅▆▇█"
SPARKS = 12


def sparkline(gaps: Sequence[int]) -> str:
    """Gaps as bars; full height is the longest gap or four usual ones: an even stream is low."""
    if not gaps:
        return ""
    top = max(*gaps, 4 * int(median(gaps)), 1)
    return "".join(BARS[min(gap * len(BARS) // top, len(BARS) - 1)] for gap in gaps)


class LatencyBar(Line):
    """Two rows of figures in columns that never move while they change."""

    DEFAULT_CSS = "LatencyBar { height: 2; padding: 0 1; }"

    def __init__(self, accent: str) -> None:
        super().__init__()
        self._accent = accent
        self._timing = Timing()
        self._elapsed_ns: int | None = None
        self._gaps: Sequence[int] = ()
        self._about = ""

    def show(self, timing: Timing, elapsed_ns: int | None, gaps: Sequence[int], about: str) -> None:
        """Show the figures; `about` is the rest of the second row (``warm · queue 2 ms``)."""
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
            self.draw(
                Content.styled("first token · tok/s · tokens · elapsed", "$foreground-muted"),
                Content(""),
            )
            return
        label = "first token" if width >= 52 else "first"
        ttft, rate = format_ns(timing.ttft_ns), format_rate(timing)
        tokens, elapsed = format_tokens(timing), format_ns(self._elapsed_ns)
        if width >= 44:
            head = Content.assemble((f"{label} ", "$foreground-muted"), f"{ttft:>7}")
            figures = Content(f"{rate:>12} {tokens:>9} {elapsed:>7}")
        else:
            head = Content(f"{ttft:>7}")
            figures = Content(f"{rate.replace('tok/s', 't/s'):>10} {tokens:>8} {elapsed:>7}")
        sparks = sparkline(self._gaps[-SPARKS:])
        usual = f" {format_ns(int(median(self._gaps)))}" if self._gaps else ""
        rhythm = Content.assemble((sparks, self._accent), (usual, "$foreground-muted"))
        self.draw(
            spread(head, figures, width),
            spread(rhythm, Content.styled(self._about, "$foreground-muted"), width, keep="left"),
        )
