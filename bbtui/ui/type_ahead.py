"""What is typed while a dialog opens: kept until the dialog is open, then typed into it."""

from __future__ import annotations

from textual import events
from textual.app import App
from textual.screen import Screen


class TypeAhead:
    """The keys and pastes that come between an action that asks and its dialog."""

    def __init__(self) -> None:
        self.opening = False
        """Whether an action that asks runs: its dialog, or a further one, is still to open."""
        self._typed: list[events.Key | events.Paste] = []

    def keep(self, event: events.Key | events.Paste) -> bool:
        """Keep a key or a paste for the dialog that opens; return False if none does.

        An interrupt is none of a dialog's keys.
        """
        if not self.opening or (isinstance(event, events.Key) and event.key.startswith("ctrl+")):
            return False
        self._typed.append(event)
        return True

    def end(self) -> None:
        """Keep nothing more; what was meant for a dialog that did not open does nothing."""
        self.opening = False
        self._typed.clear()

    def replay(self, app: App[int], dialog: Screen[object]) -> None:
        """Give a dialog what was typed while it opened, until that has answered it."""
        if not self._typed or app.screen is not dialog or getattr(dialog, "answered", False):
            return
        event = self._typed.pop(0)
        if isinstance(event, events.Key):
            app.post_message(events.Key(event.key, event.character))
        else:
            app.post_message(events.Paste(event.text))
        # The next one once this one has been through the queues of the app and of what it is for.
        app.call_later(lambda: (app.focused or dialog).call_later(self.replay, app, dialog))
