"""Renders blocks of Markdown as rows of a given width: markdown-it parses, Rich lays out."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from markdown_it import MarkdownIt
from markdown_it.token import Token
from markdown_it.tree import SyntaxTreeNode
from rich.box import Box
from rich.color import Color, ColorType, blend_rgb
from rich.color_triplet import ColorTriplet
from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from rich.syntax import Syntax, SyntaxTheme
from rich.table import Table
from rich.text import Text
from textual.strip import Strip

from bbtui.ui.markdown.blocks import Block, clean_markdown
from bbtui.ui.markdown.rows import (
    TAB_SIZE,
    Line,
    MarkdownStyles,
    Row,
    add_prefix,
    fill_background,
    wrap_code,
    wrap_text,
)

if TYPE_CHECKING:
    from rich.console import JustifyMethod


#: The lowest contrast ratio of readable text (WCAG 2.2, level AA).
MIN_CONTRAST = 4.5
#: Empty columns on either side of the text.
MARGIN = 1
_MIN_WIDTH = 8
_MAX_NESTING = 60
_BULLETS = "•◦▪"
_TABLE_BOX = Box("    \n    \n ── \n    \n    \n    \n    \n    \n")
# Definitions of references would change what came before them; HTML is shown as it is written.
_PARSER = (
    MarkdownIt("commonmark", {"html": False, "maxNesting": _MAX_NESTING})
    .enable(["table", "strikethrough"])
    .disable("reference")
)
_INLINE_STYLES = {
    "em_open": Style(italic=True),
    "strong_open": Style(bold=True),
    "s_open": Style(strike=True),
}


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


class Renderer:
    """Renders blocks for a view of `width` cells, of which the `scrollbar` covers the last ones."""

    def __init__(self, width: int, styles: MarkdownStyles, scrollbar: int = 0) -> None:
        self.width = width
        self.styles = styles
        self._scrollbar = scrollbar
        self._text_width = max(_MIN_WIDTH, width - scrollbar - 2 * MARGIN)
        self._console = Console(
            file=io.StringIO(),
            width=self._text_width,
            force_terminal=True,
            color_system="truecolor",
            legacy_windows=False,
        )

    def for_thinking(self) -> Renderer:
        """Return the renderer of thinking text."""
        return Renderer(self.width, self.styles.for_thinking(), self._scrollbar)

    def render(self, block: Block) -> list[Row]:
        """Return the rows of a block, each as wide as the view."""
        width = self._text_width
        inset = ""
        if block.item and block.continued:
            inset = " " * len(_item_prefix(block.number, 0))
        inner = max(_MIN_WIDTH, width - len(inset))
        lines = self._running(block.source, inner) if block.running else self._parsed(block, inner)
        if inset:
            pad = Segment(inset)
            lines = add_prefix(lines, pad, pad)
        return [self._row(line) for line in lines]

    def blank_row(self) -> Row:
        """Return an empty row."""
        return self._row(Line([]))

    def estimate_height(self, block: Block) -> int:
        """Estimate how many rows a block will have."""
        return 1 + block.source.count("\n") + len(block.source) // self._text_width

    def _row(self, line: Line) -> Row:
        base = self.styles.base
        segments = [Segment(" " * MARGIN, base)]
        used = MARGIN
        for segment in line.segments:
            if segment.text:
                used += segment.cell_length
                segments.append(Segment(segment.text, base + (segment.style or Style())))
        if used < self.width:
            segments.append(Segment(" " * (self.width - used), base))
        strip = Strip(segments, max(used, self.width)).adjust_cell_length(self.width)
        return Row(strip, MARGIN + line.skip, line.joint)

    def _running(self, source: str, width: int) -> Iterator[Line]:
        children = _PARSER.parseInline(source.strip())[0].children or []
        return wrap_text(_inline(children, self.styles, Style()), width, self._console)

    def _parsed(self, block: Block, width: int) -> Iterator[Line]:
        tokens = _PARSER.parse(block.source)
        if any(token.level >= _MAX_NESTING - 1 for token in tokens):
            # Deeper than the parser goes without losing text.
            return wrap_text(Text(block.source, end=""), width, self._console)
        if block.number is not None and not block.continued and tokens:
            tokens[0].attrs["start"] = block.number
        return self._children(SyntaxTreeNode(tokens).children, width)

    def _children(
        self, nodes: Sequence[SyntaxTreeNode], width: int, *, close: bool = False, depth: int = 0
    ) -> Iterator[Line]:
        """Yield one node after another; `close` leaves no empty row before code and lists."""
        for index, node in enumerate(nodes):
            if index and not (close and node.type.endswith(("list", "fence", "code_block"))):
                yield Line([])
            yield from self._node(node, max(_MIN_WIDTH, width), depth)

    def _node(self, node: SyntaxTreeNode, width: int, depth: int) -> Iterator[Line]:
        styles = self.styles
        match node.type:
            case "heading":
                style = styles.heading if node.tag in ("h1", "h2") else Style(bold=True)
                yield from self._text(node, width, style)
            case "fence" | "code_block":
                yield from self._code(node.content, node.info, width)
            case "blockquote":
                bar = Segment("│ ", styles.quiet)
                for line in self._children(node.children, width - 2, depth=depth):
                    styled = list(Segment.apply_style(line.segments, styles.quote))
                    yield Line([bar, *styled], line.skip + 2, line.joint)
            case "bullet_list" | "ordered_list":
                yield from self._list(node, width, depth)
            case "table":
                yield from self._table(node, width)
            case "hr":
                yield Line([Segment("─" * width, styles.quiet)])
            case _:
                yield from self._text(node, width, Style())

    def _text(self, node: SyntaxTreeNode, width: int, style: Style) -> Iterator[Line]:
        return wrap_text(self._inline(node, style), width, self._console)

    def _inline(self, node: SyntaxTreeNode, style: Style) -> Text:
        token = node.children[0].token if node.children else None
        return _inline((token and token.children) or [], self.styles, style)

    def _code(self, content: str, info: str, width: int) -> Iterator[Line]:
        styles = self.styles
        language = info.split(maxsplit=1)[0].lower() if info.strip() else "text"
        pad = Segment(" ", styles.block)
        code = clean_markdown(content.removesuffix("\n"))
        for segments in highlight_code(code, language, styles.code_theme, styles.block):
            for line in wrap_code(segments, width - 2):
                moved = Line([pad, *line.segments], 1 + line.skip, line.joint)
                yield fill_background(moved, width, styles.block)

    def _list(self, node: SyntaxTreeNode, width: int, depth: int) -> Iterator[Line]:
        ordered = node.type == "ordered_list"
        start = int(node.attrs.get("start", 1)) if ordered else 0
        for index, item in enumerate(node.children):
            prefix = _item_prefix(start + index if ordered else None, depth)
            lines = self._children(item.children, width - len(prefix), close=True, depth=depth + 1)
            rows = list(lines) or [Line([])]
            others = Segment(" " * len(prefix))
            yield from add_prefix(rows, Segment(prefix, self.styles.quiet), others)

    def _table(self, node: SyntaxTreeNode, width: int) -> Iterator[Line]:
        rows = [row for part in node.children for row in part.children]
        table = Table(
            box=_TABLE_BOX,
            show_edge=False,
            pad_edge=False,
            border_style=self.styles.quiet,
            header_style=Style(bold=True),
        )
        columns = rows[0].children
        if len(columns) * 3 > width:
            # No room for the columns: put each cell on a row of its own.
            for row in rows:
                for cell in row.children:
                    yield from self._text(cell, width, Style())
            return
        for cell in columns:
            align = str(cell.attrs.get("style", ""))
            justify: JustifyMethod = (
                "right" if "right" in align else "center" if "center" in align else "left"
            )
            table.add_column(self._inline(cell, Style()), justify=justify, overflow="fold")
        for row in rows[1:]:
            table.add_row(*(self._inline(cell, Style()) for cell in row.children))
        options = self._console.options.update(width=width, height=None)
        for segments in self._console.render_lines(table, options, pad=False):
            yield Line(segments)


def _item_prefix(number: int | None, depth: int) -> str:
    """Return what precedes an item's text; of the same width for 1 to 99, so that they align."""
    if number is None:
        return f" {_BULLETS[min(depth, len(_BULLETS) - 1)]} "
    return f"{number:>2}. "


def _inline(tokens: Sequence[Token], styles: MarkdownStyles, style: Style) -> Text:
    """Return the children of an inline token as text over `style`.

    A link shows its address after its text and is no hyperlink of the terminal: what a model wrote
    must not decide where a click leads.
    """
    text = Text(end="")
    nested = [style]
    links: list[tuple[str, int]] = []
    for token in tokens:
        match token.type:
            case "softbreak":
                text.append(" ", nested[-1])
            case "hardbreak":
                text.append("\n")
            case "code_inline":
                text.append(clean_markdown(token.content), nested[-1] + styles.code)
            case "image":
                text.append(clean_markdown(token.content) or "image", styles.link)
                text.append(f" ({clean_markdown(str(token.attrs['src']))})", styles.quiet)
            case "link_open":
                links.append((str(token.attrs["href"]), len(text)))
                nested.append(nested[-1] + styles.link)
            case "link_close":
                nested.pop()
                address, start = links.pop()
                if text.plain[start:] not in (address, address.removeprefix("mailto:")):
                    text.append(f" ({clean_markdown(address)})", styles.quiet)
            case kind if kind in _INLINE_STYLES:
                nested.append(nested[-1] + _INLINE_STYLES[kind])
            case kind if kind.endswith("_close"):
                nested.pop()
            case _:
                # Entities such as &#x202e; become characters only here.
                text.append(clean_markdown(token.content), nested[-1])
    return text
