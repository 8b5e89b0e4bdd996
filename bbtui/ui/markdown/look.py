"""The styles of drawn Markdown, as plain Rich styles; the widget takes them from its CSS."""

from __future__ import annotations

from dataclasses import dataclass, replace

from rich.style import Style


@dataclass(frozen=True, slots=True)
class Look:
    """`base` has the colours of text and background; every other style is laid over it.

    `quiet` is for what is not text: rules, bullets, the bar of a quote. `code_theme` names a
    theme of pygments, or Rich's ``ansi_dark`` and ``ansi_light``.
    """

    base: Style = Style()
    heading: Style = Style(bold=True)
    code: Style = Style()
    block: Style = Style()
    quote: Style = Style()
    link: Style = Style(underline=True)
    quiet: Style = Style(dim=True)
    thinking: Style = Style(dim=True, italic=True)
    code_theme: str = "ansi_dark"

    def for_thinking(self) -> Look:
        """The look of thinking text: one quiet style, so that the answer stands out."""
        return replace(
            self,
            base=self.base + self.thinking,
            heading=Style(bold=True),
            code=Style(),
            quote=Style(),
            link=Style(underline=True),
        )


def on_any_background(style: Style) -> Style:
    """The style without its background."""
    return Style(
        color=style.color,
        bold=style.bold,
        dim=style.dim,
        italic=style.italic,
        underline=style.underline,
    )
