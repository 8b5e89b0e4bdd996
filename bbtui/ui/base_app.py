"""The base of both apps: themes, the terminal driver, and an orderly exit on signals."""

from __future__ import annotations

import asyncio
import os
import select
import signal
import time
from contextlib import suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, TypeVar, cast

from textual import events
from textual.app import App
from textual.drivers.linux_driver import LinuxDriver
from textual.geometry import Size

from bbtui.ui.terminal_input import TerminalInput

if TYPE_CHECKING:
    from bbtui.ui.themes import LoadedThemes

T = TypeVar("T")
#: A dropped line, a request to end, an interrupt sent from elsewhere: exit in order.
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


#: How long the input thread waits at most before it looks whether it is to end, in s.
_INPUT_WAIT_S = 0.1
_READ_SIZE = 4096


class TerminalDriver(LinuxDriver):
    """Textual's driver with an input of its own, and without its deadlock on a dropped line.

    Textual passes its output to a thread through a short queue. Once a failed write has ended that
    thread, the queue fills up and the program blocks.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._file = cast("Any", _IgnoringErrors(cast("IO[str]", self._file)))

    def start_application_mode(self) -> None:
        """Take the terminal over, and read each new size of it in the event loop.

        Textual reads it in a signal handler. There the next signal can come between the reading of
        a size and its message: then the older size is the last one, and stays.
        """
        cast("Any", super()).start_application_mode()  # has no types
        asyncio.get_running_loop().add_signal_handler(signal.SIGWINCH, self._send_size)

    def _send_size(self) -> None:
        if not self._in_band_window_resize:
            size = Size(*self._get_terminal_size())
            self._app.post_message(events.Resize(size, size))

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

    def _run_input_thread(self) -> None:
        try:
            self.run_input_thread()
        except Exception as error:  # noqa: BLE001 - the top of a thread
            self._app.call_later(cast("BaseApp[Any]", self._app).crash, error)

    def run_input_thread(self) -> None:
        """Read keys until the app ends; exit when the terminal is closed.

        No key could end the app then, and SIGHUP may not: the kernel sends none where the terminal
        is not the controlling one, and the program may ignore it.
        """
        with suppress(OSError):
            self._read_until_end()
        if not self.exit_event.is_set():
            self._app.call_later(cast("BaseApp[Any]", self._app).exit_without_terminal)

    def _read_until_end(self) -> None:
        terminal, descriptor = TerminalInput(), self.fileno
        while not self.exit_event.is_set():
            wait_s = min(_INPUT_WAIT_S, terminal.waiting_s or _INPUT_WAIT_S)
            if select.select([descriptor], [], [], wait_s)[0]:
                try:
                    data = os.read(descriptor, _READ_SIZE)
                except BlockingIOError:  # another program on the terminal has read it
                    continue
                if not data:
                    return
                messages = terminal.feed(data, time.monotonic())
            else:
                messages = terminal.tick(time.monotonic())
            for message in messages:
                self.process_message(message)


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


class BaseApp(App[T]):
    """An app that is shown in a theme of the program or of the user."""

    TITLE = "bbtui"

    _loaded: LoadedThemes | None = None
    _variables: dict[str, str] | None = None
    _wanted = ""
    _on_signal: T | None = None

    def __init__(self) -> None:
        super().__init__(driver_class=TerminalDriver)
        if self.console.color_system == "standard":
            self._mount_in_theme("ansi-dark")  # the first frame has no background either

    def apply_theme(self, themes: Path, user_themes: Path, wanted: str) -> None:
        """Load the themes of two folders; show what is mounted from now on in one of them.

        It is the default theme if the wanted one is missing. Themes that were skipped are notified
        once there is a screen.
        """
        from bbtui.ui.themes import load_themes  # not needed for the first paint

        self._loaded = loaded = load_themes(themes, user_themes)
        for theme in loaded.for_terminal(self.console.color_system):
            self.register_theme(theme)
        self._wanted = wanted
        self._mount_in_theme(loaded.pick(wanted).name)
        if self.is_running:
            self._notify_theme_problems(loaded)

    def _mount_in_theme(self, name: str) -> None:
        self.theme = name
        self._variables = self.get_css_variables()
        self.stylesheet.set_variables(self._variables)
        if self.is_running:
            self.stylesheet.parse()
            self.stylesheet.apply(self)

    def refresh_css(self, animate: bool = True) -> None:
        """Parse the style sheets for another theme, unless that was done before it was shown."""
        variables, self._variables = self._variables, None
        if variables is None or variables != self.get_css_variables():
            super().refresh_css(animate)

    def on_mount(self) -> None:
        """Notify the problems of themes that were loaded before there was a screen."""
        if self._loaded is not None:
            self._notify_theme_problems(self._loaded)

    def on_resize(self) -> None:
        """Draw all of the screen again, also for the size it had.

        A terminal that is resized and back changes what it shows, and Textual may see one size.
        """
        if self.screen_stack:
            self.screen.refresh()

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """Return the endpoints' accents for themes without them; grey before there is a theme."""
        if self._loaded is None:
            return {f"endpoint-{number}": "ansi_bright_black" for number in range(1, 7)}
        return self._loaded.accents(self.current_theme)

    def _notify_theme_problems(self, loaded: LoadedThemes) -> None:
        for failure in loaded.failures:
            title, problems = f"theme skipped: {failure.source}", "\n".join(failure.problems)
            self.notify(problems, title=title, severity="warning", markup=False)
        if self._wanted not in loaded.themes:
            self.notify(f"no theme named {self._wanted}; `bbtui themes` lists them", markup=False)

    def crash(self, error: Exception) -> None:
        """End the app because of an exception that no code expected; `run_until_exit` raises it."""
        self._handle_exception(error)

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

    def exit_without_terminal(self) -> None:
        """Exit as on SIGHUP."""
        self.exit(self._on_signal)

    async def _run_until_exit(self, on_signal: T) -> T | None:
        self._on_signal = on_signal
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(self._on_lost_exception)
        for number in SIGNALS:
            # A signal that was ignored at the start, as by nohup, stays ignored.
            if signal.getsignal(number) is not signal.SIG_IGN:
                loop.add_signal_handler(number, self.exit, on_signal)
        result = await self.run_async()
        if self._exception is not None:
            raise self._exception
        return result

    def _on_lost_exception(self, loop: asyncio.AbstractEventLoop, about: dict[str, Any]) -> None:
        """Crash by an exception that asyncio would print over the screen."""
        error = about.get("exception")
        if isinstance(error, Exception):
            self.crash(error)
        else:
            loop.default_exception_handler(about)
