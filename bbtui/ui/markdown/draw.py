"""A block of Markdown as rows of a given width: markdown-it reads it, Rich lays it out."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode
from rich.box import Box
from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from rich.table import Table
from rich.text import Text
from textual.strip import Strip

from bbtui.ui.markdown.block import Block
from bbtui.ui.markdown.clean import clean
from bbtui.ui.markdown.code import highlighted
from bbtui.ui.markdown.inline import inline
from bbtui.ui.markdown.look import Look
from bbtui.ui.markdown.rows import Line, Row, fold, padded, prefixed, wrap

if TYPE_CHECKING:
    from rich.console import JustifyMethod

#: Empty columns at either side of the text.
MARGIN = 1
_NARROWEST = 8
_DEEPEST = 60
_BULLETS = "•◦▪"
_BOX = Box("    \n    \n ── \n    \n    \n    \n    \n    \n")

# Definitions of references would change what came before them, and HTML shows as it is written.
_PARSER = (
    MarkdownIt("commonmark", {"html": False, "maxNesting": _DEEPEST})
    .enable(["table", "strikethrough"])
    .disable("reference")
)


class Drawer:
    """Draws blocks for a view of `width` cells, the last `scrollbar` of which are hidden."""

    def __init__(self, width: int, look: Look, scrollbar: int = 0) -> None:
        self.width = width
        self.look = look
        self._scrollbar = scrollbar
        self._text_width = max(_NARROWEST, width - scrollbar - 2 * MARGIN)
        self._console = Console(
            file=io.StringIO(),
            width=self._text_width,
            force_terminal=True,
            color_system="truecolor",
            legacy_windows=False,
        )

    def for_thinking(self) -> Drawer:
        """The same for thinking text."""
        return Drawer(self.width, self.look.for_thinking(), self._scrollbar)

    def draw(self, block: Block) -> list[Row]:
        """The rows of a block, each as wide as the view."""
        width = self._text_width
        inset = ""
        if block.item and block.continued:
            inset = " " * len(_item_prefix(block.number, 0))
        inner = max(_NARROWEST, width - len(inset))
        lines = self._running(block.source, inner) if block.running else self._parsed(block, inner)
        if inset:
            pad = Segment(inset)
            lines = prefixed(lines, pad, pad)
        return [self._row(line) for line in lines]

    def blank(self) -> Row:
        """An empty row."""
        return self._row(Line([]))

    def estimate(self, block: Block) -> int:
        """About how many rows a block will have."""
        return 1 + block.source.count("\n") + len(block.source) // self._text_width

    def _row(self, line: Line) -> Row:
        base = self.look.base
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
        return wrap(inline(children, self.look, Style()), width, self._console)

    def _parsed(self, block: Block, width: int) -> Iterator[Line]:
        tokens = _PARSER.parse(block.source)
        if any(token.level >= _DEEPEST - 1 for token in tokens):
            # Deeper than anyone would write, and than the parser goes without losing text.
            return wrap(Text(block.source, end=""), width, self._console)
        if block.number is not None and not block.continued and tokens:
            tokens[0].attrs["start"] = block.number
        return self._children(SyntaxTreeNode(tokens).children, width)

    def _children(
        self, nodes: Sequence[SyntaxTreeNode], width: int, *, close: bool = False, depth: int = 0
    ) -> Iterator[Line]:
        """One node under another; `close` leaves no empty row before code and lists."""
        for index, node in enumerate(nodes):
            if index and not (close and node.type.endswith(("list", "fence", "code_block"))):
                yield Line([])
            yield from self._node(node, max(_NARROWEST, width), depth)

    def _node(self, node: SyntaxTreeNode, width: int, depth: int) -> Iterator[Line]:
        look = self.look
        match node.type:
            case "heading":
                style = look.heading if node.tag in ("h1", "h2") else Style(bold=True)
                yield from self._text(node, width, style)
            case "fence" | "code_block":
                yield from self._code(node.content, node.info, width)
            case "blockquote":
                bar = Segment("│ ", look.quiet)
                for line in self._children(node.children, width - 2, depth=depth):
                    styled = list(Segment.apply_style(line.segments, look.quote))
                    yield Line([bar, *styled], line.skip + 2, line.joint)
            case "bullet_list" | "ordered_list":
                yield from self._list(node, width, depth)
            case "table":
                yield from self._table(node, width)
            case "hr":
                yield Line([Segment("─" * width, look.quiet)])
            case _:
                yield from self._text(node, width, Style())

    def _text(self, node: SyntaxTreeNode, width: int, style: Style) -> Iterator[Line]:
        return wrap(self._inline(node, style), width, self._console)

    def _inline(self, node: SyntaxTreeNode, style: Style) -> Text:
        token = node.children[0].token if node.children else None
        return inline((token and token.children) or [], self.look, style)

    def _code(self, content: str, info: str, width: int) -> Iterator[Line]:
        look = self.look
        language = info.split(maxsplit=1)[0].lower() if info.strip() else "text"
        pad = Segment(" ", look.block)
        code = clean(content.removesuffix("\n"))
        for segments in highlighted(code, language, look.code_theme, look.block):
            for line in fold(segments, width - 2):
                moved = Line([pad, *line.segments], 1 + line.skip, line.joint)
                yield padded(moved, width, look.block)

    def _list(self, node: SyntaxTreeNode, width: int, depth: int) -> Iterator[Line]:
        ordered = node.type == "ordered_list"
        start = int(node.attrs.get("start", 1)) if ordered else 0
        for index, item in enumerate(node.children):
            prefix = _item_prefix(start + index if ordered else None, depth)
            lines = self._children(item.children, width - len(prefix), close=True, depth=depth + 1)
            rows = list(lines) or [Line([])]
            others = Segment(" " * len(prefix))
            yield from prefixed(rows, Segment(prefix, self.look.quiet), others)

    def _table(self, node: SyntaxTreeNode, width: int) -> Iterator[Line]:
        rows = [row for part in node.children for row in part.children]
        table = Table(
            box=_BOX,
            show_edge=False,
            pad_edge=False,
            border_style=self.look.quiet,
            header_style=Style(bold=True),
        )
        columns = rows[0].children
        if len(columns) * 3 > width:
            # No room for the columns: every cell on a row of its own.
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
    """What stands before an item's text; the same for 1 to 99, so that they stand in line."""
    if number is None:
        return f" {_BULLETS[min(depth, len(_BULLETS) - 1)]} "
    return f"{number:>2}. "
