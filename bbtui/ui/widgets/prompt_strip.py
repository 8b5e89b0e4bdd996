"""The prompt above the answers: its beginning in one row, or all of it, scrolling."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any, ClassVar, NamedTuple

from rich.cells import get_character_cell_size
from rich.segment import Segment
from textual.binding import BindingType
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from bbtui.formatting.sanitize import clean_name, clean_text
from bbtui.ui.widgets.answer_view import AnswerView

_CLOSED, _OPEN, _INDENT = "▸ ", "▾ ", "  "
_TAB_SIZE = 4
#: More characters than one row has cells, after white space was joined.
_BEGINNING = 2_000
#: How many rows below the top row are wrapped; more than any screen has.
_AHEAD = 400


class PromptView(NamedTuple):
    """What the strip shows."""

    prompt: str = ""
    """The prompt, as it is sent."""
    opened: bool = False
    """Whether all of it is shown."""
    most_rows: int = 1
    """The rows it may take while it is open; the rest scrolls."""


class PromptStrip(ScrollView, can_focus=True, inherit_bindings=False):
    """One row, or as many as the prompt needs and may take.

    A prompt of any size is wrapped only as far as it was scrolled, and drawn where it is in view.
    """

    ALLOW_SELECT = False
    BINDINGS: ClassVar[list[BindingType]] = AnswerView.BINDINGS
    DEFAULT_CSS = """
    PromptStrip {
        height: 1;
        padding: 0 0 0 1;
        overflow-x: hidden;
        overflow-y: scroll;
        scrollbar-size-vertical: 1;
        scrollbar-color: $foreground 20%;
        scrollbar-color-hover: $foreground 35%;
        scrollbar-color-active: $foreground 50%;
        scrollbar-background: $background 0%;
        scrollbar-background-hover: $background 0%;
        scrollbar-background-active: $background 0%;
    }
    """

    def __init__(self) -> None:
        super().__init__(id="prompt")
        self._view = PromptView()
        self._rows: list[str] = []
        self._rest: Iterator[str] = iter(())
        self._width = 0

    @dataclass
    class Wrapped(Message):
        """The prompt was wrapped for another width, so it may overflow now, or no longer."""

    @property
    def overflows(self) -> bool:
        """Whether there is more of it than is in view."""
        return self._width > 0 and len(self._rows) > max(self._view.most_rows, 1)

    @property
    def plain(self) -> str:
        """The text in view."""
        top = self.scroll_offset.y
        return "\n".join(self._rows[top : top + self.size.height])

    def show(self, view: PromptView) -> None:
        """Show a prompt, from its beginning; nothing changes if it is shown already."""
        if view != self._view:
            self._view = view
            self.scroll_home(animate=False)
            self._wrap()

    def on_resize(self) -> None:
        """Wrap for another width."""
        if self._room != self._width:
            self._wrap()
            self.post_message(self.Wrapped())

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Wrap more of the prompt before its end is in view."""
        super().watch_scroll_y(old_value, new_value)
        self._extend(round(new_value) + _AHEAD)

    def scroll_to(self, *args: Any, **options: Any) -> None:
        """Scroll without animation: the end may move on while more is wrapped."""
        super().scroll_to(*args, **{**options, "animate": False})

    def action_scroll_end(self) -> None:
        """Go to the end, which has to be known."""
        self._extend(None)
        super().action_scroll_end()

    @property
    def _room(self) -> int:
        """The cells of a row beside the scrollbar."""
        return self.scrollable_content_region.width

    def _wrap(self) -> None:
        self._width = self._room
        view, room = self._view, max(self._width - len(_INDENT), 1)
        self._rows, height = [], 1
        if not self._width:  # not laid out yet
            self._rest = iter(())
        elif view.opened:
            self._rest = _rows(clean_text(view.prompt).strip("\n"), room)
            self._extend(self.scroll_offset.y + _AHEAD)
            height = max(1, min(len(self._rows), view.most_rows))
        else:
            # The rest of a long prompt is not looked at.
            self._rest = iter((_CLOSED + _beginning(view.prompt, room),))
            self._extend(None)
        self.styles.height = height
        self.refresh()

    def _extend(self, count: int | None) -> None:
        """Wrap until there are so many rows; None for all."""
        missing = None if count is None else max(count - len(self._rows), 0)
        self._rows += islice(self._rest, missing)
        self.virtual_size = Size(self._width, len(self._rows))

    def render_line(self, y: int) -> Strip:
        """Return a row in view."""
        width, style, row = self.size.width, self.rich_style, self.scroll_offset.y + y
        text = self._rows[row] if row < len(self._rows) else ""
        return Strip([Segment(text, style)]).adjust_cell_length(width, style)


def _rows(text: str, width: int) -> Iterator[str]:
    """Yield a text in rows of so many cells, wrapped at blanks, behind the mark and its indent."""
    before = _OPEN
    for line in text.split("\n"):
        for row in _rows_of(line.expandtabs(_TAB_SIZE), width):
            yield before + row
            before = _INDENT


def _beginning(prompt: str, width: int) -> str:
    """Return the beginning of a prompt in one row of so many cells, with … where it goes on."""
    words = clean_name(" ".join(prompt[:_BEGINNING].split()))
    first = next(_rows_of(words, width), "")
    if first == words and len(prompt) <= _BEGINNING:
        return words
    return f"{next(_rows_of(words, width - 1), '')}…"


def _rows_of(line: str, width: int) -> Iterator[str]:
    """Yield a line in rows; an empty one is a row, too."""
    ascii_alone, start = line.isascii(), 0
    while True:
        end = start + width if ascii_alone else _fitting(line, start, width)
        if end >= len(line):
            yield line[start:]
            return
        blank = line.rfind(" ", start, end + 1)
        if blank > start and line[start:blank].strip():
            yield line[start:blank].rstrip()
            start = blank + 1
        else:
            yield line[start:end]
            start = end


def _fitting(line: str, start: int, width: int) -> int:
    """Return the end of the characters from `start` on that fit in `width` cells, one at least."""
    cells = 0
    for end in range(start, len(line)):
        cells += get_character_cell_size(line[end])
        if cells > width and end > start:
            return end
    return len(line)
