"""The application of a first start: one screen that leads to a configuration."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.screen import Screen

from bbtui.domain.candidate import Selection
from bbtui.engine.discovery import Discovery
from bbtui.ui.base_app import BaseApp, run_until_exit
from bbtui.ui.screens.setup import Outcome, SetupScreen


@dataclass(frozen=True, slots=True)
class SetupContext:
    """What the set-up screen needs and does not make itself.

    `save` writes the picks with their labels to `path` and raises `BbtuiError`; `require_demo`
    raises it, with the command that helps, where the demo is not installed. `themes` and
    `user_themes` are folders.
    """

    discovery: Discovery
    save: Callable[[Sequence[Selection], Sequence[str]], None]
    require_demo: Callable[[], None]
    path: Path
    themes: Path
    user_themes: Path
    theme: str = "big-brain"


class SetupApp(BaseApp[Outcome]):
    """Shows the set-up screen until something is saved or the user leaves."""

    CSS_PATH = ["bbtui.tcss", "setup.tcss"]  # noqa: RUF012 - declared in Textual's App
    ENABLE_COMMAND_PALETTE = False
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+c", "quit", show=False, priority=True),
    ]

    def __init__(self, setup: SetupContext) -> None:
        super().__init__()
        self.wear(setup.themes, setup.user_themes, setup.theme)
        self.setup = setup

    def get_default_screen(self) -> Screen[None]:
        """The set-up screen."""
        setup = self.setup
        return SetupScreen(setup.discovery, setup.save, setup.require_demo, setup.path)

    def on_setup_screen_done(self, event: SetupScreen.Done) -> None:
        """Go on with what was decided."""
        self.exit(event.outcome)

    async def action_quit(self) -> None:
        """Leave without writing anything."""
        self.exit("left")


def run_setup(setup: SetupContext) -> Outcome:
    """Run the set-up screen in this terminal; returns what was decided."""
    return run_until_exit(SetupApp(setup), "interrupted") or "left"
