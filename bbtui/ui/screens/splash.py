"""The first frame, shown while the session is opened."""

from __future__ import annotations

from typing import Any

from textual.app import ComposeResult
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Static


class SplashScreen(Screen[None]):
    """Shows that the session is being opened; imports nothing that takes time."""

    def compose(self) -> ComposeResult:
        """Yield the name and the current step."""
        yield Static(Content.assemble(" ", ("bbtui", "bold"), "  opening the session …"))


def replace_screen(old: Screen[Any], new: Screen[Any]) -> None:
    """Replace `old`, which must be the active screen, with `new`."""
    if not old._result_callbacks:
        # Textual 8.2 pops one from the screen it replaces, and gave the first screen none.
        old._push_result_callback(old.app, None)
    old.app.switch_screen(new)
