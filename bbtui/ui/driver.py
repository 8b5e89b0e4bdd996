"""The terminal driver, which survives the loss of its terminal."""

from __future__ import annotations

from contextlib import suppress
from typing import IO, TYPE_CHECKING, Any, cast

from textual.drivers.linux_driver import LinuxDriver

if TYPE_CHECKING:
    from textual.app import App


class TerminalDriver(LinuxDriver):
    """Textual's driver, without its deadlock on a dropped line.

    Textual passes its output to a thread through a short queue. Once a failed write has ended that
    thread, the queue fills up and the program blocks.
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
        self._file = cast("Any", _IgnoringErrors(cast("IO[str]", self._file)))

    def write(self, data: str) -> None:
        """Write `data` to the terminal; drop it while the screen is suspended."""
        if self._writer_thread is not None and self._writer_thread.is_alive():
            super().write(data)

    def close(self) -> None:
        """End the writer thread, unless it has ended already."""
        if self._writer_thread is not None and self._writer_thread.is_alive():
            super().close()

    def _sigcont_application(self, *_: object) -> None:
        # The kernel sends SIGCONT with every hang-up. Resume only what was suspended: Textual would
        # start a second thread beside the first.
        if self._must_signal_resume:
            super()._sigcont_application()

    def run_input_thread(self) -> None:
        """Read keys until the app ends or the terminal is gone."""
        with suppress(OSError):
            super().run_input_thread()


class _IgnoringErrors:
    """A text file whose writes are dropped once the real one fails."""

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
