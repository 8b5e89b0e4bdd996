"""The application: themes, keys, palette, and the first screen."""

from __future__ import annotations

import gc
import os
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import ClassVar

from textual.app import SystemCommand
from textual.binding import BindingType
from textual.screen import Screen

from bbtui.ui import actions
from bbtui.ui.desk import Desk
from bbtui.ui.profile import NEAR, Profile, profile
from bbtui.ui.screens.main import MainScreen
from bbtui.ui.themed import ThemedApp, run_app

#: How long a thread may keep the interpreter, in s: with the default of 5 ms a reader's stamps are
#: late by as much whenever the screen is drawn.
SWITCH_INTERVAL_S = 0.0005
INTERRUPTED = 130


class BbtuiApp(ThemedApp[int]):
    """Shows a desk's comparison until the user leaves; returns the exit code."""

    CSS_PATH = "bbtui.tcss"
    ENABLE_COMMAND_PALETTE = True
    #: Also in dialogs and text boxes; the same id as the action's, so that both are remapped.
    BINDINGS: ClassVar[list[BindingType]] = [
        replace(actions.BY_ID["app.interrupt"].binding, action="interrupt", priority=True)
    ]

    def __init__(
        self,
        desk: Desk,
        *,
        profile: Profile = NEAR,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(desk.themes, desk.user_themes, desk.theme)
        self.desk = desk
        self._profile, self._clock = profile, clock
        if desk.keys:
            self.set_keymap(dict(desk.keys))

    def get_default_screen(self) -> Screen[None]:
        """The comparison at hand."""
        return MainScreen(self.desk, self.desk.comparison, profile=self._profile, clock=self._clock)

    @property
    def main(self) -> MainScreen | None:
        """The comparison, also while a dialog is in front of it; None while it is replaced."""
        bottom = self.screen_stack[0] if self.screen_stack else None
        return bottom if isinstance(bottom, MainScreen) else None

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
                    title = action.help[0].upper() + action.help[1:]
                    about = f"{action.id}   {actions.keys_shown(action.id, self.desk.keys)}"
                    yield SystemCommand(
                        title, about.rstrip(), lambda action=action: screen.do(action.id)
                    )
        yield SystemCommand("Choose a theme", "theme", self.action_change_theme)

    async def action_quit(self) -> None:
        """Leave by the same door as `q`, also from a dialog."""
        if self.main is not None:
            self.main.do("app.quit")

    def action_interrupt(self) -> None:
        """Do what ctrl+c does, also in a dialog."""
        if self.main is not None:
            self.main.do("app.interrupt")


def run_screen(desk: Desk) -> int:
    """Run the screen in this terminal until the user leaves; returns the exit code."""
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    return run_app(BbtuiApp(desk, profile=profile(os.environ)), INTERRUPTED) or 0
