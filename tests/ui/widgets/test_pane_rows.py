"""The rows around an answer: what they show at each width, and what they leave out."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest
from textual._compositor import Compositor
from textual.app import App, ComposeResult, RenderResult
from textual.pilot import Pilot
from textual.widget import Widget

from bbtui.domain.host import Build, GpuReading, Host, HostState
from bbtui.domain.score import Marks, Verdict
from bbtui.domain.session import Mode
from bbtui.domain.timing import Timing
from bbtui.engine.hosts import HostCheck, HostSnapshot
from bbtui.ui.messages import host_text
from bbtui.ui.naming import Naming
from bbtui.ui.pane_view import host_view
from bbtui.ui.widgets.header import Header, HeaderView
from bbtui.ui.widgets.judgement import JudgementRow, JudgementView
from bbtui.ui.widgets.pane import (
    HostLine,
    HostView,
    LatencyBar,
    LatencyView,
    PaneTitle,
    ProblemText,
    TitleView,
)
from bbtui.ui.widgets.tabs import Tab, Tabs
from bbtui.ui.widgets.text_line import TextLine
from tests import headless_textual
from tests.idle import until

MS = 1_000_000
NOW = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)


class Stage(App[None]):
    """One widget, alone."""

    def __init__(self, shown: Widget) -> None:
        super().__init__()
        self.shown = shown
        self.pilot: Pilot[None]

    async def until(self, condition: Callable[[], object]) -> None:
        """Wait until this is so."""
        try:
            await until(self.pilot, condition, 20)
        except AssertionError:
            raise AssertionError("\n".join(self.rows())) from None

    def compose(self) -> ComposeResult:
        yield self.shown

    def rows(self) -> list[str]:
        """Return what is seen of it."""
        return [
            "".join(segment.text for segment in strip).strip()
            for line in self.query(TextLine)
            if line.display and line.region
            for strip in line.render_lines(line.outer_size.region)
        ]


@asynccontextmanager
async def staged(widget: Widget, width: int, height: int = 36) -> AsyncIterator[Stage]:
    app = Stage(widget)
    async with app.run_test(size=(width, height)) as app.pilot:
        await app.pilot.pause()
        yield app


async def test_problem_takes_the_rows_it_needs() -> None:
    cause = ProblemText("d")
    async with staged(cause, 47) as app:
        cause.show("busy", [""])
        await app.until(lambda: cause.size.height == 1)
        cause.show("the model runner has ended while it wrote the answer", ["run it again, please"])
        await app.until(lambda: "run it again, please" in app.rows())
        cause.show("busy", [""])
        await app.until(lambda: cause.size.height == 1)


@pytest.mark.parametrize(("height", "rows"), [(36, 7), (24, 4), (16, 4)])
async def test_fix_is_not_cut_in_favour_of_the_cause(height: int, rows: int) -> None:
    cause = ProblemText("D")
    async with staged(cause, 47, height) as app:
        cause.show("this went wrong, " * 30, ["start it, look at its log, and ask for it again"])
        await app.until(lambda: cause.size.height == rows)
        *why, one, two = app.rows()
        assert f"{one} {two}" == "start it, look at its log, and ask for it again"
        assert why[-1].endswith("… D shows all")


async def test_long_fix_shows_that_there_is_more() -> None:
    cause = ProblemText("d")
    async with staged(cause, 47, 24) as app:
        cause.show("this went wrong", ["do this and that, " * 30])
        await app.until(lambda: cause.size.height == 4)
        assert app.rows()[0] == "this went wrong"
        assert app.rows()[-1].endswith("… d shows all")


def view_of(host: Host, mode: Mode = "at once") -> HostView:
    """Return the line of a host that is on no pod."""
    at = HostSnapshot(host, HostCheck(host), stale=False, machine="", pod=None)
    return host_view(at, "", None, mode=mode, naming=Naming([]), key=str)


def ollama(**more: object) -> Host:
    build = Build("Ollama 0.33.3", context_length=8192)
    known = {"build": build, "loaded": True, "gpu_share": 1.0, **more}
    return Host(HostState.READY, detail="ready", **known)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("width", "first", "second"),
    [
        (80, "● ready  Ollama 0.33.3  100 % GPU  ctx 8192", "stays loaded"),
        (46, "● ready  Ollama 0.33.3  100 % GPU  ctx 8192", "stays loaded"),
        (44, "● ready  Ollama 0.33.3  100 % GPU", "stays loaded · ctx 8192"),
        (30, "● ready  Ollama 0.33.3", "stays loaded · 100 % GPU"),
        (20, "● ready  100 % GPU", "stays loaded"),
    ],
)
async def test_host_line_leaves_out_whole_parts(width: int, first: str, second: str) -> None:
    line = HostLine("d")
    async with staged(line, width) as app:
        line.show(view_of(ollama(stays_loaded=True)))
        await app.until(lambda: app.rows()[0] == first)
        assert app.rows()[1].removesuffix("parallel").rstrip() == second


async def test_gpu_is_shown_below_where_there_is_no_room_beside() -> None:
    line = HostLine("d")
    async with staged(line, 47) as app:
        card = GpuReading("NVIDIA GeForce RTX 4090", 94, 17_800_000_000, 24_000_000_000)
        line.show(view_of(ollama(cards=(card,)), "alone"))
        await app.until(lambda: app.rows()[1].startswith("RTX 4090 94 % 17.8/24.0 GB"))


@pytest.mark.parametrize(
    ("left", "words"),
    [
        (timedelta(seconds=45), "unloads in 45 s"),
        (timedelta(minutes=4), "unloads in 4 m"),
        (timedelta(minutes=89), "unloads in 89 m"),
        (timedelta(minutes=1519), "unloads in 25 h"),
        (timedelta(seconds=-1), "busy"),
    ],
)
def test_unload_time_is_shown_in_one_unit(left: timedelta, words: str) -> None:
    assert host_text(ollama(unloads_at=NOW + left), stale=False, now=NOW).stays == words


FIGURES = Timing(ttft_ns=412 * MS, tokens=127, tok_s=38.1, exact=True)
COLD = ("cold", "load 1.0 s", "prefill 38 ms", "queue 2 ms")


@pytest.mark.parametrize(
    ("width", "first", "second"),
    [
        (
            70,
            "first token  412 ms 38.1 tok/s 127 tok 3.7 s",
            "▄▄▄▄▄▄▄▄▄▄▄▄ 26 ms " + " · ".join(COLD),
        ),
        (
            46,
            "first  412 ms 38.1 tok/s 127 tok 3.7 s",
            "▄▄▄▄▄▄▄▄▄▄ cold · load 1.0 s · prefill 38 ms",
        ),
        (30, "412 ms 38.1 t/s 3.7 s", "▄▄▄▄▄▄▄▄▄▄ cold · load 1.0 s"),
    ],
)
async def test_latency_bar_leaves_out_whole_figures(width: int, first: str, second: str) -> None:
    clocks = LatencyBar("$primary")
    async with staged(clocks, width) as app:
        clocks.show(LatencyView(FIGURES, 3_700 * MS, (26 * MS,) * 12, COLD))
        await app.until(lambda: "412 ms" in app.rows()[0])
        rows = [" ".join(row.split()) for row in app.rows()]
        bars = rows[1].split()[0]
        assert [rows[0], rows[1]] == [first.replace("  ", " "), bars + second.lstrip("▄")]


@pytest.mark.parametrize(
    ("width", "shown"),
    [
        (48, "Local · smollm2:135m ◌ waiting 410 ms: prefill"),
        (47, "Local · smollm2:135m ◌ 410 ms: prefill"),
        (38, "Lo… · smollm2:135m ◌ 410 ms: prefill"),
        (36, "L… · smollm2:135m ◌ 410 ms: prefi…"),
        (24, "Local · smollm2:135m ◌"),
        (22, "Lo… · smollm2:135m ◌"),
    ],
)
async def test_title_shortens_state_and_label_before_the_model(width: int, shown: str) -> None:
    title = PaneTitle()
    async with staged(title, width) as app:
        states = ("◌ waiting 410 ms: prefill", "◌ 410 ms: prefill")
        title.show(TitleView("Local", "smollm2:135m", states))
        await app.until(lambda: " ".join(app.rows()[0].split()) == shown)


JUDGED = JudgementView(
    score="4/5",
    word="SOLID",
    reason="names both parts",
    severity="FATAL",
    fault="no HMAC check",
    more_faults=1,
    note="ask again",
    winner="♛ winner",
)


@pytest.mark.parametrize(
    ("width", "shown"),
    [
        (90, "4/5 SOLID — names both parts · FATAL no HMAC check +1 · note: ask again · ♛ winner"),
        (83, "4/5 SOLID — names both parts · FATAL no HMAC check +1 · note: ask aga… · ♛ winner"),
        (80, "4/5 SOLID — names both parts · FATAL no HMAC check +1 · ♛ winner"),
        (60, "4/5 SOLID — names bot… · FATAL no HMAC check +1 · ♛ winner"),
        (54, "4/5 SOLID · FATAL no HMAC check +1 · ♛ winner"),
        (42, "4/5 SOLID · FATAL no HMAC… +1 · ♛ winner"),
        (40, "4/5 SOLID · FATAL +1 · ♛ winner"),
        (32, "4/5 SOLID · ♛ winner"),
        (21, "4/5 SOL… · ♛ winner"),
    ],
)
async def test_judgement_keeps_score_word_and_winner_where_room_is_short(
    width: int, shown: str
) -> None:
    row = JudgementRow()
    async with staged(row, width) as app:
        row.show(JUDGED)
        await app.until(lambda: app.rows() == [shown])


async def test_short_reason_fault_and_note_stay_while_they_fit() -> None:
    row = JudgementRow()
    shown = "4/5 — ok · FATAL no HMAC · note: why"
    async with staged(row, len(shown) + 2) as app:  # a cell is free at either end
        row.show(JudgementView("4/5", reason="ok", severity="FATAL", fault="no HMAC", note="why"))
        await app.until(lambda: app.rows() == [shown])


async def test_judgement_row_is_there_while_there_is_something_in_it() -> None:
    row = JudgementRow()
    async with staged(row, 60) as app:
        assert not row.display
        row.show(JudgementView(winner="tie"))
        await app.until(lambda: app.rows() == ["tie"])
        row.show(JudgementView())
        await app.until(lambda: not row.display)


async def test_judgement_in_wide_characters_is_cut_at_its_cells() -> None:
    row = JudgementRow()
    async with staged(row, 35) as app:
        row.show(
            JudgementView("2/5", "浅い", "部品が二つあることを述べていない", winner="♛ winner")
        )
        await app.until(lambda: app.rows() == ["2/5 浅い — 部品が二つ… · ♛ winner"])


async def test_tabs_show_tokens_where_there_is_room() -> None:
    tabs = Tabs()
    tabs.styles.display = "block"
    async with staged(tabs, 80, 24) as app:
        scored = Marks(score=4, verdict=Verdict("SOLID"))
        both = [
            Tab("▶", "Big Brain", "primary", FIGURES, Marks()),
            Tab("✓", "Local", "accent", FIGURES, scored),
        ]
        tabs.show(both, 0)
        await app.until(lambda: "Local" in app.rows()[0])
        row = " ".join(app.rows()[0].split())
        assert row == "▸▶ Big Brain 412 ms 38.1 tok/s 127 ✓ Local 412 ms 38.1 tok/s 127 4/5"
        before = app.rows()[0].index("127")
        tabs.show([Tab("✓", "Big Brain", "primary", FIGURES, scored), both[1]], 0)
        await app.until(lambda: "▸✓ Big" in app.rows()[0])
        assert "38.1 tok/s  4/5" in app.rows()[0], "the score goes before the tokens"
        assert app.rows()[0].index("412 ms") < before


@pytest.mark.parametrize(
    ("width", "shown"),
    [
        (96, "bbtui #12 · Demo task 2 of 40 Stars 7 of 80 · 2 running · about 6 min left ● saved"),
        (84, "bbtui #12 task 2 of 40 Stars 7 of 80 · 2 running · about 6 min left ● saved"),
        (74, "bbtui #12 2/40 Stars 7 of 80 · 2 running · about 6 min left ● saved"),
        (66, "bbtui #12 task 2 of 40 Stars 7 of 80 · 2 running ● saved"),
        (56, "bbtui #12 2/40 Stars 7 of 80 · 2 running ● saved"),
        (44, "bbtui #12 2/40 Stars 7 of 80 ● saved"),
        (34, "bbtui #12 2/40 Stars ● saved"),
        (31, "bbtui #12 2/40 St… ● saved"),
    ],
)
async def test_header_keeps_what_runs_before_the_title_of_the_session(
    width: int, shown: str
) -> None:
    header = Header()
    async with staged(header, width) as app:
        progress = ("7 of 80", "2 running", "about 6 min left")
        header.show(HeaderView("Demo", "#12", 2, 40, "Stars", progress, "● saved"))
        await app.until(lambda: " ".join(app.rows()[0].split()) == shown)


async def test_no_frame_is_laid_out_for_another_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Compositor, "render_update", headless_textual.draw)
    frames: list[str] = []

    class Recorded(Header):
        def render(self) -> RenderResult:
            content = super().render()
            frames.append(self.plain)
            return content

    header = Recorded()
    header.show(HeaderView("Demo", "#12", 2, 40, "Stars", saved="● saved"))
    async with staged(header, 60) as app:
        assert [len(frame) for frame in frames] == [58] * len(frames)
        frames.clear()
        await app.pilot.resize_terminal(40, 10)
        await app.until(lambda: bool(frames))
        assert [len(frame) for frame in frames] == [38] * len(frames)


async def test_header_crops_a_long_task_before_what_runs() -> None:
    header = Header()
    async with staged(header, 80) as app:
        task = "Gitea webhook: verify the signature"
        progress = ("7 of 80", "2 running", "about 6 min left")
        header.show(HeaderView("Demo", "#12", 1, 40, task, progress, "● saved 22:41"))
        words = "bbtui #12 1/40 Gitea webhook: verify th… 7 of 80 · 2 running ● saved 22:41"
        await app.until(lambda: " ".join(app.rows()[0].split()) == words)
