"""The app of a first start: the set-up screen, which writes a configuration."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.screen import Screen

from bbtui.domain.candidate import Selection
from bbtui.engine.discovery import Discovery
from bbtui.ui.base_app import BaseApp
from bbtui.ui.screens.setup import SetupResult, SetupScreen


@dataclass(frozen=True, slots=True)
class SetupContext:
    """What the set-up app is given."""

    discovery: Discovery
    save: Callable[[Sequence[Selection], Sequence[str]], None]
    """Writes the selected models with their labels to `path`; may raise BbtuiError."""
    require_demo: Callable[[], None]
    """Raises BbtuiError, with the command that installs it, where there is no demo."""
    path: Path
    """The configuration file."""
    themes: Path
    """Folder of the program's themes."""
    user_themes: Path
    """Folder of the user's themes."""
    theme: str = "big-brain"


class SetupApp(BaseApp[SetupResult]):
    """Shows the set-up screen until a configuration is saved or the user quits."""

    CSS_PATH = ["bbtui.tcss", "setup.tcss"]  # noqa: RUF012 - declared in Textual's App
    ENABLE_COMMAND_PALETTE = False
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+c", "quit", show=False, priority=True),
    ]

    def __init__(self, setup: SetupContext) -> None:
        super().__init__()
        self.apply_theme(setup.themes, setup.user_themes, setup.theme)
        self.setup = setup

    def get_default_screen(self) -> Screen[None]:
        """Return the set-up screen."""
        setup = self.setup
        return SetupScreen(setup.discovery, setup.save, setup.require_demo, setup.path)

    def on_setup_screen_done(self, event: SetupScreen.Done) -> None:
        """Exit with the result of the screen."""
        self.exit(event.result)

    async def action_quit(self) -> None:
        """Quit without writing anything."""
        self.exit("left")


def run_setup(setup: SetupContext) -> SetupResult:
    """Run the set-up screen in this terminal and return its result."""
    return SetupApp(setup).run_until_exit("interrupted") or "left"
