"""Terminals of 256 and of 16 colours: surfaces keep their steps, or have no background."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from rich.color import Color, ColorSystem
from textual.theme import Theme

from bbtui.locations import shipped
from bbtui.ui.base_app import BaseApp
from bbtui.ui.screens.splash import SplashScreen
from bbtui.ui.terminal_colours import in_256_colours
from bbtui.ui.themes import load_themes
from tests.scenes import NARROW, TERMINALS, WIDE, Colours, Scene, Stage, playing, sent_to
from tests.ui.driver import run_app

LOADED = load_themes(shipped("themes"), Path("/nonexistent"))
OWN = [name for name, theme in LOADED.themes.items() if not theme.ansi]
SGR = re.compile(r"\x1b\[([\d;]*)m")
#: The thumb of a scroll bar is a background in every theme.
THUMB = "100"


def sent(value: str | None) -> int | None:
    """Return the number of the colour that a terminal of 256 is sent."""
    assert value is not None
    return Color.parse(value).downgrade(ColorSystem.EIGHT_BIT).number


def surfaces(theme: Theme) -> list[int | None]:
    return [sent(theme.background), sent(theme.surface), sent(theme.panel)]


async def answered(stage: Stage) -> None:
    await stage.press("space")
    await stage.hold()
    await stage.finish()
    await stage.press("4")


async def backgrounds(colours: Colours, theme: str = "big-brain") -> set[str]:
    """Return the backgrounds that a terminal is sent for a screen with scored answers."""
    scene = Scene("colours", WIDE, answered, theme=theme, colours=colours)
    async with playing(scene) as stage:
        codes = SGR.findall(sent_to(stage.app, colours))
    return {found for code in codes for found in background_codes(code)}


def background_codes(code: str) -> list[str]:
    if match := re.search(r"48;5;(\d+)", code):
        return [match[1]]
    parts = re.sub(r"38;5;\d+", "", code).split(";")
    return [part for part in parts if re.fullmatch(r"4[0-7]|10[0-7]", part)]


def test_surfaces_of_the_default_theme_are_greys_of_256_colours() -> None:
    theme = in_256_colours(LOADED.themes["big-brain"])
    assert surfaces(theme) == [233, 234, 235]
    assert sent(theme.variables["block-cursor-background"]) == 236
    assert surfaces(LOADED.themes["big-brain"]) == [16, 16, 16], "which is why they are chosen"


@pytest.mark.parametrize("name", OWN)
def test_surfaces_that_differ_still_do_in_256_colours(name: str) -> None:
    theme = LOADED.themes[name]
    values = [theme.background, theme.surface, theme.panel]
    found = surfaces(in_256_colours(theme))
    for (one, shown), (other, shown_other) in zip(
        zip(values, found, strict=True), list(zip(values, found, strict=True))[1:], strict=False
    ):
        assert (one == other) == (shown == shown_other), (name, values, found)


@pytest.mark.parametrize("value", ["#000000", "#0a0a0a", "#ffffff", "#fafafa", "#12304f"])
def test_surfaces_a_shade_apart_are_a_step_apart(value: str) -> None:
    theme = LOADED.themes["big-brain"]
    dark = value not in ("#ffffff", "#fafafa")
    near = "#010101" if dark else "#fefefe"
    theme = replace(theme, dark=dark, background=near, surface=value, panel="#131313")
    found = surfaces(in_256_colours(theme))
    assert found[0] != found[1]


async def test_screen_of_256_colours_has_greys_and_the_focused_endpoint_as_backgrounds() -> None:
    found = await backgrounds("256")
    greys = {number for number in found if 232 <= int(number) <= 255}
    assert {"233", "234", "235"} <= greys <= {"233", "234", "235", "236", "237"}
    assert len(found - greys) == 1, "the title of the focused pane"


@pytest.mark.parametrize("theme", ["big-brain", "big-brain-light", "high-contrast", "ansi-16"])
async def test_screen_of_16_colours_has_no_background(theme: str) -> None:
    assert await backgrounds("standard", theme) <= {THUMB}


async def test_first_frame_of_16_colours_has_no_background(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in TERMINALS["standard"].items():
        monkeypatch.setenv(name, value)
    app: BaseApp[None] = BaseApp()
    async with app.run_test(size=NARROW) as pilot:
        await app.push_screen(SplashScreen())
        await pilot.pause()
        codes = SGR.findall(sent_to(app, "standard"))
    assert [found for code in codes for found in background_codes(code)] == []


async def test_themes_keep_their_names_in_16_colours(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in TERMINALS["standard"].items():
        monkeypatch.setenv(name, value)
    async with run_app(theme="big-brain-light") as app:
        assert app.app.theme == "big-brain-light"
        assert app.app.native_ansi_color
        assert not app.app.current_theme.dark
        app.app.theme = "high-contrast"
        await app.pilot.pause()
        assert app.app.native_ansi_color


async def test_terminal_of_all_colours_has_the_themes_own(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in TERMINALS["truecolor"].items():
        monkeypatch.setenv(name, value)
    async with run_app() as app:
        assert app.app.current_theme.background == LOADED.themes["big-brain"].background
