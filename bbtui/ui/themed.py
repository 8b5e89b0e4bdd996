"""An application in this program's themes, which a signal ends in order."""

from __future__ import annotations

import asyncio
import signal
from pathlib import Path
from typing import TypeVar

from textual.app import App

from bbtui.ui.themes import load_themes

T = TypeVar("T")

#: A dropped line, a request to end, an interrupt sent from elsewhere: leave in order.
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class ThemedApp(App[T]):
    """Shows itself in a theme of two folders; names the themes that were skipped."""

    TITLE = "bbtui"

    def __init__(self, themes: Path, user_themes: Path, theme: str) -> None:
        self._themes = load_themes(themes, user_themes)
        super().__init__()
        self._wanted_theme = theme
        for one in self._themes.themes.values():
            self.register_theme(one)
        self.theme = self._themes.pick(theme).name

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """The endpoints' accents, for themes that bring none."""
        return self._themes.accents(self.current_theme)

    def on_mount(self) -> None:
        """Name the themes that were skipped."""
        for failure in self._themes.failures:
            self.notify(
                "\n".join(failure.problems),
                title=f"theme skipped: {failure.source}",
                severity="warning",
                markup=False,
            )
        if self._wanted_theme not in self._themes.themes:
            self.notify(
                f"no theme named {self._wanted_theme}; `bbtui themes` lists them", markup=False
            )

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


def run_app(app: ThemedApp[T], signalled: T) -> T | None:
    """Run an application in this terminal until the user leaves, and put the signals back."""
    before = {number: signal.getsignal(number) for number in SIGNALS}
    try:
        return asyncio.run(app.run_until_left(signalled))
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
