"""What is typed while a dialog opens: kept until the dialog is ready, then typed into it."""

from __future__ import annotations

from typing import Any

from textual import events
from textual.app import App
from textual.screen import Screen


class TypeAhead:
    """The keys and pastes that come between an action that asks and its dialog."""

    def __init__(self) -> None:
        self.opening = False
        """Whether an action that asks runs: its dialog, or a further one, is still to open."""
        self._typed: list[events.Key | events.Paste] = []
        self._dialog: Screen[Any] | None = None
        """The dialog that is to get what was typed: until then it may have no focus."""
        self._given: events.Key | events.Paste | None = None
        """The last one it was given."""

    def keep(self, event: events.Key | events.Paste) -> bool:
        """Keep a key or a paste for the dialog that opens; return False if none does."""
        return self.opening and self._keep(event)

    def keep_in_order(self, event: events.Key | events.Paste, front: Screen[Any]) -> bool:
        """Keep what comes before the dialog in front has got all that was typed before it."""
        return front is self._dialog and event is not self._given and self._keep(event)

    def _keep(self, event: events.Key | events.Paste) -> bool:
        if isinstance(event, events.Key) and event.key.startswith("ctrl+"):
            return False  # such as an interrupt: none of a dialog's keys
        self._typed.append(event)
        return True

    def end(self) -> None:
        """Keep nothing more; what was meant for a dialog that did not open does nothing."""
        self.opening = False
        if self._dialog is None:
            self._typed.clear()

    def give(self, app: App[int], dialog: Screen[Any]) -> None:
        """Give a dialog that was just opened what is typed until it is ready."""
        self._dialog = dialog
        dialog.call_after_refresh(self._give_next, app, dialog)

    def _give_next(self, app: App[int], dialog: Screen[Any]) -> None:
        if not self._typed or app.screen is not dialog or getattr(dialog, "answered", False):
            self._dialog = None
            return
        event = self._typed.pop(0)
        if isinstance(event, events.Key):
            self._given = events.Key(event.key, event.character)
        else:
            self._given = events.Paste(event.text)
        app.post_message(self._given)
        # The next one once this one has been through the queues of the app and of what it is for.
        app.call_later(lambda: (app.focused or dialog).call_later(self._give_next, app, dialog))
