"""The dialog of the saved sessions: find, open, rename and delete them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar, NamedTuple

from textual import events, work
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import Input, OptionList
from textual.widgets.option_list import Option
from textual.worker import Worker, WorkerState

from bbtui.errors import BbtuiError
from bbtui.formatting.sanitize import clean_name
from bbtui.formatting.text import counted
from bbtui.ui.screens.dialogs import ChoicePrompt, InputPrompt, LargeDialog, WorkerErrors
from bbtui.ui.widgets.row_layout import ColumnSpec, column_widths, crop

if TYPE_CHECKING:
    from bbtui.store.summaries import SessionSummary
    from bbtui.ui.workspace import Library


_GAP = "  "
#: The most cells of a title or of the names of the endpoints.
_MAX_WIDTH = 32
#: The most sessions that are listed at once: more are found, not scrolled to.
MOST_ROWS = 500


class Column(NamedTuple):
    """A column of the list."""

    title: str
    """Its title."""
    cells: Sequence[str]
    """A text for each session."""
    rank: int
    """Its priority: the lowest gets room first."""
    style: str = ""
    """The style of its cells."""
    least: int = 0
    """The cells to which it may be cropped; 0: not at all."""

    @property
    def spec(self) -> ColumnSpec:
        """The cells it needs; none if all its cells are empty."""
        longest = max((Content(cell).cell_length for cell in self.cells), default=0)
        width = max(longest, len(self.title)) if longest else 0
        if not self.least:
            return ColumnSpec(width, width, self.rank)
        width = min(width, _MAX_WIDTH)
        return ColumnSpec(width, min(width, self.least), self.rank)


class SessionList(OptionList):
    """A row for each session that is shown, below the titles of the columns."""

    DEFAULT_CSS = "SessionList { scrollbar-gutter: stable; }"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j", "cursor_down", show=False),
        Binding("k", "cursor_up", show=False),
        Binding("slash", "screen.search", show=False),
        Binding("f", "screen.filter", show=False),
        Binding("r", "screen.rename", show=False),
        Binding("d,delete", "screen.delete", show=False),
    ]

    def __init__(self, summaries: Sequence[SessionSummary], current: str) -> None:
        super().__init__()
        self._summaries, self._current = summaries, current

    def show(self, summaries: Sequence[SessionSummary]) -> None:
        """Show other sessions; the cursor stays on its session where that is among them."""
        under = self.selected
        self._summaries = summaries
        self._lay_out()
        ids = [summary.id for summary in summaries[:MOST_ROWS]]
        self.highlighted = ids.index(under) + 1 if under in ids else 1 if ids else None

    @property
    def selected(self) -> str:
        """The id of the session under the cursor; "" if there is none."""
        at = self.highlighted
        return "" if at is None else self.get_option_at_index(at).id or ""

    def on_resize(self, _: events.Resize) -> None:
        """Lay out for the new width."""
        cursor = self.highlighted or 1
        self._lay_out()
        self.highlighted = cursor if self._summaries else None

    def _lay_out(self) -> None:
        shown = self._summaries[:MOST_ROWS]
        columns = session_columns(shown, self._current)
        heading, *rows = layout_rows(columns, self.scrollable_content_region.width)
        options = [Option(row, id=one.id) for row, one in zip(rows, shown, strict=True)]
        self.clear_options().add_options([Option(heading, disabled=True), *options])


#: Which sessions are listed, by the name of the filter.
FILTERS: Mapping[str, Callable[[SessionSummary], bool]] = {
    "all": lambda _: True,
    "unfinished": lambda one: one.unfinished,
    "unscored": lambda one: one.scored < one.answered,
}


def matching(summaries: Sequence[SessionSummary], query: str) -> list[SessionSummary]:
    """Return the sessions in whose row every word of the query occurs, ignoring case."""
    words = query.casefold().split()
    return [one for one in summaries if all(word in _searched(one) for word in words)]


def _searched(one: SessionSummary) -> str:
    started = f"{one.started_at.astimezone():%Y-%m-%d %d %b %H:%M}"
    endpoints = "" if one.blind else " ".join(one.endpoints)
    return f"#{one.number} {started} {one.title} {endpoints}".casefold()


def session_columns(summaries: Sequence[SessionSummary], current: str) -> list[Column]:
    """Return the columns of the sessions; `current` is the id of the open one."""
    numbers = [f"{'▸' if each.id == current else ' '} #{each.number}" for each in summaries]
    started = [f"{summary.started_at.astimezone():%d %b %H:%M}" for summary in summaries]
    endpoints = [clean_name(" · ".join(summary.endpoints)) for summary in summaries]
    return [
        Column("", numbers, 0, "bold"),
        Column("started", started, 1),
        Column("answered", [f"{summary.answered}/{summary.cells}" for summary in summaries], 2),
        Column("scored", [f"{summary.scored}/{summary.cells}" for summary in summaries], 6),
        Column("state", [_state(summary) for summary in summaries], 3, "$text-warning"),
        Column("title", [clean_name(summary.title) for summary in summaries], 4, least=10),
        Column("endpoints", endpoints, 5, "$foreground-muted", least=10),
    ]


def layout_rows(columns: Sequence[Column], width: int) -> list[Content]:
    """Return the heading and the rows with the columns that fit into `width` cells."""
    widths = column_widths([column.spec for column in columns], width, len(_GAP))
    kept = [(columns[index], cells) for index, cells in widths.items()]
    titles = [_cell(column.title, cells, "$foreground-muted") for column, cells in kept]
    rows = zip(
        *([_cell(cell, cells, column.style) for cell in column.cells] for column, cells in kept),
        strict=True,
    )
    return [Content(_GAP).join(row) for row in (titles, *rows)]


def _cell(text: str, width: int, style: str) -> Content:
    cell = crop(Content.styled(text, style), width)
    return cell.pad_right(width - cell.cell_length)


def _state(summary: SessionSummary) -> str:
    return "running" if summary.running else "unfinished" if summary.unfinished else ""


class SessionsScreen(WorkerErrors, LargeDialog[str | None]):
    """Lists the saved sessions; returns the id of the selected one, or None."""

    AUTO_FOCUS: ClassVar[str] = "SessionList"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("o", "leave", "close", show=False, id="sessions.open"),
        Binding("escape", "back", "close", show=False),
    ]

    def __init__(
        self, summaries: Sequence[SessionSummary], current: str, library: Library | None = None
    ) -> None:
        """Create the dialog; `current` is the id of the open session.

        Without a `library` nothing can be renamed or deleted.
        """
        self._summaries, self._current, self._library = list(summaries), current, library
        self._filter = "all"
        self._box = Input(placeholder="/ finds: number, date, title, endpoint", compact=True)
        self._box.cursor_blink = False
        self._list = SessionList(summaries, current)
        super().__init__("sessions", self._box, self._list)

    def on_descendant_focus(self) -> None:
        """Show the keys of what has the focus."""
        self._show_state()

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Open the session under the cursor."""
        self.dismiss(event.option_id)

    def on_input_changed(self) -> None:
        """List what matches."""
        self._update()

    def on_input_submitted(self) -> None:
        """Go to the list; open the session if it is the only one."""
        found = self._found()
        if len(found) == 1:
            self.dismiss(found[0].id)
        else:
            self._list.focus()

    def action_search(self) -> None:
        """Type what is looked for."""
        self._box.focus()

    def action_back(self) -> None:
        """Leave the search; close the dialog where there is none."""
        if self._box.has_focus or self._box.value:
            self._box.value = ""
            self._list.focus()
        else:
            self.dismiss(None)

    def action_filter(self) -> None:
        """Show all sessions, those that are unfinished, or those with unscored answers."""
        names = list(FILTERS)
        self._filter = names[(names.index(self._filter) + 1) % len(names)]
        self._update()

    @work(exit_on_error=False)
    async def action_rename(self) -> None:
        """Change the title of the session under the cursor."""
        one = self._under_cursor()
        if one is None or self._library is None:
            return
        prompt = InputPrompt(f"Title of #{one.number}", "a title", one.title)
        title = await self.app.push_screen_wait(prompt)
        if title is None:
            return
        title = " ".join(title.split())
        self._library.rename(one.id, title)
        at = self._summaries.index(one)
        self._summaries[at] = replace(one, title=title)
        self._update(f"renamed #{one.number}")

    @work(exit_on_error=False)
    async def action_delete(self) -> None:
        """Delete the session under the cursor, once that is confirmed."""
        one = self._under_cursor()
        if one is None or self._library is None:
            return
        if one.id == self._current:
            self._show_state(f"#{one.number} is open: open another session to delete it")
            return
        name = f"#{one.number} {one.title}".rstrip()
        answers = counted(one.answered, "answer")
        question = f"permanently delete {name} ({answers}, {counted(one.scored, 'score')})?"
        choices = {"d": "delete it", "escape": "keep it"}
        if await self.app.push_screen_wait(ChoicePrompt(question, choices)) != "d":
            return
        self._library.delete(one.id)
        self._summaries.remove(one)
        self._update(f"deleted #{one.number}")

    def show_error(self, error: BbtuiError) -> None:
        """Show why a session could not be changed."""
        self._show_state(f"{error.message} · {error.fix}" if error.fix else error.message)

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """Show a known error as such."""
        error = event.worker.error
        if event.state is WorkerState.ERROR and isinstance(error, BbtuiError):
            self.show_error(error)
        else:
            super().on_worker_state_changed(event)

    def _under_cursor(self) -> SessionSummary | None:
        selected = self._list.selected
        return next((one for one in self._summaries if one.id == selected), None)

    def _found(self) -> list[SessionSummary]:
        kept = [one for one in self._summaries if FILTERS[self._filter](one)]
        return matching(kept, self._box.value)

    def _update(self, message: str = "") -> None:
        self._list.show(self._found())
        self._show_state(message)

    def _show_state(self, message: str = "") -> None:
        """Show the keys, with how many sessions are listed or a message before them."""
        found, total = len(self._found()), len(self._summaries)
        if not message and found > MOST_ROWS:
            message = f"the latest {MOST_ROWS:,} of {found:,}"
        elif not message and found != total:
            message = f"{found:,} of {total:,}"
        if self._box.has_focus:
            keys = "enter to the list · esc all"
        else:
            changes = " · r rename · d delete" if self._library is not None else ""
            keys = f"enter opens · / find · f {self._filter}{changes} · esc closes"
        self.show_keys(f"{message}   {keys}" if message else keys)
