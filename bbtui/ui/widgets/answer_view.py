"""The pane's text: a growing answer, drawn once as it becomes final.

A Line-API view: it gives the compositor rows that are drawn already and asks only for those to
be painted that have changed. No part of it is a widget, and no growth of the text a layout.
"""

from __future__ import annotations

from time import perf_counter
from typing import TYPE_CHECKING, Any, ClassVar

from rich.segment import Segment
from rich.text import Text
from textual.binding import Binding, BindingType
from textual.geometry import NULL_SPACING, Region, Size
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.scrollbar import ScrollBar
from textual.strip import Strip
from textual.timer import Timer
from textual.widget import Widget

from bbtui.ui.markdown.look import on_any_background
from bbtui.ui.markdown.selected import copied, highlight
from bbtui.ui.widgets.answer_look import (
    ANSWER_CSS,
    PARTS,
    component,
    look_of,
    selected_style,
    thumb_of,
)

if TYPE_CHECKING:
    from textual.selection import Selection

    from bbtui.ui.markdown.document import Document, Place
    from bbtui.ui.markdown.draw import Drawer

#: How long blocks out of sight are drawn at a time, and how often, in seconds.
_SLICE_S = 0.008
_EVERY_S = 0.04


class AnswerView(ScrollView, can_focus=True, inherit_bindings=False):
    """Shows one answer and lets it grow.

    `placeholder` is what an empty place says, in one or more lines. While `following` is true
    the end stays in view; scrolling up ends that, reaching the end or setting it begins it again.
    `jump` is by how many rows at a time a growing text scrolls: on a slow line every scroll
    costs the whole pane.
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = {component(part) for part in PARTS}
    DEFAULT_CSS = ANSWER_CSS
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "scroll_up", "Up", show=False),
        Binding("down", "scroll_down", "Down", show=False),
        Binding("pageup", "page_up", "Page up", show=False),
        Binding("pagedown", "page_down", "Page down", show=False),
        Binding("home", "scroll_home", "To the start", show=False),
        Binding("end", "scroll_end", "To the end", show=False),
    ]

    placeholder: reactive[str] = reactive("")
    following: reactive[bool] = reactive(True, repaint=False)

    def __init__(
        self,
        *,
        jump: int = 1,
        name: str | None = None,
        id: str | None = None,  # noqa: A002 - Textual's name for it
        classes: str | None = None,
    ) -> None:
        super().__init__(name=name, id=id, classes=classes)
        self._jump = max(1, jump)
        self._document: Document | None = None
        self._place: Place | None = None  # what is at the top unless the end is; None: the start
        self._before_layout: list[tuple[str, str]] = []
        self._restyled = False
        self._shown: list[Strip] = []  # the rows in view as they were last asked to be painted
        self._thumb = (0, 0)
        self._worker: Timer | None = None

    def show(self, text: str, thinking: str = "", *, following: bool = True) -> None:
        """Show another answer, at its end or (not `following`) at its beginning."""
        self._forget_selection()
        self._document = self._place = None
        self._before_layout.clear()
        self.set_reactive(AnswerView.following, following)
        self._set_extent(0, 0)
        self.extend(text, thinking)
        self._repaint()

    def extend(self, text: str, thinking: str = "") -> None:
        """Add what has arrived since the last call, and paint the rows that it changes."""
        document = self._ready()
        if document is None:
            self._before_layout.append((text, thinking))
            return
        document.extend(text, thinking)
        self._arrange()

    @property
    def settled(self) -> bool:
        """Whether all of the text is drawn, also what is out of sight."""
        return not self._before_layout and (self._document is None or self._document.settled)

    def on_mount(self) -> None:
        """Import what draws after the first paint, if no text has come by then."""
        self.call_after_refresh(self._ready)

    def on_resize(self) -> None:
        """Wrap anew for another width; the text at the top stays there."""
        document = self._ready()
        if document is None:
            return
        if self.size.width != document.width:
            self._forget_selection()
            document.use(self._drawer())
        self._shown = []
        self._arrange()

    def notify_style_update(self) -> None:
        """Take the colours of the new theme with the next paint."""
        super().notify_style_update()
        self._restyled = True

    def watch_placeholder(self) -> None:
        """Paint it, if it is what one sees."""
        self.refresh()

    def watch_following(self) -> None:
        """Go to the end, or stay where it was left."""
        if self._document is not None:
            self._place = self._document.place(self.scroll_offset.y)
            self._arrange()

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Follow the text when its end is reached, and no longer when it is left."""
        super().watch_scroll_y(old_value, new_value)
        if self._document is not None:
            following = round(new_value) >= self.max_scroll_y
            self.set_reactive(AnswerView.following, following)
            self._place = self._document.place(round(new_value))
            self._arrange()

    def scroll_to(self, *args: Any, **options: Any) -> None:
        """Scroll at once: an animation towards a row that moves on never arrives."""
        super().scroll_to(*args, **{**options, "animate": False})

    def action_scroll_end(self) -> None:
        """Go to the end and stay there."""
        self.following = True

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        """The selected text, as it is shown but for wraps."""
        document = self._document
        if document is None:
            return None
        first = selection.start.y if selection.start else 0
        last = selection.end.y if selection.end else document.height - 1
        while document.settle(first, last + 1):
            last = last if selection.end else document.height - 1
        spans = ((y, selection.get_span(y)) for y in range(first, last + 1))
        return copied((document.row(y), span) for y, span in spans if span), "\n"

    def render_lines(self, crop: Region) -> list[Strip]:
        """The rows in view, without the detour by the cache of styles: they are drawn already."""
        if self._restyled:
            self._restyled = False
            if self._document is not None and self._document.look != look_of(self):
                self._document.use(self._drawer())
        if self.styles.gutter != NULL_SPACING or self.opacity < 1:
            return super().render_lines(crop)
        background, width = self.background_colors[1], self.size.width
        top, selection = self.scroll_offset.y, self.text_selection
        strips = [self._strip(top + y, selection) for y in crop.line_range]
        if any(strip.cell_length != width for strip in strips):  # it is about to be resized
            strips = [strip.adjust_cell_length(width, self.rich_style) for strip in strips]
        for line_filter in self.get_line_filters():
            strips = [strip.apply_filter(line_filter, background) for strip in strips]
        if crop.column_span != (0, width):
            strips = [strip.crop(*crop.column_span) for strip in strips]
        return strips

    def render_line(self, y: int) -> Strip:
        """A row in view, with the positions by which a mouse selects."""
        row = self.scroll_offset.y + y
        return self._strip(row, self.text_selection).apply_offsets(0, row)

    def _ready(self) -> Document | None:
        """The document; None until the width is known."""
        if self._document is None and self.size.width:
            # markdown-it and pygments take a while to import: not before the first paint.
            from bbtui.ui.markdown.document import Document

            self._document = Document(self._drawer())
            for text, thinking in self._before_layout:
                self._document.extend(text, thinking)
            self._before_layout.clear()
        return self._document

    def _drawer(self) -> Drawer:
        from bbtui.ui.markdown.draw import Drawer

        return Drawer(self.size.width, look_of(self), self.scrollbar_size_vertical)

    @property
    def _height(self) -> int:
        return self.container_size.height

    def _arrange(self) -> None:
        """Draw what is in view, keep it at the end or at its place, paint what has changed."""
        document = self._document
        if document is None:
            return
        while True:
            over = max(0, document.height - self._height)
            if self.following:
                top = -(-over // self._jump) * self._jump
            else:
                top = min(document.row_of(self._place), over) if self._place else 0
            if not document.settle(top, top + self._height):
                break
        self._set_extent(max(document.height, top + self._height if top > over else 0), top)
        self._paint(document, top)
        if self._worker is None and not document.settled:
            self._worker = self.set_interval(_EVERY_S, self._work)

    def _set_extent(self, height: int, top: int) -> None:
        """Set the number of rows and the one at the top, without the layout that both cause."""
        self.set_reactive(Widget.virtual_size, Size(self.size.width, height))
        self.set_scroll(None, top)
        self.set_reactive(Widget.scroll_target_y, top)
        if self.show_vertical_scrollbar:
            bar = self.vertical_scrollbar
            bar.set_reactive(ScrollBar.window_virtual_size, height)
            bar.set_reactive(ScrollBar.position, top)
            thumb = thumb_of(self._height, height, top)
            if thumb != self._thumb:
                self._thumb = thumb
                bar.refresh()

    def _paint(self, document: Document, top: int) -> None:
        """Ask for the rows to be painted that are not as they were asked for the last time."""
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

    def _work(self) -> None:
        """Draw some more of what is out of sight, so that every height becomes known."""
        document, until = self._document, perf_counter() + _SLICE_S
        if document is not None:
            document.work(lambda: perf_counter() < until)
            self._arrange()
        if self._worker is not None and (document is None or document.settled):
            self._worker.stop()
            self._worker = None

    def _strip(self, y: int, selection: Selection | None) -> Strip:
        """A row of the document, with what is selected of it."""
        document = self._document
        if document is None or not document.height:
            return self._placeholder_strip(y)
        row = document.row(y)
        span = None if selection is None else selection.get_span(y)
        if span is None:
            return row.strip
        return highlight(row, span, selected_style(self))

    def _placeholder_strip(self, y: int) -> Strip:
        width, style = self.size.width, self.rich_style
        lines = self.placeholder.splitlines()
        index = y - (self._height - len(lines)) // 2
        if not 0 <= index < len(lines):
            return Strip.blank(width, style)
        quiet = style + on_any_background(self.get_component_rich_style(component("quiet")))
        line = Text(lines[index])
        line.truncate(width, overflow="ellipsis")
        line.align("center", width)
        return Strip([Segment(line.plain, quiet)], width)

    def _forget_selection(self) -> None:
        if self.is_attached and self in self.screen.selections:
            self.screen.clear_selection()

    def _repaint(self) -> None:
        self._shown = []
        self.refresh()
