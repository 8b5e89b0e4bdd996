"""The application: themes, keys, palette, and the first screen."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterable
from typing import ClassVar

from textual.app import App, SystemCommand
from textual.binding import BindingType
from textual.screen import Screen

from bbtui.ui import actions
from bbtui.ui.desk import Desk
from bbtui.ui.screens.main import MainScreen
from bbtui.ui.themes import load_themes

#: How long a thread may keep the interpreter, in s: with the default of 5 ms a reader's stamps are
#: late by as much whenever the screen is drawn.
SWITCH_INTERVAL_S = 0.0005


class BbtuiApp(App[int]):
    """Shows a desk's comparison until the user leaves; returns the exit code."""

    CSS_PATH = "bbtui.tcss"
    TITLE = "bbtui"
    ENABLE_COMMAND_PALETTE = True
    BINDINGS: ClassVar[list[BindingType]] = []

    def __init__(self, desk: Desk) -> None:
        self._themes = load_themes(desk.themes, desk.user_themes)
        super().__init__()
        self.desk = desk
        for theme in self._themes.themes.values():
            self.register_theme(theme)
        self.theme = self._themes.pick(desk.theme).name
        if desk.keys:
            self.set_keymap(dict(desk.keys))

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """The endpoints' accents, for themes that bring none."""
        return self._themes.accents(self.current_theme)

    def get_default_screen(self) -> Screen[None]:
        """The comparison at hand."""
        return MainScreen(self.desk, self.desk.comparison)

    def on_mount(self) -> None:
        """Name the themes that were skipped."""
        for failure in self._themes.failures:
            self.notify(
                "\n".join(failure.problems),
                title=f"theme skipped: {failure.source}",
                severity="warning",
                markup=False,
            )
        if self.desk.theme not in self._themes.themes:
            self.notify(
                f"no theme named {self.desk.theme}; `bbtui themes` lists them", markup=False
            )

    def on_ready(self) -> None:
        """After the first paint: set garbage aside, so that collecting it never stops a reader."""
        gc.collect()
        gc.freeze()
        gc.enable()

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """Every action by name, and the choice of a theme."""
        if isinstance(screen, MainScreen):
            for action in actions.ACTIONS:
                if action.possible(screen):
                    key = f"   {action.shown}" if action.shown else ""
                    title = action.help[0].upper() + action.help[1:]
                    yield SystemCommand(
                        title, f"{action.id}{key}", lambda action=action: screen.do(action.id)
                    )
        yield SystemCommand("Choose a theme", "theme", self.action_change_theme)

    async def action_quit(self) -> None:
        """Leave by the same door as `q`."""
        if isinstance(self.screen, MainScreen):
            self.screen.do("app.quit")


def run_screen(desk: Desk) -> int:
    """Run the screen in this terminal until the user leaves; returns the exit code."""
    gc.disable()  # until the first paint: it only slows the start down
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    return BbtuiApp(desk).run() or 0
