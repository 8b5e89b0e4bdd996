from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import ClassVar

import pytest
from textual.app import App, ComposeResult
from textual.binding import BindingType
from textual.color import Color
from textual.containers import Horizontal
from textual.events import MouseScrollUp
from textual.pilot import Pilot

from bbtui.locations import shipped
from bbtui.ui.themes import load_themes
from bbtui.ui.widgets.answer_view import AnswerView
from tests.bench.corpus import tokens
from tests.ui.colours import contrast, in_xterm
from tests.ui.markdown.samples import ANSWER

THEMES = load_themes(shipped("themes"), Path("/nonexistent")).themes
LONG = "\n\n".join(f"Paragraph {n}." for n in range(200))


class TwoViews(App[None]):
    """Two views side by side, as in the program."""

    CSS = "Horizontal > * { width: 1fr; }"
    ENABLE_COMMAND_PALETTE = False
    BINDINGS: ClassVar[list[BindingType]] = [
        (key, f"move('{key}')", "") for key in ("left", "right", "j", "down")
    ]

    def __init__(self, jump: int = 1) -> None:
        super().__init__()
        self.jump = jump
        self.moves: list[str] = []

    def compose(self) -> ComposeResult:
        with Horizontal():
            yield AnswerView(jump=self.jump)
            yield AnswerView(jump=self.jump)

    def action_move(self, where: str) -> None:
        self.moves.append(where)

    @property
    def view(self) -> AnswerView:
        return self.query(AnswerView).first()


def screen(app: TwoViews) -> list[str]:
    """Return what the left view shows, without its scrollbar."""
    strips = app.screen._compositor.render_strips()
    return [strip.crop(0, app.view.size.width - 1).text.rstrip() for strip in strips]


async def until(pilot: Pilot[None], holds: Callable[[], bool]) -> None:
    for _ in range(2_000):
        if holds():
            return
        await pilot.pause()
    raise AssertionError("timed out")


@pytest.fixture
def app() -> TwoViews:
    return TwoViews()


async def test_growing_answer_is_drawn_as_it_arrives(app: TwoViews) -> None:
    async with app.run_test(size=(60, 10)) as pilot:
        app.view.extend("# Ti")
        await pilot.pause()
        assert screen(app)[0] == " Ti"
        app.view.extend("tle\nSome **te")
        await pilot.pause()
        assert screen(app)[:3] == [" Title", "", " Some **te"]
        app.view.extend("xt**")
        await pilot.pause()
        assert screen(app)[2] == " Some text"


async def test_text_from_before_the_first_layout_is_shown(app: TwoViews) -> None:
    async with app.run_test(size=(60, 10)) as pilot:
        late = AnswerView()
        late.extend("early ")
        late.extend("words")
        await app.query_one(Horizontal).mount(late)
        await pilot.pause()
        await until(pilot, lambda: late.complete)
        assert late.render_line(0).text.strip() == "early words"


async def test_empty_view_shows_its_placeholder(app: TwoViews) -> None:
    async with app.run_test(size=(60, 10)) as pilot:
        app.view.placeholder = "space run · a run all\nand more"
        await pilot.pause()
        assert screen(app)[4:6] == ["    space run · a run all", "           and more"]
        app.view.extend("x")
        await pilot.pause()
        assert screen(app) == [" x", *[""] * 9]
        app.view.show("")
        await pilot.pause()
        assert screen(app)[4] == "    space run · a run all"


async def test_view_follows_the_end_until_scrolled_up(app: TwoViews) -> None:
    async with app.run_test(size=(60, 10)) as pilot:
        app.view.focus()
        app.view.extend(LONG)
        await pilot.pause()
        assert screen(app)[-1] == " Paragraph 199."

        await pilot.press("up")
        await pilot.pause()
        assert not app.view.following
        before = screen(app)
        assert before[-1] == ""
        app.view.extend("\n\nmore\n\nand more")
        await pilot.pause()
        assert screen(app) == before

        await pilot.press("end")
        await pilot.pause()
        assert app.view.following
        app.view.extend("\n\nthe last words")
        await pilot.pause()
        assert screen(app)[-1] == " the last words"


async def test_reaching_the_end_by_scrolling_follows_again(app: TwoViews) -> None:
    async with app.run_test(size=(60, 10)) as pilot:
        app.view.focus()
        app.view.extend(LONG)
        await pilot.pause()
        await pilot.press("pageup")
        await pilot.pause()
        assert not app.view.following
        await pilot.press("pagedown")
        await pilot.pause()
        assert app.view.following


async def test_mouse_wheel_scrolls(app: TwoViews) -> None:
    async with app.run_test(size=(60, 10)) as pilot:
        app.view.extend(LONG)
        await pilot.pause()
        end = app.view.scroll_offset.y
        await pilot._post_mouse_events([MouseScrollUp], app.view, offset=(5, 5))
        await pilot.pause()
        assert app.view.scroll_offset.y < end
        assert not app.view.following


async def test_home_shows_the_start(app: TwoViews) -> None:
    async with app.run_test(size=(60, 10)) as pilot:
        app.view.focus()
        app.view.extend(LONG)
        await pilot.press("home")
        await pilot.pause()
        assert screen(app)[0] == " Paragraph 0."


async def test_left_and_right_reach_the_app(app: TwoViews) -> None:
    async with app.run_test(size=(60, 10)) as pilot:
        app.view.focus()
        app.view.extend(LONG)
        await pilot.press("left", "right", "j", "down")
        assert app.moves == ["left", "right", "j"]


async def test_show_replaces_the_answer(app: TwoViews) -> None:
    async with app.run_test(size=(60, 10)) as pilot:
        app.view.extend(LONG)
        await pilot.pause()
        app.view.show(LONG, following=False)
        await pilot.pause()
        assert screen(app)[0] == " Paragraph 0."
        app.view.show("short", "a thought")
        await pilot.pause()
        assert screen(app) == [" thinking", " a thought", "", " short", *[""] * 6]
        app.view.extend(" and more")
        await pilot.pause()
        assert screen(app)[3] == " short and more"


async def test_growing_text_causes_no_layout(
    app: TwoViews, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with app.run_test(size=(60, 10)) as pilot:
        app.view.extend("first")
        await pilot.pause()
        layouts: list[object] = []
        refresh = app.screen._refresh_layout
        monkeypatch.setattr(
            app.screen, "_refresh_layout", lambda *a, **k: layouts.append(a) or refresh(*a, **k)
        )
        for _ in range(50):
            app.view.extend("\n\nanother paragraph")
            await pilot.pause()
        assert screen(app)[-1] == " another paragraph"
        assert app.view.virtual_size.height == app.view.vertical_scrollbar.window_virtual_size
        assert app.view.is_vertical_scroll_end
        assert layouts == []


async def test_only_changed_rows_are_repainted(app: TwoViews) -> None:
    async with app.run_test(size=(60, 10)) as pilot:
        app.view.extend("one\n\ntwo\n\nthree")
        await pilot.pause()
        app.view._exchange_repaint_regions()
        app.view.extend(" and")
        assert {region.y for region in app.view._exchange_repaint_regions()} == {4}


async def test_view_scrolls_in_steps_on_a_slow_line() -> None:
    app = TwoViews(jump=8)
    async with app.run_test(size=(60, 10)) as pilot:
        tops = set()
        for n in range(40):
            app.view.extend(f"line {n}\n\n")
            await pilot.pause()
            tops.add(app.view.scroll_offset.y)
            assert f" line {n}" in screen(app)
        assert all(top % 8 == 0 for top in tops)
        assert app.view.following


async def test_resize_while_streaming_keeps_the_top_row(app: TwoViews) -> None:
    async with app.run_test(size=(100, 12)) as pilot:
        text = "".join(tokens(3_000))
        app.view.extend(text[:6_000])
        await pilot.pause()
        app.view.scroll_to(y=60)
        await pilot.pause()
        await until(pilot, lambda: app.view.complete)
        top = screen(app)[0].split()[:2]
        for width in (60, 140, 100):
            await pilot.resize_terminal(width, 12)
            app.view.extend(text[6_000:7_000])
            await until(pilot, lambda: app.view.complete)
            await pilot.pause()
        assert screen(app)[0].split()[:2] == top
        app.view.following = True
        await pilot.resize_terminal(50, 20)
        await pilot.pause()
        assert app.view.following
        assert app.view.is_vertical_scroll_end


@pytest.mark.parametrize("size", [(4, 2), (1, 1), (9, 5)])
async def test_view_survives_a_tiny_terminal(app: TwoViews, size: tuple[int, int]) -> None:
    async with app.run_test(size=(60, 10)) as pilot:
        app.view.extend(ANSWER)
        await pilot.resize_terminal(*size)
        await pilot.pause()
        app.view.extend(ANSWER)
        await pilot.resize_terminal(60, 10)
        await until(pilot, lambda: screen(app)[-1] == " The end, without a newline")


async def test_dragged_text_is_selected_without_wraps(app: TwoViews) -> None:
    async with app.run_test(size=(60, 12)) as pilot:
        app.view.extend("# Title\n\nA paragraph that is long enough to wrap once.\n\n- item")
        await pilot.pause()
        await pilot.mouse_down(app.view, offset=(3, 2))
        await pilot.hover(app.view, offset=(6, 3))
        await pilot.mouse_up(app.view, offset=(6, 3))
        await pilot.pause()
        selected = app.screen.get_selected_text()
        assert selected is not None
        assert selected.startswith("paragraph that is long")
        assert "\n" not in selected
        background = app.screen.get_component_rich_style("screen--selection").bgcolor
        strip = app.screen._compositor.render_strips()[2]
        marked = "".join(s.text for s in strip if s.style and s.style.bgcolor == background)
        assert marked.startswith("paragraph")
        assert marked.strip() in selected


@pytest.mark.parametrize("name", sorted(THEMES))
async def test_selected_text_is_readable_in_every_theme(app: TwoViews, name: str) -> None:
    async with app.run_test(size=(60, 12)) as pilot:
        app.register_theme(THEMES[name])
        app.theme = name
        app.view.extend("Some plain text.")
        app.view.text_select_all()
        await pilot.pause()
        row = app.screen._compositor.render_strips()[0]
        styles = [segment.style for segment in row if segment.text == "Some plain text."]
        assert len(styles) == 1
        assert styles[0] is not None
        text, ground = (
            in_xterm(Color.from_rich_color(colour).hex)
            for colour in (styles[0].color, styles[0].bgcolor)
        )
        assert contrast(text, ground) >= 4.5


async def test_select_all_leaves_out_decoration(app: TwoViews) -> None:
    async with app.run_test(size=(60, 12)) as pilot:
        app.view.extend(
            "Some `code`:\n\n```python\ndef f():\n    return 1\n```\n\n> quoted\n\n1. one"
        )
        await pilot.pause()
        app.view.text_select_all()
        await pilot.pause()
        assert app.screen.get_selected_text() == (
            "Some code:\n\ndef f():\n    return 1\n\nquoted\n\n 1. one"
        )
        app.view.show("other")
        assert app.screen.get_selected_text() is None


async def test_wide_characters_are_selected_as_a_whole(app: TwoViews) -> None:
    async with app.run_test(size=(60, 12)) as pilot:
        app.view.extend("漢字かな words")
        await pilot.pause()
        await pilot.mouse_down(app.view, offset=(3, 0))
        await pilot.hover(app.view, offset=(7, 0))
        await pilot.mouse_up(app.view, offset=(7, 0))
        await pilot.pause()
        assert app.screen.get_selected_text() in ("字か", "字かな")


async def test_theme_change_redraws(app: TwoViews) -> None:
    async with app.run_test(size=(60, 12)) as pilot:
        app.view.extend("text\n\n```python\ndef f(): pass\n```")
        await pilot.pause()
        before = [str(strip) for strip in app.screen._compositor.render_strips()]
        for theme in ("textual-light", "ansi-dark", "ansi-light"):
            app.theme = theme
            await pilot.pause()
            now = [str(strip) for strip in app.screen._compositor.render_strips()]
            assert now[2] != before[2]
            assert screen(app)[:3] == [" text", "", "  def f(): pass"]
            before = now


async def test_escape_sequence_of_a_model_is_not_sent_to_the_terminal(app: TwoViews) -> None:
    hostile = "a\x1b]52;c;eA==\x07b\x1b[2Jc\x9b31md\x1b]8;;https://x\x1b\\e\u202ef\rg"
    async with app.run_test(size=(100, 12)) as pilot:
        for text in (hostile, f"`{hostile}`", f"```{hostile}\n{hostile}\n```", f"[{hostile}](x)"):
            app.view.show(text, thinking=hostile)
            await pilot.pause()
            console = app.console
            out = "".join(s.render(console) for s in app.screen._compositor.render_strips())
            for unsafe in ("\x1b]", "\x07", "\x9b", "\x1b[2J", "\u202e", "\r"):
                assert unsafe not in out
            assert "\ufffd" in out


async def test_view_works_inside_border_and_padding() -> None:
    class Framed(TwoViews):
        CSS = "AnswerView { border: round $primary; padding: 1 2; }"

    app = Framed()
    async with app.run_test(size=(60, 20)) as pilot:
        app.view.extend(LONG)
        await pilot.pause()
        assert screen(app)[-3].strip("│ ") == "Paragraph 199."


def test_renderer_is_imported_lazily() -> None:
    code = (
        "import sys, bbtui.ui.widgets.answer_view\n"
        "print(*(name for name in ('pygments', 'markdown_it') if name in sys.modules))"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (result.stdout.strip(), result.stderr) == ("", "")
