"""The application: themes, keys, palette, and the first screen."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, cast

from textual import events
from textual.app import SystemCommand
from textual.binding import Binding, BindingType
from textual.screen import Screen

from bbtui.errors import INTERRUPTED
from bbtui.ui.base_app import BaseApp
from bbtui.ui.garbage_collection import exempt_from_collection
from bbtui.ui.screens.splash import SplashScreen, replace_screen
from bbtui.ui.ssh import NEAR, RefreshRate, refresh_rate

if TYPE_CHECKING:
    from bbtui.ui.screens.main import MainScreen
    from bbtui.ui.workspace import Workspace

#: How long a thread may keep the interpreter, in s: with the default of 5 ms a reader's stamps are
#: late by as much whenever the screen is drawn.
SWITCH_INTERVAL_S = 0.0005

#: The style sheet of the main screen and its dialogs.
CSS_PATH = Path(__file__).with_name("bbtui.tcss")

#: How long after its first frame the main screen is exempted from garbage collection, in s: a
#: collection would stop the thread that writes the frame.
EXEMPT_AFTER_S = 0.3


class BbtuiApp(BaseApp[int]):
    """Shows a comparison until the user leaves; returns the exit code.

    The workspace is opened once the first frame is on the terminal: what it needs to read, connect
    and store is imported after that.
    """

    ENABLE_COMMAND_PALETTE = True
    #: Also in dialogs and text boxes; the id is that of the action, so that both are remapped.
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+c", "interrupt", show=False, priority=True, id="app.interrupt")
    ]

    def __init__(
        self,
        open_workspace: Callable[[], Workspace],
        *,
        rate: RefreshRate = NEAR,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__()
        self._open_workspace = open_workspace
        self._rate, self._clock = rate, clock

    def get_default_screen(self) -> Screen[None]:
        """Return the screen shown before the comparison."""
        return SplashScreen()

    def on_ready(self) -> None:
        """Open the workspace behind the first frame, which the terminal has been sent."""
        from bbtui.ui.screens.main import MainScreen

        workspace = self._open_workspace()
        self.stylesheet.read(CSS_PATH)  # not needed by the first frame
        self.apply_theme(workspace.themes, workspace.user_themes, workspace.theme)
        if workspace.keys:
            self.set_keymap(dict(workspace.keys))
        main = MainScreen(workspace, workspace.comparison, rate=self._rate, clock=self._clock)
        replace_screen(self.screen, main)
        main.call_after_refresh(main.set_timer, EXEMPT_AFTER_S, exempt_from_collection)

    async def on_event(self, event: events.Event) -> None:
        """Keep what is typed while a dialog opens for that dialog.

        Keys and the mouse end a pause in the time of a judgement.
        """
        main = self.main
        if main is not None and isinstance(event, events.InputEvent):
            main.comparison.judging_clock.note_activity()
        if (
            main is not None
            and isinstance(event, events.Key | events.Paste)
            and main.keeps(event, self.screen)
        ):
            return
        await super().on_event(event)

    @property
    def main(self) -> MainScreen | None:
        """The main screen, also below a dialog; None before it is open."""
        bottom = self.screen_stack[0] if self.screen_stack else None
        return None if isinstance(bottom, SplashScreen | None) else cast("MainScreen", bottom)

    def watch_app_focus(self, focused: bool) -> None:
        """Check the hosts less often while the terminal is in the background."""
        # Not watched by the screen: the app would keep every one that has ever watched it.
        if self.main is not None:
            self.main.comparison.hosts.set_focused(focused)

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """Return every action by name, and the choice of a theme."""
        main = self.main
        if main is not None and main is screen:
            from bbtui.ui.available import palette

            for action_id, title, about in palette(main):
                yield SystemCommand(title, about, partial(main.do, action_id))
        yield SystemCommand("Choose a theme", "theme", self.action_change_theme)

    async def action_quit(self) -> None:
        """Do what the key of `app.quit` does, also in a dialog."""
        if self.main is None:
            self.exit(0)
        else:
            self.main.do("app.quit")

    def action_interrupt(self) -> None:
        """Do what the key of `app.interrupt` does, also in a dialog."""
        if self.main is None:
            self.exit(INTERRUPTED)
        else:
            self.main.do("app.interrupt")


def run_screen(open_workspace: Callable[[], Workspace]) -> int:
    """Run the screen in this terminal until the user leaves; return the exit code.

    `open_workspace` is called once the first frame is painted; what it raises is raised here.
    """
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    app = BbtuiApp(open_workspace, rate=refresh_rate(os.environ))
    return app.run_until_exit(INTERRUPTED) or 0
