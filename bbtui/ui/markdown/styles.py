"""The styles that Markdown is drawn in, as Rich styles; the widget reads them from its CSS."""

from __future__ import annotations

from dataclasses import dataclass, replace

from rich.style import Style


@dataclass(frozen=True, slots=True)
class MarkdownStyles:
    """A style for each kind of text; all but `base` are laid over it."""

    base: Style = Style()
    """Colours of text and background."""
    heading: Style = Style(bold=True)
    code: Style = Style()
    """Inline code."""
    block: Style = Style()
    """Blocks of code, with their background."""
    quote: Style = Style()
    link: Style = Style(underline=True)
    quiet: Style = Style(dim=True)
    """What is not text: rules, bullets, the bar beside a quote."""
    thinking: Style = Style(dim=True, italic=True)
    code_theme: str = "ansi_dark"
    """A Pygments theme, or Rich's ``ansi_dark`` or ``ansi_light``."""

    def for_thinking(self) -> MarkdownStyles:
        """Return the styles of thinking text: a single quiet one, so that the answer is louder."""
        return replace(
            self,
            base=self.base + self.thinking,
            heading=Style(bold=True),
            code=Style(),
            quote=Style(),
            link=Style(underline=True),
        )


def without_background(style: Style) -> Style:
    """Return the style without its background."""
    return Style(
        color=style.color,
        bold=style.bold,
        dim=style.dim,
        italic=style.italic,
        underline=style.underline,
    )
