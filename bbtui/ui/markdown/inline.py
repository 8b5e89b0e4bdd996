"""The text inside a block: emphasis, code, links, images."""

from __future__ import annotations

from collections.abc import Sequence

from markdown_it.token import Token
from rich.style import Style
from rich.text import Text

from bbtui.ui.markdown.clean import clean
from bbtui.ui.markdown.look import Look

_STYLES = {
    "em_open": Style(italic=True),
    "strong_open": Style(bold=True),
    "s_open": Style(strike=True),
}


def inline(tokens: Sequence[Token], look: Look, style: Style) -> Text:
    """The children of an inline token as text over `style`.

    A link shows its address after its words, and is no hyperlink of the terminal: what a model
    wrote must not decide where a click leads.
    """
    text = Text(end="")
    styles = [style]
    links: list[tuple[str, int]] = []
    for token in tokens:
        match token.type:
            case "softbreak":
                text.append(" ", styles[-1])
            case "hardbreak":
                text.append("\n")
            case "code_inline":
                text.append(clean(token.content), styles[-1] + look.code)
            case "image":
                _append_address(text, clean(token.content), str(token.attrs["src"]), look)
            case "link_open":
                links.append((str(token.attrs["href"]), len(text)))
                styles.append(styles[-1] + look.link)
            case "link_close":
                styles.pop()
                address, start = links.pop()
                if text.plain[start:] not in (address, address.removeprefix("mailto:")):
                    text.append(f" ({clean(address)})", look.quiet)
            case kind if kind in _STYLES:
                styles.append(styles[-1] + _STYLES[kind])
            case kind if kind.endswith("_close"):
                styles.pop()
            case _:
                # Entities such as &#x202e; are characters only now.
                text.append(clean(token.content), styles[-1])
    return text


def _append_address(text: Text, words: str, address: str, look: Look) -> None:
    text.append(words or "image", look.link)
    text.append(f" ({clean(address)})", look.quiet)
