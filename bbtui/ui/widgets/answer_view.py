"""The text of a pane: a growing answer, each block rendered once it is final.

A Line-API view: it gives the compositor rendered rows and repaints only those that have changed. No
part of it is a widget, and growing text never causes a layout.
"""

from __future__ import annotations

from time import perf_counter
from typing import TYPE_CHECKING, Any, ClassVar

from rich.segment import Segment
from rich.style import Style
from rich.text import Text
from textual.binding import Binding, BindingType
from textual.geometry import NULL_SPACING, Region, Size
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.scrollbar import ScrollBar
from textual.strip import Strip
from textual.timer import Timer
from textual.widget import Widget

from bbtui.ui.markdown.rows import MarkdownStyles, highlight_span, selected_text, without_background

if TYPE_CHECKING:
    from textual.selection import Selection

    from bbtui.ui.markdown.document import Anchor, Hit, MarkdownDocument
    from bbtui.ui.markdown.renderer import Renderer

#: How long blocks out of view are rendered at a time, and how often, in s.
_SLICE_S = 0.008
_PERIOD_S = 0.04
_CSS = """
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
        & > .answer-view--code { color: $text-accent; }
        & > .answer-view--block { background: $panel; }
        & > .answer-view--quiet { color: $text-muted; }
        & > .answer-view--hit { background: $warning-muted; }
        & > .answer-view--hit-current { background: $warning; color: $background; }
        &:ansi > .answer-view--hit { text-style: underline; }
        &:ansi > .answer-view--hit-current { text-style: reverse; }
    }
"""


class AnswerView(ScrollView, can_focus=True, inherit_bindings=False):
    """Shows one growing answer."""

    # Each is styled again whenever the view is: what follows from others, `_styles_of` derives.
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "answer-view--code",
        "answer-view--block",
        "answer-view--quiet",
        "answer-view--hit",
        "answer-view--hit-current",
    }
    DEFAULT_CSS = _CSS
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "scroll_up", "Up", show=False),
        Binding("down", "scroll_down", "Down", show=False),
        Binding("pageup", "page_up", "Page up", show=False),
        Binding("pagedown", "page_down", "Page down", show=False),
        Binding("home", "scroll_home", "To the start", show=False),
        Binding("end", "scroll_end", "To the end", show=False),
    ]

    placeholder: reactive[str] = reactive("")
    """What an empty view shows, in one or more lines."""
    following: reactive[bool] = reactive(True, repaint=False)
    """Whether the end stays in view: scrolling up unsets it, reaching the end sets it."""

    def __init__(self, *, jump: int = 1) -> None:
        """Create the view; `jump` is by how many rows at a time a growing text scrolls.

        On a slow line every scroll costs the whole pane.
        """
        super().__init__()
        self._jump = max(1, jump)
        self._document: MarkdownDocument | None = None
        self._top_anchor: Anchor | None = None  # of the top row unless following; None: the start
        self._before_layout: list[tuple[str, str]] = []
        self._restyled = False
        self._shown: list[Strip] = []  # the rows in view at the last repaint
        self._thumb = (0, 0)
        self._render_timer: Timer | None = None
        self._query = ""
        self._hits: list[Hit] = []
        self._hit = 0  # the index of the one that was gone to last

    def show(self, text: str, thinking: str = "", *, following: bool = True) -> None:
        """Show another answer at its end, or at its start unless `following`."""
        self._forget_selection()
        self._document = self._top_anchor = None
        self._before_layout.clear()
        self.set_reactive(AnswerView.following, following)
        self._set_extent(0, 0)
        self.extend(text, thinking)
        self._shown = []
        self.refresh()

    def extend(self, text: str, thinking: str = "") -> None:
        """Append what has arrived since the last call, and repaint the rows that it changes."""
        if not (text or thinking):
            return
        document = self._ensure_document()
        if document is None:
            self._before_layout.append((text, thinking))
            return
        document.extend(text, thinking)
        self._arrange()

    @property
    def complete(self) -> bool:
        """Whether all of the text is rendered, also what is out of view."""
        return not self._before_layout and (self._document is None or self._document.complete)

    def find(self, query: str) -> int:
        """Highlight where a text occurs; return how often. A blank query removes that."""
        self._hits = [] if self._document is None else self._document.find(query)
        self._query, self._hit = query, 0
        self._show_hits()
        return len(self._hits)

    def go_to_hit(self, step: int) -> tuple[int, int]:
        """Bring another hit into view, after the last the first; return its number and of how many.

        What has come of the answer since is searched, too.
        """
        document = self._document
        if document is not None:
            self._hits = document.find(self._query)
        if document is None or not self._hits:
            self._show_hits()
            return 0, 0
        self._hit = (self._hit + step) % len(self._hits)
        self._show_hits()
        row = document.row_of_hit(self._hits[self._hit])
        if row is not None and not self._top_row <= row < self._top_row + self._height:
            self.set_reactive(AnswerView.following, False)
            self._top_anchor = document.anchor_at(max(row - self._height // 3, 0))
            self._arrange()
        return self._hit + 1, len(self._hits)

    @property
    def _top_row(self) -> int:
        return self.scroll_offset.y

    def _show_hits(self) -> None:
        if self._document is not None:
            self._document.show_hits(self._hits, self._hit)
        self._shown = []
        self.refresh()

    def _hit_style(self, *, current: bool) -> Style:
        return self.get_component_rich_style(
            "answer-view--hit-current" if current else "answer-view--hit", partial=True
        )

    def on_mount(self) -> None:
        """Import the renderer after the first paint, if no text has come by then."""
        self.call_after_refresh(self._ensure_document)

    def on_resize(self) -> None:
        """Wrap again for another width; the text at the top stays there."""
        if self._document is None and not self._before_layout:
            return  # without text nothing is imported
        document = self._ensure_document()
        if document is None:
            return
        if self.size.width != document.width:
            self._forget_selection()
            document.set_renderer(self._renderer())
        self._shown = []
        self._arrange()

    def notify_style_update(self) -> None:
        """Use the colours of the new theme at the next paint."""
        super().notify_style_update()
        self._restyled = True

    def watch_placeholder(self) -> None:
        """Paint it, if it is in view."""
        self.refresh()

    def watch_following(self) -> None:
        """Go to the end, or stay at the current row."""
        if self._document is not None:
            self._top_anchor = self._document.anchor_at(self.scroll_offset.y)
            self._arrange()

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Follow the text once its end is reached, and no longer once it is left."""
        super().watch_scroll_y(old_value, new_value)
        if self._document is not None:
            following = round(new_value) >= self.max_scroll_y
            self.set_reactive(AnswerView.following, following)
            self._top_anchor = self._document.anchor_at(round(new_value))
            self._arrange()

    def scroll_to(self, *args: Any, **options: Any) -> None:
        """Scroll without animation: towards a row that moves on it would never arrive."""
        super().scroll_to(*args, **{**options, "animate": False})

    def action_scroll_end(self) -> None:
        """Go to the end and stay there."""
        self.following = True

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        """Return the selected text as it is shown, without the wraps."""
        document = self._document
        if document is None:
            return None
        first = selection.start.y if selection.start else 0
        last = selection.end.y if selection.end else document.height - 1
        while document.render_range(first, last + 1):
            last = last if selection.end else document.height - 1
        spans = ((y, selection.get_span(y)) for y in range(first, last + 1))
        return selected_text((document.row(y), span) for y, span in spans if span), "\n"

    def render_lines(self, crop: Region) -> list[Strip]:
        """Return the rows in view, bypassing the style cache: they are rendered already."""
        if self._restyled:
            self._restyled = False
            if self._document is not None and self._document.styles != _styles_of(self):
                self._document.set_renderer(self._renderer())
        if self.styles.gutter != NULL_SPACING or self.opacity < 1:
            return super().render_lines(crop)
        background, width = self.background_colors[1], self.size.width
        top, selection = self.scroll_offset.y, self.text_selection
        strips = self._strips(range(top + crop.y, top + crop.bottom), selection)
        if any(strip.cell_length != width for strip in strips):  # a resize is pending
            style = self.rich_style
            strips = [strip.adjust_cell_length(width, style) for strip in strips]
        for line_filter in self.get_line_filters():
            strips = [strip.apply_filter(line_filter, background) for strip in strips]
        if crop.column_span != (0, width):
            strips = [strip.crop(*crop.column_span) for strip in strips]
        return strips

    def render_line(self, y: int) -> Strip:
        """Return a row in view, with the positions by which a mouse selects."""
        row = self.scroll_offset.y + y
        (strip,) = self._strips(range(row, row + 1), self.text_selection)
        return strip.apply_offsets(0, row)

    def _ensure_document(self) -> MarkdownDocument | None:
        """Return the document, None until the width is known."""
        if self._document is None and self.size.width:
            # markdown-it and pygments take a while to import: not before the first paint.
            from bbtui.ui.markdown.document import MarkdownDocument

            self._document = MarkdownDocument(self._renderer())
            for text, thinking in self._before_layout:
                self._document.extend(text, thinking)
            self._before_layout.clear()
        return self._document

    def _renderer(self) -> Renderer:
        from bbtui.ui.markdown.renderer import Renderer

        return Renderer(self.size.width, _styles_of(self), self.scrollbar_size_vertical)

    @property
    def _height(self) -> int:
        return self.container_size.height

    def _arrange(self) -> None:
        """Render what is in view, keep it at the end or at its row, repaint what has changed."""
        document = self._document
        if document is None:
            return
        while True:
            over = max(0, document.height - self._height)
            if self.following:
                top = -(-over // self._jump) * self._jump
            else:
                top = min(document.row_of(self._top_anchor), over) if self._top_anchor else 0
            if not document.render_range(top, top + self._height):
                break
        self._set_extent(max(document.height, top + self._height if top > over else 0), top)
        self._paint(document, top)
        if self._render_timer is None and not document.complete:
            self._render_timer = self.set_interval(_PERIOD_S, self._render_more)

    def _set_extent(self, height: int, top: int) -> None:
        """Set the number of rows and the top row, without the layout that both would cause."""
        self.set_reactive(Widget.virtual_size, Size(self.size.width, height))
        self.set_scroll(None, top)
        self.set_reactive(Widget.scroll_target_y, top)
        if self.show_vertical_scrollbar:
            bar = self.vertical_scrollbar
            bar.set_reactive(ScrollBar.window_virtual_size, height)
            bar.set_reactive(ScrollBar.position, top)
            thumb = _scrollbar_thumb(self._height, height, top)
            if thumb != self._thumb:
                self._thumb = thumb
                bar.refresh()

    def _paint(self, document: MarkdownDocument, top: int) -> None:
        """Repaint the rows that differ from the last repaint."""
        before, width = self._shown, self.size.width
        self._shown = [document.row(y).strip for y in range(top, top + self._height)]
        if len(before) != len(self._shown) or not document.height:
            self.refresh()
            return
        changed = [
            Region(0, y, width, 1)
            for y, (old, new) in enumerate(zip(before, self._shown, strict=True))
            if old is not new and old != new
        ]
        if changed:
            self.refresh(*changed)

    def _render_more(self) -> None:
        """Render more of what is out of view, so that every height becomes known."""
        document, until = self._document, perf_counter() + _SLICE_S
        if document is not None:
            document.render_more(lambda: perf_counter() < until)
            self._arrange()
        if self._render_timer is not None and (document is None or document.complete):
            self._render_timer.stop()
            self._render_timer = None

    def _strips(self, ys: range, selection: Selection | None) -> list[Strip]:
        """Return rows of the document, with the selection highlighted."""
        document = self._document
        if document is None or not document.height:
            return self._placeholder_strips(ys)
        strips = []
        for y in ys:
            row = document.row(y)
            span = None if selection is None else selection.get_span(y)
            for hit in document.hit_spans(y):
                style = self._hit_style(current=hit.current)
                row = row._replace(strip=highlight_span(row, hit.span, style))
            strip = row.strip if span is None else highlight_span(row, span, _selection_style(self))
            strips.append(strip)
        return strips

    def _placeholder_strips(self, ys: range) -> list[Strip]:
        width, style = self.size.width, self.rich_style
        quiet = style + without_background(self.get_component_rich_style("answer-view--quiet"))
        lines = self.placeholder.splitlines()
        top = (self._height - len(lines)) // 2
        strips = [Strip.blank(width, style)] * len(ys)
        for y, text in enumerate(lines, top):
            if y in ys:
                line = Text(text)
                line.truncate(width, overflow="ellipsis")
                line.align("center", width)
                strips[y - ys.start] = Strip([Segment(line.plain, quiet)], width)
        return strips

    def _forget_selection(self) -> None:
        if self.is_attached and self in self.screen.selections:
            self.screen.clear_selection()


def _styles_of(view: Widget) -> MarkdownStyles:
    """Return the styles of the app's theme; an ANSI theme has terminal colours in code too."""
    theme, ansi = view.app.current_theme, view.app.native_ansi_color
    if ansi:
        code_theme = "ansi_dark" if theme.dark else "ansi_light"
    else:
        code_theme = "nord" if theme.dark else "friendly"
    code, block, quiet = (
        view.get_component_rich_style(f"answer-view--{part}") for part in ("code", "block", "quiet")
    )
    plain, quiet = without_background(view.rich_style), without_background(quiet)
    if ansi:  # there is no colour between the terminal's own two
        quiet += Style(dim=True)
    return MarkdownStyles(
        base=view.rich_style,
        heading=plain + Style(bold=True, underline=True),
        code=without_background(code),
        block=block,  # only blocks of code have a background of their own
        quote=quiet,
        link=plain + Style(underline=True),
        quiet=quiet,
        thinking=quiet + Style(italic=True),
        code_theme=code_theme,
    )


def _selection_style(view: Widget) -> Style:
    """Return the style of selected text, without a text colour where the theme sets none."""
    part = "screen--selection"
    style = view.screen.get_component_rich_style(part)
    if view.screen.get_component_styles(part).color.is_transparent:
        return Style(bgcolor=style.bgcolor)
    return style


def _scrollbar_thumb(window: int, height: int, top: int) -> tuple[int, int]:
    """Return start and length of a scrollbar thumb, in eighths of a row as it is drawn."""
    if height <= window:
        return 0, 0
    size = max(1.0, window * window / height)
    return int((window - size) * top / (height - window) * 8), int(size * 8)
