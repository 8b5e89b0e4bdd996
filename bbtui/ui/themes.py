"""Themes from TOML files with the fields of `textual.theme.Theme`, named after the file."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from textual.color import Color, ColorParseError
from textual.design import ColorSystem
from textual.theme import Theme

from bbtui.config.settings import DEFAULT_THEME
from bbtui.config.toml_reader import TomlTable, read_toml
from bbtui.config.value_types import BOOLEAN, ValueType, matching, number
from bbtui.errors import ThemeError
from bbtui.ui.naming import ACCENTS
from bbtui.ui.terminal_colours import in_16_colours, in_256_colours

_LIGHT, _ANSI = "big-brain-light", "ansi-16"


@dataclass(frozen=True, slots=True)
class LoadedThemes:
    """The themes of the program and of the user."""

    themes: dict[str, Theme]
    """Every theme that loaded, by name."""
    own: frozenset[str]
    """The names of the user's themes."""
    failures: tuple[ThemeError, ...]
    """The problems of each file that did not load."""
    shipped: dict[str, Theme]
    """The program's themes, also those that the user has replaced."""

    def pick(self, name: str) -> Theme:
        """Return the theme of that name, the default if it is missing or did not load."""
        return self.themes.get(name) or self.themes[DEFAULT_THEME]

    def for_terminal(self, colours: str | None) -> list[Theme]:
        """Return every theme for a terminal of these colours, in Rich's names of them."""
        match colours:
            case "256":
                return [in_256_colours(theme) for theme in self.themes.values()]
            case "standard":
                return [in_16_colours(one, self.shipped[_ANSI]) for one in self.themes.values()]
            case _:
                return list(self.themes.values())

    def accents(self, theme: Theme) -> dict[str, str]:
        """Return accents for a theme without any, suited to its background."""
        return _accents(theme, self.shipped)


def load_themes(shipped: Path, user: Path) -> LoadedThemes:
    """Load every theme of two folders; a user's theme replaces one of the same name.

    A bad file is skipped and is among the failures; the user's folder may be missing. Accents that
    a theme leaves out are those of the most similar shipped theme.
    """
    failures: list[ThemeError] = []
    ours = _load_folder(shipped, failures)
    own = _load_folder(user, failures)
    for theme in own.values():
        theme.variables = _accents(theme, ours) | theme.variables
    return LoadedThemes(ours | own, frozenset(own), tuple(failures), ours)


def _load_folder(folder: Path, failures: list[ThemeError]) -> dict[str, Theme]:
    themes: dict[str, Theme] = {}
    for path in sorted(folder.glob("*.toml")):
        try:
            themes[path.stem] = load_theme(path)
        except ThemeError as failure:
            failures.append(failure)
    return themes


def _accents(theme: Theme, shipped: dict[str, Theme]) -> dict[str, str]:
    nearest = _ANSI if theme.ansi else DEFAULT_THEME if theme.dark else _LIGHT
    return {name: shipped[nearest].variables[name] for name in ACCENTS}


def load_theme(path: Path) -> Theme:
    """Load the theme of a file; raise ThemeError with every problem of the file."""
    document = read_toml(path, ThemeError)
    problems: list[str] = []
    table = TomlTable(document, "", problems)
    values: dict[str, Any] = {"name": path.stem}
    if "name" in table:
        table.problem("name", f'is not set in the file: it is the file\'s own, "{path.stem}"')
        table.read("name", _ANYTHING, None)
    for field in dataclasses.fields(Theme):
        if field.name not in ("name", "variables"):
            values[field.name] = table.read(field.name, _value_type(field.default), None)
    if "primary" not in table:
        table.problem("primary", f"is missing; it must be {_COLOUR.allowed}")
    values["variables"] = _variables(table.table("variables"))
    table.close()
    if problems:
        raise ThemeError(str(path), problems)
    theme = Theme(**{name: value for name, value in values.items() if value is not None})
    try:
        theme.to_color_system().generate()
    except (ColorParseError, ValueError) as error:
        raise ThemeError(str(path), [str(error)]) from None
    return theme


def _variables(table: TomlTable) -> dict[str, str]:
    found: dict[str, str] = {}
    for name in sorted(known_variables()):
        value_type = _TEXT_STYLE if "style" in name else _CSS_COLOUR
        if (value := table.read(name, value_type, None)) is not None:
            found[name] = value
    table.close()
    return found


@cache
def known_variables() -> frozenset[str]:
    """Return the variables a theme may set: Textual's own and the endpoints' accents."""
    textual = ColorSystem("white").generate() | ColorSystem("white", ansi=True).generate()
    return frozenset(textual) | frozenset(ACCENTS)


def _value_type(default: object) -> ValueType[Any]:
    """Return the type of a field of Theme by its default."""
    if isinstance(default, bool):
        return BOOLEAN
    return number(0, 1) if isinstance(default, float) else _COLOUR


def _colour(value: object) -> str | None:
    if not isinstance(value, str):
        return None
    try:
        Color.parse(value)
    except ColorParseError:
        return None
    return value


def _css_colour(value: object) -> str | None:
    """Return a colour with an optional opacity, as in style sheets ("#6cb6ff 30%")."""
    if not isinstance(value, str):
        return None
    colour, _, share = value.partition(" ")
    if share and _SHARE.read(share.strip()) is None:
        return None
    return value if colour == "initial" or _colour(colour) else None


_SHARE = matching(r"(?:100|\d{1,2})%", "a percentage")
_COLOUR = ValueType('a colour such as "#6cb6ff", "white" or "ansi_blue"', _colour)
_CSS_COLOUR = ValueType('a colour such as "#6cb6ff", "white 30%" or "ansi_blue"', _css_colour)
_TEXT_STYLE = matching(
    r"none|(?:not )?(?:bold|b|dim|italic|i|underline|u|strike|s|reverse|r)"
    r"(?: (?:not )?(?:bold|b|dim|italic|i|underline|u|strike|s|reverse|r))*",
    'a text style such as "none" or "bold underline"',
)
_ANYTHING: ValueType[object] = ValueType("anything", lambda value: value)
