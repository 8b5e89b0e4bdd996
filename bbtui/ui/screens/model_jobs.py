"""What is done to the models of one server from its sheet, one thing at a time.

What would disturb an answer is asked about first; how a thing ended is told, also where the sheet
has been closed meanwhile.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from textual.app import App

from bbtui.clients.connection import Connection
from bbtui.engine.comparison import Comparison
from bbtui.engine.jobs import Job
from bbtui.ui.screens.dialog import LOOK_S, Dialog
from bbtui.ui.screens.prompts import ChoicePrompt
from bbtui.ui.widgets.job_line import JobLine, outcome


class ModelJobs:
    """What is under way at a connection's server, for the sheet that shows it in its `line`.

    `changed` is called when the server may have other models than before, `tell` with what there
    is to tell once the sheet is closed. What is async runs in a worker of the sheet, and ends with
    it; a chore that was begun goes on.
    """

    def __init__(
        self,
        app: App[Any],
        comparison: Comparison,
        connection: Connection,
        line: JobLine,
        *,
        changed: Callable[[], None],
        tell: Callable[[str], None],
    ) -> None:
        self._app, self._comparison, self._connection = app, comparison, connection
        self.changed, self._tell = changed, tell
        self._server = connection.endpoint.configured
        self.line = line
        self.chore = comparison.jobs.running(self._server)
        #: What only asks: it ends when the sheet closes.
        self._asking: Job[object] | None = None
        self._closed = False

    @property
    def goes_on(self) -> bool:
        """Whether what is under way goes on when the sheet is closed."""
        return self.chore is not self._asking

    def close(self) -> None:
        """Tell of what is under way elsewhere from now on."""
        self._closed = True

    def look(self) -> None:
        """Show how far it is, or how it ended."""
        if self.chore is not None and self.chore.ended:
            self.line.say(*outcome(self.chore))
            self.chore = None
            self.changed()
        self.line.show(self.chore)

    async def ask(self, dialog: Dialog[str | None]) -> str | None:
        """What the user answers; None where they thought better of it."""
        return await self._app.push_screen_wait(dialog)

    async def may_begin(self, what: str) -> bool:
        """Whether the server is free for it; asks where an answer is being written there."""
        if self.chore is not None:
            self.line.say(f"{self.chore.title}: one thing at a time")
            return False
        machine = self._connection.machine
        links = (
            self._comparison.hosts.connection(cell.endpoint)
            for cell in self._comparison.queue.live_answers
        )
        if not any(link is not None and link.machine == machine for link in links):
            return True
        question = f"this machine is answering; {what} meanwhile would change the figures"
        return (
            await self.ask(ChoicePrompt(question, {"y": "do it all the same", "n": "not now"}))
            == "y"
        )

    async def begin(self, what: str, do: Callable[[Job[object]], object]) -> None:
        """Do something to the server's models, unless it would disturb an answer."""
        if await self.may_begin(what):
            self.start(what, do)

    def start(self, what: str, do: Callable[[Job[object]], object]) -> None:
        """Do it at once, unless something is under way at the server."""
        self._start(Job(what, do, self._over))

    async def measure(
        self, what: str, do: Callable[[Job[object]], object], closed: str
    ) -> Job[object] | None:
        """Wait for what only asks; None where it was not told. `closed` is said if this closes."""
        chore = Job(what, do)
        if not self._start(chore):
            return None
        self._asking = chore
        try:
            while not chore.ended:
                await asyncio.sleep(LOOK_S)
        except asyncio.CancelledError:
            chore.cancel()
            self._tell_elsewhere(closed)
            raise
        if chore.cancelled or chore.failure is not None:
            return None
        self.chore = None
        return chore

    def _start(self, chore: Job[object]) -> bool:
        begun = self._comparison.jobs.start(self._server, chore)
        self.chore = chore if begun else self.chore
        self.line.say("" if begun else "something is under way there: one thing at a time")
        return begun

    def _over(self, chore: Job[object]) -> None:
        """Tell how a chore ended, where the sheet has been closed; called in the chore's thread."""
        if self._closed:
            words, hint, _ = outcome(chore)
            self._tell_elsewhere(f"{words} · {hint}" if hint else words)

    def _tell_elsewhere(self, words: str) -> None:
        """Tell where the sheet has been closed; callable from any thread."""
        if self._app.is_running:
            self._app.call_later(self._tell, words)
