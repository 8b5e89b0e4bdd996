"""How an answer looks: the view's component classes, and the look they make in a theme."""

from __future__ import annotations

from rich.style import Style
from textual.widget import Widget

from bbtui.ui.markdown.look import Look, on_any_background

PARTS = ("heading", "code", "block", "quote", "link", "quiet", "thinking")
ANSWER_CSS = """
    AnswerView {
        overflow-x: hidden;
        overflow-y: scroll;
        scrollbar-size-vertical: 1;
        scrollbar-color: $foreground 20%;
        scrollbar-color-hover: $foreground 35%;
        scrollbar-color-active: $foreground 50%;
        scrollbar-background: $background 0%;
        scrollbar-background-hover: $background 0%;
        scrollbar-background-active: $background 0%;
        &:ansi {
            scrollbar-color: ansi_bright_black;
            scrollbar-color-hover: ansi_bright_black;
            scrollbar-color-active: ansi_bright_black;
        }
        & > .answer-view--heading { text-style: bold underline; }
        & > .answer-view--code { color: $text-accent; }
        & > .answer-view--block { background: $panel; }
        & > .answer-view--quote { color: $text-muted; }
        & > .answer-view--link { text-style: underline; }
        & > .answer-view--quiet { color: $text-muted; }
        & > .answer-view--thinking { color: $text-muted; text-style: italic; }
    }
"""
_MUTED = ("quote", "quiet", "thinking")
#: Themes of pygments for code on a dark and on a light background.
_DARK_CODE = "nord"
_LIGHT_CODE = "friendly"


def component(part: str) -> str:
    """The component class of a part of the look."""
    return f"answer-view--{part}"


def look_of(view: Widget) -> Look:
    """The look in the app's theme; in a theme of the terminal's own colours code has them too."""
    theme, ansi = view.app.current_theme, view.app.native_ansi_color
    if ansi:
        code_theme = "ansi_dark" if theme.dark else "ansi_light"
    else:
        code_theme = _DARK_CODE if theme.dark else _LIGHT_CODE
    styles = {}
    for part in PARTS:
        style = view.get_component_rich_style(component(part))
        # Only blocks of code have a background of their own.
        styles[part] = style if part == "block" else on_any_background(style)
        if ansi and part in _MUTED:  # there is no colour between the terminal's own two
            styles[part] += Style(dim=True)
    return Look(base=view.rich_style, code_theme=code_theme, **styles)


def selected_style(view: Widget) -> Style:
    """How selected text looks; where the theme names no colour for it, it keeps its own."""
    part = "screen--selection"
    style = view.screen.get_component_rich_style(part)
    if view.screen.get_component_styles(part).color.is_transparent:
        return Style(bgcolor=style.bgcolor)
    return style


def thumb_of(window: int, height: int, top: int) -> tuple[int, int]:
    """Where a scrollbar's thumb begins and how long it is, in eighths of a row as it is drawn."""
    if height <= window:
        return 0, 0
    size = max(1.0, window * window / height)
    return int((window - size) * top / (height - window) * 8), int(size * 8)
