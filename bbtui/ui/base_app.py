"""The base of both apps: themes, the terminal driver, and an orderly exit on signals."""

from __future__ import annotations

import asyncio
import signal
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from textual.app import App

from bbtui.ui.driver import TerminalDriver

if TYPE_CHECKING:
    from bbtui.ui.themes import LoadedThemes

T = TypeVar("T")

#: A dropped line, a request to end, an interrupt sent from elsewhere: exit in order.
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class BaseApp(App[T]):
    """An app that is shown in a theme of the program or of the user."""

    TITLE = "bbtui"

    _loaded: LoadedThemes | None = None
    _wanted = ""

    def __init__(self) -> None:
        super().__init__(driver_class=TerminalDriver)

    def apply_theme(self, themes: Path, user_themes: Path, wanted: str) -> None:
        """Load the themes of two folders and apply one of them, the default if it is missing.

        Themes that were skipped are notified once there is a screen.
        """
        from bbtui.ui.themes import load_themes  # not needed for the first paint

        self._loaded = loaded = load_themes(themes, user_themes)
        for theme in loaded.themes.values():
            self.register_theme(theme)
        self._wanted = wanted
        self.theme = loaded.pick(wanted).name
        if self.is_running:
            self._notify_theme_problems(loaded)

    def on_mount(self) -> None:
        """Notify the problems of themes that were loaded before there was a screen."""
        if self._loaded is not None:
            self._notify_theme_problems(self._loaded)

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """Return the endpoints' accents for themes without them; grey before there is a theme."""
        if self._loaded is None:
            return {f"endpoint-{number}": "ansi_bright_black" for number in range(1, 7)}
        return self._loaded.accents(self.current_theme)

    def _notify_theme_problems(self, loaded: LoadedThemes) -> None:
        for failure in loaded.failures:
            self.notify(
                "\n".join(failure.problems),
                title=f"theme skipped: {failure.source}",
                severity="warning",
                markup=False,
            )
        if self._wanted not in loaded.themes:
            self.notify(f"no theme named {self._wanted}; `bbtui themes` lists them", markup=False)

    def _fatal_error(self) -> None:
        """Close and print nothing: `run_until_exit` raises the exception."""
        self._close_messages_no_wait()

    def run_until_exit(self, on_signal: T) -> T | None:
        """Run in this terminal and return the app's result, `on_signal` if a signal ended it.

        Raise the exception that ended the app, if one did; restore the signal handlers.
        """
        handlers = {number: signal.getsignal(number) for number in SIGNALS}
        try:
            return asyncio.run(self._run_until_exit(on_signal))
        finally:
            for number, handler in handlers.items():
                signal.signal(number, handler)

    async def _run_until_exit(self, on_signal: T) -> T | None:
        loop = asyncio.get_running_loop()
        for number in SIGNALS:
            # A program started with nohup keeps ignoring the hang-up.
            if signal.getsignal(number) is not signal.SIG_IGN:
                loop.add_signal_handler(number, self.exit, on_signal)
        result = await self.run_async()
        if self._exception is not None:
            raise self._exception
        return result
