"""How an action is done, and what is said when it cannot be."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import TYPE_CHECKING

from bbtui.crashes import Crash, attempt
from bbtui.errors import BbtuiError
from bbtui.formatting.sanitize import clean_name
from bbtui.ui import actions

if TYPE_CHECKING:
    from bbtui.ui.action import Action
    from bbtui.ui.screens.main import MainScreen

#: Two ctrl+c within so many seconds quit at once.
INTERRUPT_WINDOW_S = 2.0


class Doing:
    """Does the actions of a main screen; a failure is told and the session goes on."""

    def __init__(self, main: MainScreen) -> None:
        self._main = main
        #: Whether an action that asks is on its way to its dialog.
        self.asking = False
        self._interrupted_at = -INTERRUPT_WINDOW_S

    def do(self, action_id: str) -> None:
        """Do an action by its id."""
        crash = attempt(lambda: self._begin(actions.BY_ID[action_id]))
        if isinstance(crash, Crash):
            self._main.tell_crash(crash)

    def _begin(self, action: Action) -> None:
        try:
            result = action.run(self._main)
        except BbtuiError as error:
            self.complain(error)
        else:
            if result is not None:
                self.asking = action.asks
                self.follow(result)

    def follow(self, result: Awaitable[None]) -> None:
        """Let go on what may ask on its way."""
        self._main.run_worker(self._finish(result), exit_on_error=False)

    async def _finish(self, result: Awaitable[None]) -> None:
        try:
            await result
        except BbtuiError as error:
            self.complain(error)
        finally:
            self.asking = False

    def complain(self, error: BbtuiError) -> None:
        """Something could not be done, and why."""
        title, hint = clean_name(error.message), clean_name(error.fix)
        self._main.notify(hint, title=title, severity="error", timeout=10, markup=False)

    def interrupted_again(self, now: float) -> bool:
        """Whether ctrl+c was pressed twice within two seconds; `now` is in seconds."""
        again = now - self._interrupted_at < INTERRUPT_WINDOW_S
        self._interrupted_at = now
        return again
