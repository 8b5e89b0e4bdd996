"""How far two colours are from one another, for readers and for every kind of colour vision."""

from __future__ import annotations

import math

from textual.color import Color

# The sixteen colours of xterm as it comes, by the names Textual has for them.
_XTERM = {
    "ansi_black": "#000000",
    "ansi_red": "#cd0000",
    "ansi_green": "#00cd00",
    "ansi_yellow": "#cdcd00",
    "ansi_blue": "#0000ee",
    "ansi_magenta": "#cd00cd",
    "ansi_cyan": "#00cdcd",
    "ansi_white": "#e5e5e5",
    "ansi_bright_black": "#7f7f7f",
    "ansi_bright_red": "#ff0000",
    "ansi_bright_green": "#00ff00",
    "ansi_bright_yellow": "#ffff00",
    "ansi_bright_blue": "#5c5cff",
    "ansi_bright_magenta": "#ff00ff",
    "ansi_bright_cyan": "#00ffff",
    "ansi_bright_white": "#ffffff",
}

# Machado, Oliveira and Fernandes (2009), severity 1.0: what full colour vision, protanopia and
# deuteranopia make of linear RGB.
_VISIONS = (
    ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)),
    (
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
    (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.011820, 0.042940, 0.968881),
    ),
)

# Björn Ottosson's Oklab (2020): linear RGB → cone responses → (lightness, a, b).
_CONES = (
    (0.4122214708, 0.5363325363, 0.0514459929),
    (0.2119034982, 0.6806995451, 0.1073969566),
    (0.0883024619, 0.2817188376, 0.6299787005),
)
_OKLAB = (
    (0.2104542553, 0.7936177850, -0.0040720468),
    (1.9779984951, -2.4285922050, 0.4505937099),
    (0.0259040371, 0.7827717662, -0.8086757660),
)

Triple = tuple[float, ...]


def in_xterm(value: str) -> str:
    """Return the value, one of the sixteen names turned into the colour xterm shows."""
    return _XTERM.get(value, value)


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of WCAG 2.2, from 1 to 21."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def apart(one: str, other: str) -> float:
    """Return the least distance in Oklab (× 100) that any of the three visions leaves."""
    return min(100 * math.dist(_oklab(one, seen), _oklab(other, seen)) for seen in _VISIONS)


def _linear(colour: str) -> Triple:
    parsed = Color.parse(colour)
    channels = (parsed.r / 255, parsed.g / 255, parsed.b / 255)
    return tuple(c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)


def _luminance(colour: str) -> float:
    red, green, blue = _linear(colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _times(matrix: tuple[Triple, ...], vector: Triple) -> Triple:
    return tuple(sum(a * b for a, b in zip(row, vector, strict=True)) for row in matrix)


def _oklab(colour: str, seen: tuple[Triple, ...]) -> Triple:
    visible = tuple(min(1.0, max(0.0, c)) for c in _times(seen, _linear(colour)))
    return _times(_OKLAB, tuple(cone ** (1 / 3) for cone in _times(_CONES, visible)))
