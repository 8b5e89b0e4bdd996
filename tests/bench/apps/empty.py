"""What every start is compared with: a Textual application with one line of text."""

from __future__ import annotations

from textual.app import App, ComposeResult
from textual.widgets import Static


class EmptyApp(App[None]):
    """One line."""

    def compose(self) -> ComposeResult:
        yield Static("painted")


if __name__ == "__main__":
    EmptyApp().run()
