"""Syntax highlighting of code, line by line."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from rich.color import Color, ColorType, blend_rgb
from rich.color_triplet import ColorTriplet
from rich.segment import Segment
from rich.style import Style
from rich.syntax import Syntax, SyntaxTheme

from bbtui.ui.markdown.rows import TAB_SIZE

#: The lowest contrast ratio of readable text (WCAG 2.2, level AA).
MIN_CONTRAST = 4.5


@lru_cache(maxsize=64)
def _lexer(language: str) -> Any:
    syntax = Syntax("", language, tab_size=TAB_SIZE)
    return syntax.lexer or syntax.default_lexer


@lru_cache(maxsize=8)
def _theme(name: str) -> SyntaxTheme:
    return Syntax.get_theme(name)


def highlight_code(code: str, language: str, theme: str, base: Style) -> Iterator[list[Segment]]:
    """Yield each line of the code as segments over `base`, keeping its background.

    An unknown language is plain text. What a lexer reports as an error is often the half of a line
    that is still growing: it is drawn as plain text.
    """
    colours = _theme(theme)
    line: list[Segment] = []
    for kind, text in _lexer(language).get_tokens(code):
        name = str(kind)
        style = base if "Error" in name else base + _colour(colours, kind, base)
        head, *rest = text.split("\n")
        if head:
            line.append(Segment(head, style))
        for part in rest:
            yield line
            line = [Segment(part, style)] if part else []
    if line:
        yield line


@lru_cache(maxsize=1024)
def _colour(theme: SyntaxTheme, kind: tuple[str, ...], base: Style) -> Style:
    """Return a token's colour and slant; bold and backgrounds would be louder than the answer."""
    style = theme.get_style_for_token(kind)
    return Style(color=_readable(style.color, base), dim=style.dim, italic=style.italic)


def _readable(colour: Color | None, base: Style) -> Color | None:
    """Return the colour, mixed with that of the text until its contrast is high enough.

    Code themes draw comments faint, but here a docstring is half of what is judged. Colours that
    the terminal defines are left as they are.
    """
    text, ground = base.color, base.bgcolor
    if colour is None or text is None or ground is None:
        return colour
    if any(each.type is not ColorType.TRUECOLOR for each in (colour, text, ground)):
        return colour
    for share in (0.0, 0.2, 0.4, 0.6, 0.8):
        mixed = blend_rgb(colour.get_truecolor(), text.get_truecolor(), share)
        if _contrast(mixed, ground.get_truecolor()) >= MIN_CONTRAST:
            return Color.from_triplet(mixed)
    return text


def _contrast(first: ColorTriplet, second: ColorTriplet) -> float:
    """Return the contrast ratio of two colours, 1 to 21 (WCAG 2.2, section 1.4.3)."""
    dark, light = sorted((_luminance(first), _luminance(second)))
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: ColorTriplet) -> float:
    """Return the relative luminance, 0 to 1 (WCAG 2.2)."""
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for part in colour.normalized
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
