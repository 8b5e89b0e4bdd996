"""The terminal that the screen is drawn on, which may go away at any moment."""

from __future__ import annotations

from contextlib import suppress
from typing import IO, TYPE_CHECKING, Any, cast

from textual.drivers.linux_driver import LinuxDriver

if TYPE_CHECKING:
    from textual.app import App


class TerminalDriver(LinuxDriver):
    """Textual's driver, with which a dropped line never holds up the program.

    Textual hands what is drawn to a thread through a short queue. A thread that a failed write has
    ended takes nothing from it, and whoever fills it waits for ever.
    """

    def __init__(
        self,
        app: App[object],
        *,
        debug: bool = False,
        mouse: bool = True,
        size: tuple[int, int] | None = None,
    ) -> None:
        super().__init__(app, debug=debug, mouse=mouse, size=size)
        self._file = cast("Any", _UntilItFails(cast("IO[str]", self._file)))

    def write(self, data: str) -> None:
        """Hand `data` to the terminal; drop it while the program has suspended its screen."""
        if self._writer_thread is not None and self._writer_thread.is_alive():
            super().write(data)

    def close(self) -> None:
        """End the thread that writes, where it has not ended yet."""
        if self._writer_thread is not None and self._writer_thread.is_alive():
            super().close()

    def _sigcont_application(self, *_: object) -> None:
        # The kernel continues whoever it tells of a hang-up. Only what was suspended is resumed:
        # Textual would start a second thread beside the first.
        if self._must_signal_resume:
            super()._sigcont_application()

    def run_input_thread(self) -> None:
        """Read keys until the end, or until there is no terminal to read from."""
        with suppress(OSError):
            super().run_input_thread()


class _UntilItFails:
    """A text file that takes everything, and passes it on as long as the real one takes it."""

    def __init__(self, file: IO[str]) -> None:
        self._file = file

    def write(self, text: str) -> None:
        with suppress(OSError):
            self._file.write(text)

    def flush(self) -> None:
        with suppress(OSError):
            self._file.flush()

    def fileno(self) -> int:
        return self._file.fileno()
