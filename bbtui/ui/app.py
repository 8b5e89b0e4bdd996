"""The application: themes, keys, palette, and the first screen."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import ClassVar

from textual.app import App, SystemCommand
from textual.binding import BindingType
from textual.screen import Screen

from bbtui.ui import actions
from bbtui.ui.desk import Desk
from bbtui.ui.profile import NEAR, Profile, profile
from bbtui.ui.screens.main import MainScreen
from bbtui.ui.themes import load_themes

#: How long a thread may keep the interpreter, in s: with the default of 5 ms a reader's stamps are
#: late by as much whenever the screen is drawn.
SWITCH_INTERVAL_S = 0.0005
#: A dropped line, a request to end, an interrupt sent from elsewhere: leave in order.
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
INTERRUPTED = 130


class BbtuiApp(App[int]):
    """Shows a desk's comparison until the user leaves; returns the exit code."""

    CSS_PATH = "bbtui.tcss"
    TITLE = "bbtui"
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
        self._themes = load_themes(desk.themes, desk.user_themes)
        super().__init__()
        self.desk = desk
        self._profile, self._clock = profile, clock
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
        return MainScreen(self.desk, self.desk.comparison, profile=self._profile, clock=self._clock)

    @property
    def main(self) -> MainScreen | None:
        """The comparison, also while a dialog is in front of it; None while it is replaced."""
        bottom = self.screen_stack[0] if self.screen_stack else None
        return bottom if isinstance(bottom, MainScreen) else None

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

    def _fatal_error(self) -> None:
        """Close and print nothing: what went wrong is told by the one who started this."""
        self._close_messages_no_wait()

    async def run_until_left(self) -> int:
        """Run until the user leaves or a signal ends it; returns the exit code.

        Raises whatever brought the screen down.
        """
        loop = asyncio.get_running_loop()
        for number in SIGNALS:
            # A program started with nohup stays deaf to the hang-up.
            if signal.getsignal(number) is not signal.SIG_IGN:
                loop.add_signal_handler(number, self.exit, INTERRUPTED)
        code = await self.run_async()
        if self._exception is not None:
            raise self._exception
        return code or 0


def run_screen(desk: Desk) -> int:
    """Run the screen in this terminal until the user leaves; returns the exit code."""
    gc.disable()  # until the first paint: it only slows the start down
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    app = BbtuiApp(desk, profile=profile(os.environ))
    before = {number: signal.getsignal(number) for number in SIGNALS}
    try:
        return asyncio.run(app.run_until_left())
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
