"""The dialog of the saved sessions: find, open, rename and delete them."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from textual import work
from textual.binding import Binding, BindingType
from textual.widgets import Input
from textual.worker import Worker, WorkerState

from bbtui.errors import BbtuiError
from bbtui.formatting.text import counted
from bbtui.ui.screens.dialogs import ChoicePrompt, InputPrompt, LargeDialog, WorkerErrors
from bbtui.ui.widgets.session_list import SessionList

if TYPE_CHECKING:
    from bbtui.store.summaries import SessionSummary
    from bbtui.ui.workspace import Library


#: Which sessions are listed, by the name of the filter.
FILTERS: Mapping[str, Callable[[SessionSummary], bool]] = {
    "all": lambda _: True,
    "unfinished": lambda one: one.unfinished,
    "unscored": lambda one: one.scored < one.answered,
}


class Finder:
    """Finds sessions by the words of their rows, whatever their number."""

    def __init__(self, summaries: Sequence[SessionSummary]) -> None:
        self._summaries = summaries
        self._texts: list[str] = []

    def prepare(self) -> None:
        """Make what is searched; with ten thousand sessions, a key would wait for it noticeably."""
        self._texts = self._texts or list(map(self._text, self._summaries))

    def matching(self, query: str) -> list[SessionSummary]:
        """Return the sessions in whose row every word of the query occurs, ignoring case."""
        words = query.casefold().split()
        if not words:
            return list(self._summaries)
        self.prepare()
        first, *others = words
        found = [at for at, text in enumerate(self._texts) if first in text]
        for word in others:
            found = [at for at in found if word in self._texts[at]]
        return [self._summaries[at] for at in found]

    @staticmethod
    def _text(one: SessionSummary) -> str:
        # `astimezone` would take twice as long.
        local = time.localtime(one.started_at.timestamp())
        started = time.strftime("%Y-%m-%d %d %b %H:%M", local)
        endpoints = "" if one.blind else " ".join(one.endpoints)
        return f"#{one.number} {started} {one.title} {endpoints}".casefold()


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
        self._finder = Finder(self._summaries)
        self._found = self._summaries
        self._box = Input(placeholder="/ finds: number, date, title, endpoint", compact=True)
        self._box.cursor_blink = False
        self._list = SessionList(summaries, current)
        super().__init__("sessions", self._box, self._list)

    def on_mount(self) -> None:
        """Prepare the search, once the list is on the screen."""
        self.call_after_refresh(self._finder.prepare)

    def on_descendant_focus(self) -> None:
        """Show the keys of what has the focus."""
        self._show_state()

    def on_session_list_selected(self, event: SessionList.Selected) -> None:
        """Open the session under the cursor."""
        self.dismiss(event.session_id)

    def on_input_changed(self) -> None:
        """List what matches."""
        self._update()

    def on_input_submitted(self) -> None:
        """Go to the list; open the session if it is the only one."""
        if len(self._found) == 1:
            self.dismiss(self._found[0].id)
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
        one = self._list.selected
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
        self._change(f"renamed #{one.number}")

    @work(exit_on_error=False)
    async def action_delete(self) -> None:
        """Delete the session under the cursor, once that is confirmed."""
        one = self._list.selected
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
        self._change(f"deleted #{one.number}")

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

    def _change(self, message: str) -> None:
        """List the sessions after one of them was changed."""
        self._finder = Finder(self._summaries)
        self._list.measure(self._summaries)
        self._update(message)

    def _update(self, message: str = "") -> None:
        found = self._finder.matching(self._box.value)
        if self._filter != "all":
            found = list(filter(FILTERS[self._filter], found))
        self._found = found
        self._list.show(found)
        self._show_state(message)

    def _show_state(self, message: str = "") -> None:
        """Show the keys, with how many sessions are listed or a message before them."""
        found, total = len(self._found), len(self._summaries)
        if not message and found != total:
            message = f"{found:,} of {total:,}"
        if self._box.has_focus:
            keys = "enter to the list · esc all"
        else:
            changes = " · r rename · d delete" if self._library is not None else ""
            keys = f"enter opens · / find · f {self._filter}{changes} · esc closes"
        self.show_keys(f"{message}   {keys}" if message else keys)
