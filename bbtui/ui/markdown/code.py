"""Code with its syntax highlighted, line by line."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from rich.segment import Segment
from rich.style import Style
from rich.syntax import Syntax, SyntaxTheme

from bbtui.ui.markdown.rows import TAB


@lru_cache(maxsize=64)
def _lexer(language: str) -> Any:
    syntax = Syntax("", language, tab_size=TAB)
    return syntax.lexer or syntax.default_lexer


@lru_cache(maxsize=8)
def _theme(name: str) -> SyntaxTheme:
    return Syntax.get_theme(name)


def highlighted(code: str, language: str, theme: str, base: Style) -> Iterator[list[Segment]]:
    """Each line of the code as segments over `base`, whose background it keeps.

    An unknown language is plain text. What a lexer takes for an error is often only half a
    line that still grows: it is shown as plain as the rest.
    """
    colours = _theme(theme)
    line: list[Segment] = []
    for kind, text in _lexer(language).get_tokens(code):
        name = str(kind)
        style = base if "Error" in name else base + _colour(colours, kind)
        head, *rest = text.split("\n")
        if head:
            line.append(Segment(head, style))
        for part in rest:
            yield line
            line = [Segment(part, style)] if part else []
    if line:
        yield line


@lru_cache(maxsize=1024)
def _colour(theme: SyntaxTheme, kind: tuple[str, ...]) -> Style:
    """The token's colour and slant; bold and backgrounds would be louder than the answer."""
    style = theme.get_style_for_token(kind)
    return Style(color=style.color, dim=style.dim, italic=style.italic)
