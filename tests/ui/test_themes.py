"""Themes: the shipped ones are readable and tell endpoints apart; a bad one is named."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest
from textual.app import App, ComposeResult
from textual.color import Color
from textual.theme import Theme
from textual.widgets import Static

from bbtui.errors import ThemeError
from bbtui.locations import shipped
from bbtui.ui.naming import ACCENTS
from bbtui.ui.themes import load_theme, load_themes
from tests.ui.colours import apart, contrast, in_xterm

SHIPPED = load_themes(shipped("themes"), Path("/nonexistent"))
NAMES = sorted(SHIPPED.themes)
STATES = ("success", "warning", "error")


def test_at_least_five_themes_are_shipped_and_all_load() -> None:
    assert SHIPPED.failures == ()
    assert SHIPPED.own == frozenset()
    assert {"big-brain", "big-brain-light", "high-contrast", "colour-blind", "ansi-16"} <= set(
        NAMES
    )
    assert SHIPPED.themes["big-brain"].dark
    assert not SHIPPED.themes["big-brain-light"].dark


def colours(theme: Theme) -> dict[str, str]:
    """Every variable of a theme as style sheets see it, sixteen colours as xterm shows them."""
    variables = theme.to_color_system().generate() | theme.variables
    found = {name: in_xterm(value) for name, value in variables.items()}
    if theme.ansi:
        found["background"] = "#000000"
        found["foreground"] = in_xterm("ansi_white")
    return found


@pytest.mark.parametrize("name", NAMES)
def test_accents_and_states_are_readable_on_the_background(name: str) -> None:
    theme = SHIPPED.themes[name]
    found = colours(theme)
    least = 7.0 if name == "high-contrast" else 4.5
    wanted = (*ACCENTS, *STATES, "foreground-muted", "footer-key-foreground", "accent")
    low = {
        key: round(contrast(found[key], found["background"]), 2)
        for key in wanted
        if contrast(found[key], found["background"]) < least
    }
    assert low == {}
    assert contrast(found["foreground"], found["background"]) >= 7


@pytest.mark.parametrize("name", NAMES)
def test_text_on_an_accent_is_readable(name: str) -> None:
    found = colours(SHIPPED.themes[name])
    text = found["button-color-foreground"]
    assert min(contrast(text, found[accent]) for accent in ACCENTS) >= 4.5


@pytest.mark.parametrize("name", [name for name in NAMES if name != "ansi-16"])
def test_text_is_readable_on_every_surface(name: str) -> None:
    found = colours(SHIPPED.themes[name])
    for surface in ("surface", "panel"):
        assert contrast(found["foreground"], found[surface]) >= 7
        assert contrast(found["foreground-muted"], found[surface]) >= 4.5
    for part in ("block-cursor", "block-cursor-blurred"):
        assert contrast(found[f"{part}-foreground"], found[f"{part}-background"]) >= 7


@pytest.mark.parametrize("name", [name for name in NAMES if name != "ansi-16"])
def test_accents_differ_for_every_colour_vision(name: str) -> None:
    variables = SHIPPED.themes[name].variables
    accents = [variables[accent] for accent in ACCENTS]
    assert apart(accents[0], accents[1]) >= 20  # the usual two
    assert min(apart(one, other) for one, other in itertools.combinations(accents, 2)) >= 7


def test_ansi_theme_uses_only_terminal_colours() -> None:
    theme = SHIPPED.themes["ansi-16"]
    assert theme.ansi
    for accent in ACCENTS:
        assert Color.parse(theme.variables[accent]).ansi is not None
    assert len({theme.variables[accent] for accent in ACCENTS}) == len(ACCENTS)


class Page(App[None]):
    """A line per accent and state, in the theme under test."""

    CSS = "\n".join(f"#{name} {{ color: ${name}; }}" for name in (*ACCENTS, *STATES))

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.shown = theme

    def get_theme_variable_defaults(self) -> dict[str, str]:
        # Until the theme is set, the app has one of Textual's own.
        return SHIPPED.accents(self.current_theme)

    def compose(self) -> ComposeResult:
        yield from (Static(name, id=name) for name in (*ACCENTS, *STATES))

    def on_mount(self) -> None:
        self.register_theme(self.shown)
        self.theme = self.shown.name


@pytest.mark.parametrize("name", NAMES)
async def test_app_renders_in_the_theme(name: str) -> None:
    theme = SHIPPED.themes[name]
    app = Page(theme)
    async with app.run_test():
        assert app.native_ansi_color is (name == "ansi-16")
        for accent in ACCENTS:
            widget = app.query_one(f"#{accent}", Static)
            assert widget.styles.color == Color.parse(theme.variables[accent])
            if theme.ansi:
                style = widget.render_line(0)._segments[0].style
                assert style is not None
                assert style.color is not None
                assert style.color.is_system_defined


def write(folder: Path, name: str, text: str) -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / f"{name}.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_user_theme_replaces_a_shipped_one_and_gets_default_accents(tmp_path: Path) -> None:
    write(tmp_path, "big-brain", 'primary = "red"\nluminosity_spread = 0.1\n')
    write(tmp_path, "paper", 'primary = "#333"\ndark = false\n[variables]\nendpoint-1 = "navy"\n')
    loaded = load_themes(shipped("themes"), tmp_path)
    assert loaded.own == {"big-brain", "paper"}
    assert loaded.failures == ()
    assert loaded.themes["big-brain"].primary == "red"
    paper = loaded.pick("paper")
    assert paper.variables["endpoint-1"] == "navy"
    assert (
        paper.variables["endpoint-2"] == (SHIPPED.themes["big-brain-light"].variables["endpoint-2"])
    )


def test_invalid_theme_is_reported_and_skipped(tmp_path: Path) -> None:
    path = write(tmp_path, "big-brain", 'primary = "blurple"\n')
    broken = write(tmp_path, "mine", "primary\n")
    loaded = load_themes(shipped("themes"), tmp_path)
    assert loaded.own == frozenset()
    assert loaded.themes == SHIPPED.themes
    assert loaded.pick("mine").name == "big-brain"
    assert [failure.source for failure in loaded.failures] == [str(path), str(broken)]
    assert str(loaded.failures[0]) == (
        f"{path}: 1 problem\n"
        '  primary: must be a colour such as "#6cb6ff", "white" or "ansi_blue", not "blurple"'
    )
    assert loaded.failures[1].problems == [
        "line 1, column 8: invalid TOML: expected '=' after a key in a key/value pair"
    ]


def test_unreadable_theme_is_reported_and_skipped(tmp_path: Path) -> None:
    circle = tmp_path / "circle.toml"
    circle.symlink_to(circle)
    loaded = load_themes(shipped("themes"), tmp_path)
    assert [failure.problems for failure in loaded.failures] == [
        ["cannot be read: Too many levels of symbolic links"]
    ]
    assert loaded.themes == SHIPPED.themes


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("dark = true", "primary: is missing; it must be a colour such as"),
        ('backgruond = "red"', 'backgruond: unknown key; did you mean "background"?'),
        ('name = "x"', 'name: is not set in the file: it is the file\'s own, "theme"'),
        ('dark = "yes"', 'dark: must be true or false, not "yes"'),
        ("text_alpha = 95", "text_alpha: must be a number from 0 to 1, not 95"),
        ("accent = 3", 'accent: must be a colour such as "#6cb6ff", "white" or "ansi_blue", not 3'),
        ("variables = 3", "variables: must be a table, not 3"),
        (
            '[variables]\nendpoint-1 = "#12"',
            'variables.endpoint-1: must be a colour such as "#6cb6ff", "white 30%" or "ansi_blue"',
        ),
        (
            '[variables]\nendpiont-1 = "red"',
            'variables.endpiont-1: unknown key; did you mean "endpoint-1"?',
        ),
        ('[variables]\nqqqq = "red"', "variables.qqqq: unknown key; no similar name is known"),
        (
            '[variables]\nblock-cursor-text-style = "loud"',
            "variables.block-cursor-text-style: must be a text style such as",
        ),
        ('[variables]\nborder = "red 300%"', "variables.border: must be a colour such as"),
    ],
)
def test_theme_problem_names_its_key(tmp_path: Path, text: str, sentence: str) -> None:
    head = "" if text.startswith("dark = true") else 'primary = "red"\n'
    with pytest.raises(ThemeError) as caught:
        load_theme(write(tmp_path, "theme", head + text))
    (problem,) = caught.value.problems
    assert problem.startswith(sentence)


def test_unknown_theme_is_reported(tmp_path: Path) -> None:
    with pytest.raises(ThemeError, match="file not found"):
        load_theme(tmp_path / "none.toml")


def test_theme_reports_all_its_problems(tmp_path: Path) -> None:
    path = write(tmp_path, "t", 'primary = "x"\nsuccess = 1\n[variables]\nborder = "y"\n')
    with pytest.raises(ThemeError) as caught:
        load_theme(path)
    assert [problem.partition(":")[0] for problem in caught.value.problems] == [
        "primary",
        "success",
        "variables.border",
    ]
