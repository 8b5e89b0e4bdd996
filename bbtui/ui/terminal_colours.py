"""Themes for terminals of 256 and of 16 colours.

Rich sends the nearest colour that a terminal has. Of 256 colours that is black for every dark
surface, so their greys are chosen here; of 16 no two surfaces differ, so they have no background.
"""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

from textual.color import Color
from textual.theme import Theme

#: From the lowest surface to the highest.
_SURFACES = ("background", "surface", "panel")
#: Variables that are drawn as surfaces, too; those in colour are left as they are.
_ALSO = (
    "block-cursor-background",
    "block-cursor-blurred-background",
    "block-hover-background",
    "border-blurred",
    "footer-background",
    "scrollbar",
    "scrollbar-hover",
)
#: The greys of xterm's 256 colours by number: black, 24 steps, white.
_GREYS = (0, *range(8, 248, 10), 255)
#: What Rich turns into the grey of the same number: n of 25 parts of white.
_SENT = tuple(round(255 * number / 25) for number in range(26))
#: What is unreadable on a light background, and what takes its place.
_ON_LIGHT = {
    "ansi_white": "ansi_black",
    "ansi_bright_white": "ansi_black",
    "ansi_black": "ansi_bright_white",
    "ansi_bright_cyan": "ansi_blue",
    "ansi_bright_magenta": "ansi_magenta",
    "ansi_bright_yellow": "ansi_red",
    "ansi_bright_green": "ansi_cyan",
    "ansi_cyan": "ansi_bright_blue",
    "ansi_bright_red": "ansi_red",
    "ansi_yellow": "ansi_magenta",
}


def in_256_colours(theme: Theme) -> Theme:
    """Return the theme with the greys of 256 colours as surfaces, as different as they were."""
    if theme.ansi:
        return theme
    found: dict[str, Any] = {}
    lower: tuple[Color, int] | None = None
    for name in _SURFACES:
        value = getattr(theme, name)
        if value is None:
            continue
        colour = Color.parse(value)
        number = _nearest(colour)
        if lower is not None and colour != lower[0]:
            step = 1 if theme.dark else -1
            number = max(number * step, lower[1] * step + 1) * step
        lower = colour, number
        found[name] = _sent(number)
    variables = {
        name: _sent(_nearest(Color.parse(value)))
        for name, value in theme.variables.items()
        if name in _ALSO and value.startswith("#") and " " not in value
    }
    return replace(theme, **found, variables=theme.variables | variables)


def _nearest(colour: Color) -> int:
    """Return the number of the grey that is as bright."""
    luma = 0.2126 * colour.r + 0.7152 * colour.g + 0.0722 * colour.b
    return min(range(len(_GREYS)), key=lambda number: abs(_GREYS[number] - luma))


def _sent(number: int) -> str:
    level = _SENT[min(max(number, 0), len(_SENT) - 1)]
    return f"#{level:02x}{level:02x}{level:02x}"


def in_16_colours(theme: Theme, ansi: Theme) -> Theme:
    """Return a theme of 16 colours in the place of one of more: `ansi`, or it for light ones."""
    if theme.ansi:
        return theme
    if theme.dark:
        return replace(ansi, name=theme.name)
    own: dict[str, Any] = {one.name: getattr(ansi, one.name) for one in fields(ansi)}
    changed: dict[str, Any] = {
        name: _ON_LIGHT[value]
        for name, value in own.items()
        if isinstance(value, str) and value in _ON_LIGHT
    }
    variables = {name: _ON_LIGHT.get(value, value) for name, value in ansi.variables.items()}
    return replace(ansi, **changed, name=theme.name, dark=False, variables=variables)
