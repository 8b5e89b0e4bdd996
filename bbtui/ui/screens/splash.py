"""The first frame: it stands while the session behind it is opened."""

from __future__ import annotations

from typing import Any

from textual.app import ComposeResult
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Static


class SplashScreen(Screen[None]):
    """Says what is going on; nothing that takes time to load is needed for it."""

    def compose(self) -> ComposeResult:
        """The name, and what it does."""
        yield Static(Content.assemble(" ", ("bbtui", "bold"), "  opening the session …"))


def replace_screen(old: Screen[Any], new: Screen[Any]) -> None:
    """Show `new` in the place of `old`, which must be the one in front."""
    if not old._result_callbacks:
        # Textual 8.2 takes one from the screen it replaces, and gave the first screen none.
        old._push_result_callback(old.app, None)
    old.app.switch_screen(new)
