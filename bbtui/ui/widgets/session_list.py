"""The list of sessions: rows of any number, of which only those in view are made."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, NamedTuple

from rich.cells import cell_len
from textual import events
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.geometry import Size
from textual.message import Message
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.visual import Visual

from bbtui.formatting.sanitize import clean_name
from bbtui.ui.widgets.row_layout import ColumnSpec, column_widths, crop

if TYPE_CHECKING:
    from bbtui.store.summaries import SessionSummary

_GAP = "  "
#: The most cells of a title or of the names of the endpoints.
_MAX_WIDTH = 32
_STARTED = "24 Nov 12:00"


class Column(NamedTuple):
    """A column of the list."""

    title: str
    """Its title."""
    text: Callable[[SessionSummary], str]
    """Returns the text of a session; must be quick where it is not in view."""
    rank: int
    """Its priority: the lowest gets room first."""
    style: str = ""
    """The style of its cells."""
    least: int = 0
    """The cells to which it may be cropped; 0: not at all."""

    def spec(self, texts: set[str]) -> ColumnSpec:
        """Return the cells it needs for these texts; none if all of them are empty."""
        longest = max(map(_cells, texts), default=0)
        width = max(longest, len(self.title)) if longest else 0
        if not self.least:
            return ColumnSpec(width, width, self.rank)
        width = min(width, _MAX_WIDTH)
        return ColumnSpec(width, min(width, self.least), self.rank)


def _state(one: SessionSummary) -> str:
    return "running" if one.running else "unfinished" if one.unfinished else ""


_TITLE = Column("title", lambda one: clean_name(one.title), 4, least=10)
_ENDPOINTS = Column(
    "endpoints",
    lambda one: clean_name(" · ".join(one.endpoints)),
    5,
    "$foreground-muted",
    least=10,
)
_COLUMNS = (
    Column("", lambda one: f"  #{one.number}", 0, "bold"),
    Column("started", lambda one: f"{one.started_at.astimezone():%d %b %H:%M}", 1),
    Column("answered", lambda one: f"{one.answered}/{one.cells}", 2),
    Column("scored", lambda one: f"{one.scored}/{one.cells}", 6),
    Column("state", _state, 3, "$text-warning"),
    _TITLE,
    _ENDPOINTS,
)


def _cells(text: str) -> int:
    return len(text) if text.isascii() else cell_len(text)


def _specs(summaries: Sequence[SessionSummary]) -> list[ColumnSpec]:
    """Return what each column needs for these sessions."""
    texts: dict[Column, set[str]] = {
        column: set(map(column.text, summaries))
        for column in _COLUMNS
        if column not in (_COLUMNS[1], _TITLE, _ENDPOINTS)
    }
    # All as wide; and cleaned once for each, because many sessions have those of another.
    texts[_COLUMNS[1]] = {_STARTED} if summaries else set()
    texts[_TITLE] = {clean_name(title) for title in {one.title for one in summaries}}
    labels = {one.endpoints for one in summaries}
    texts[_ENDPOINTS] = {clean_name(" · ".join(names)) for names in labels}
    return [column.spec(texts[column]) for column in _COLUMNS]


class SessionList(ScrollView, can_focus=True, inherit_bindings=False):
    """A row for each session that is shown, below the titles of the columns, which stay."""

    ALLOW_SELECT = False
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "session-list--row",
        "session-list--cursor",
        "session-list--hover",
    }
    DEFAULT_CSS = """
    SessionList {
        height: 1fr;
        color: $foreground;
        background: $surface;
        overflow-x: hidden;
        scrollbar-gutter: stable;
        & > .session-list--cursor {
            color: $foreground;
            background: $block-cursor-blurred-background;
            text-style: $block-cursor-blurred-text-style;
        }
        &:focus {
            background-tint: $foreground 5%;
            & > .session-list--cursor {
                color: $block-cursor-foreground;
                background: $block-cursor-background;
                text-style: $block-cursor-text-style;
            }
        }
        & > .session-list--hover { background: $block-hover-background; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,j", "move(1)", show=False),
        Binding("up,k", "move(-1)", show=False),
        Binding("pagedown", "page(1)", show=False),
        Binding("pageup", "page(-1)", show=False),
        Binding("home", "first", show=False),
        Binding("end", "last", show=False),
        Binding("enter", "select", show=False),
        Binding("slash", "screen.search", show=False),
        Binding("f", "screen.filter", show=False),
        Binding("r", "screen.rename", show=False),
        Binding("d,delete", "screen.delete", show=False),
    ]

    cursor: reactive[int] = reactive(0)
    """The index of the row under the cursor, from the top."""
    _hovered: reactive[int] = reactive(-1)

    @dataclass
    class Selected(Message):
        """The user chose a session."""

        session_id: str
        """Its UUID."""

    def __init__(self, summaries: Sequence[SessionSummary], current: str) -> None:
        """Create the list; `current` is the id of the open session."""
        super().__init__()
        self._summaries, self._current = summaries, current
        self._specs = _specs(summaries)
        self._widths: dict[int, int] = {}

    @property
    def summaries(self) -> Sequence[SessionSummary]:
        """The sessions that are listed, from the top."""
        return self._summaries

    @property
    def selected(self) -> SessionSummary | None:
        """The session under the cursor; None if there is none."""
        return self._summaries[self.cursor] if self._summaries else None

    def measure(self, summaries: Sequence[SessionSummary]) -> None:
        """Make the columns as wide as these sessions need, of which any may be shown."""
        self._specs = _specs(summaries)
        self._lay_out()

    def show(self, summaries: Sequence[SessionSummary]) -> None:
        """Show other sessions; the cursor stays on its session where that is among them."""
        under = self.selected
        self._summaries = summaries
        at = (index for index, one in enumerate(summaries) if under and one.id == under.id)
        self.cursor = next(at, 0)
        self._lay_out()
        self._keep_in_view()

    def on_resize(self, _: events.Resize) -> None:
        """Lay out for the new width."""
        self._lay_out()
        self._keep_in_view()

    def validate_cursor(self, cursor: int) -> int:
        """Keep the cursor on a row."""
        return max(0, min(cursor, len(self._summaries) - 1))

    def watch_cursor(self) -> None:
        """Show the row under the cursor."""
        self._keep_in_view()
        self.refresh()

    def watch__hovered(self) -> None:
        """Show the row under the mouse."""
        self.refresh()

    def action_move(self, rows: int) -> None:
        """Move the cursor; from the last row to the first, and back."""
        if self._summaries:
            self.cursor = (self.cursor + rows) % len(self._summaries)

    def action_page(self, pages: int) -> None:
        """Move the cursor by what is in view."""
        self.cursor += pages * self._rows_in_view

    def action_first(self) -> None:
        """Move the cursor to the latest session."""
        self.cursor = 0

    def action_last(self) -> None:
        """Move the cursor to the earliest session."""
        self.cursor = len(self._summaries) - 1

    def action_select(self) -> None:
        """Choose the session under the cursor."""
        if self.selected is not None:
            self.post_message(self.Selected(self.selected.id))

    def on_click(self, event: events.Click) -> None:
        """Choose the session under the mouse."""
        row = self._row_at(event.y)
        if row >= 0:
            self.cursor = row
            self.action_select()

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Remember the row under the mouse."""
        self._hovered = self._row_at(event.y)

    def on_leave(self) -> None:
        """Forget the row under the mouse."""
        self._hovered = -1

    def render_line(self, y: int) -> Strip:
        """Return the titles of the columns or a row in view."""
        width = self.scrollable_content_region.width
        row = self.scroll_offset.y + y - 1
        style = "row"
        if y == 0:
            content = self._row([column.title for column in _COLUMNS], "$foreground-muted")
        elif row < len(self._summaries):
            content = self._row_of(self._summaries[row])
            style = {self.cursor: "cursor", self._hovered: "hover"}.get(row, "row")
        else:
            content = Content("")
        visual_style = self.get_visual_style("session-list--row", f"session-list--{style}")
        (strip, *_) = Visual.to_strips(self, content, width, 1, visual_style) or [Strip([])]
        return strip.extend_cell_length(width, visual_style.rich_style)

    def _row_of(self, one: SessionSummary) -> Content:
        texts = [
            column.text(one) if at in self._widths else "" for at, column in enumerate(_COLUMNS)
        ]
        if one.id == self._current:
            texts[0] = f"▸ #{one.number}"
        return self._row(texts)

    def _row(self, texts: Sequence[str], style: str | None = None) -> Content:
        """Return the texts in the columns that fit, in their styles or all in one."""
        return Content(_GAP).join(
            _cell(texts[at], cells, _COLUMNS[at].style if style is None else style)
            for at, cells in self._widths.items()
        )

    @property
    def _rows_in_view(self) -> int:
        return max(1, self.scrollable_content_region.height - 1)

    def _row_at(self, y: int) -> int:
        """Return the index of the row at this height, -1 if there is none."""
        row = self.scroll_offset.y + y - 1
        return row if y > 0 and row < len(self._summaries) else -1

    def _lay_out(self) -> None:
        width = self.scrollable_content_region.width
        self._widths = column_widths(self._specs, width, len(_GAP))
        self.virtual_size = Size(width, len(self._summaries) + 1)
        self.refresh()

    def _keep_in_view(self) -> None:
        """Scroll as little as shows the cursor below the titles."""
        top, rows = self.scroll_offset.y, self._rows_in_view
        if not top <= self.cursor < top + rows:
            to = self.cursor if self.cursor < top else self.cursor - rows + 1
            self.scroll_to(y=to, animate=False, force=True, immediate=True)


def _cell(text: str, width: int, style: str) -> Content:
    cell = crop(Content.styled(text, style), width)
    return cell.pad_right(width - cell.cell_length)
