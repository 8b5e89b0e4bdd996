"""An application in this program's themes, which a signal ends in order."""

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

#: A dropped line, a request to end, an interrupt sent from elsewhere: leave in order.
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class BaseApp(App[T]):
    """Shows itself in a theme of two folders, from when it is told to wear one."""

    TITLE = "bbtui"

    _loaded: LoadedThemes | None = None
    _wanted = ""

    def __init__(self) -> None:
        super().__init__(driver_class=TerminalDriver)

    def wear(self, themes: Path, user_themes: Path, wanted: str) -> None:
        """Take the themes of two folders, and show itself in one; the default if it is missing.

        What was skipped is told in passing, once the screen can show it.
        """
        from bbtui.ui.themes import load_themes  # what reads them is not needed to paint

        self._loaded = loaded = load_themes(themes, user_themes)
        for one in loaded.themes.values():
            self.register_theme(one)
        self._wanted = wanted
        self.theme = loaded.pick(wanted).name
        if self.is_running:
            self._tell_of_themes(loaded)

    def on_mount(self) -> None:
        """Name what was skipped of themes put on before there was a screen."""
        if self._loaded is not None:
            self._tell_of_themes(self._loaded)

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """The endpoints' accents, for themes that bring none; grey before there is a theme."""
        if self._loaded is None:
            return {f"endpoint-{number}": "ansi_bright_black" for number in range(1, 7)}
        return self._loaded.accents(self.current_theme)

    def _tell_of_themes(self, loaded: LoadedThemes) -> None:
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
        """Close and print nothing: what went wrong is told by the one who started this."""
        self._close_messages_no_wait()

    async def run_until_left(self, signalled: T) -> T | None:
        """Run until the user leaves; a signal ends it with the result `signalled`.

        Raises whatever brought the screen down.
        """
        loop = asyncio.get_running_loop()
        for number in SIGNALS:
            # A program started with nohup stays deaf to the hang-up.
            if signal.getsignal(number) is not signal.SIG_IGN:
                loop.add_signal_handler(number, self.exit, signalled)
        result = await self.run_async()
        if self._exception is not None:
            raise self._exception
        return result


def run_until_exit(app: BaseApp[T], signalled: T) -> T | None:
    """Run an application in this terminal until the user leaves, and put the signals back."""
    before = {number: signal.getsignal(number) for number in SIGNALS}
    try:
        return asyncio.run(app.run_until_left(signalled))
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
