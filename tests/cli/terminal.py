"""bbtui in a pseudo-terminal."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import struct
import subprocess
import sys
import termios
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import pyte

from tests.cli.preloaded import Preloaded
from tests.cli.program import Program
from tests.waiting import wait_until

#: The child makes the terminal its own, as a shell's child has it, then becomes the program.
_BECOME = (
    "import fcntl, os, sys, termios\n"
    "os.setsid()\n"
    "fcntl.ioctl(1, termios.TIOCSCTTY, 0)\n"
    "os.execv(sys.executable, [sys.executable, '-m', *sys.argv[1:]])\n"
)


class Terminal:
    """A terminal of 120×36 with a program in it."""

    def __init__(
        self, master: int, process: subprocess.Popen[bytes] | Preloaded, found: list[object]
    ) -> None:
        self.process = process
        self.found = found
        """The settings (termios) that the program found."""
        self.raw = b""
        self.read_at = 0.0
        """When the last bytes were read (`time.monotonic`)."""
        self._master = master
        self._hung_up = threading.Event()
        self._screen = pyte.Screen(120, 36)
        self._stream = pyte.ByteStream(self._screen)
        #: How many bytes are drawn: only when someone looks, so that the program is not held up.
        self._drawn = 0
        self._text: str | None = None
        """The text on the screen; None once that may be another one."""
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    @property
    def text(self) -> str:
        """The text on the screen."""
        self._draw()
        if self._text is None:
            self._text = "\n".join(self._screen.display)
        return self._text

    def shows(self, words: str) -> None:
        """Wait until the screen shows this text; fail with the screen."""
        try:
            wait_until(lambda: words in self.text)
        except AssertionError:
            raise AssertionError(f"no {words!r} on the screen:\n{self.text}") from None

    def press(self, keys: str) -> None:
        """Type."""
        self.send(keys.encode())

    def send(self, data: bytes) -> None:
        """Send what no keyboard does."""
        os.write(self._master, data)

    def resize(self, columns: int, rows: int) -> None:
        """Resize the terminal and notify the program."""
        self._draw()
        self._screen.resize(rows, columns)
        self._text = None
        size = struct.pack("HHHH", rows, columns, 0, 0)
        fcntl.ioctl(self._master, termios.TIOCSWINSZ, size)

    @property
    def size(self) -> tuple[int, int]:
        """The columns and rows that the kernel knows; a program may have set them."""
        size = fcntl.ioctl(self._master, termios.TIOCGWINSZ, b"\0" * 8)
        rows, columns, *_ = struct.unpack("HHHH", size)
        return columns, rows

    def hang_up(self) -> None:
        """Disconnect the terminal: the kernel sends a hang-up."""
        if not self._hung_up.is_set():
            self._hung_up.set()
            self._thread.join(60)
            os.close(self._master)

    @property
    def attributes(self) -> list[object]:
        """The settings of the terminal (termios)."""
        return termios.tcgetattr(self._master)

    def ended(self) -> int:
        """Wait for the end of the program, and return its exit code."""
        code = self.process.wait(60)
        self._thread.join(60)
        return code

    def _read(self) -> None:
        while not self._hung_up.is_set():
            if not select.select([self._master], [], [], 0.05)[0]:
                continue
            try:
                data = os.read(self._master, 65536)
            except OSError:  # of Linux, when the last program has left the terminal
                return
            if not data:
                return
            self.read_at = time.monotonic()
            self.raw += data

    def _draw(self) -> None:
        """Draw what was read since the last look."""
        data = self.raw[self._drawn :]
        if not data:
            return
        self._drawn += len(data)
        self._text = None
        # Not known to pyte, and nothing that could be seen.
        self._stream.feed(data.replace(b"\x1b[<u", b"").replace(b"\x1b[>1u", b""))


@contextmanager
def in_terminal(
    program: Program,
    *words: object,
    stdin: bool = True,
    stderr: int | None = None,
    become: str = _BECOME,
    launcher: Sequence[str] = ("bbtui",),
) -> Iterator[Terminal]:
    """Run bbtui in a terminal; with `stdin` false, its input is closed.

    `stderr` may be a file descriptor of the test. `become` is what the child runs, `launcher` the
    module it gets, and arguments in front of the others.
    """
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 36, 120, 0, 0))
    found = termios.tcgetattr(master)
    arguments = list(map(str, words))
    process: subprocess.Popen[bytes] | Preloaded
    if program.preloaded and stdin and (stderr, become, launcher) == (None, _BECOME, ("bbtui",)):
        process = Preloaded(arguments, slave, program.here, program.env())
    else:
        process = subprocess.Popen(
            [sys.executable, "-c", become, *launcher, *arguments],
            stdin=slave if stdin else subprocess.DEVNULL,
            stdout=slave,
            stderr=slave if stderr is None else stderr,
            cwd=program.here,
            env=program.env(),
        )
    os.close(slave)
    terminal = Terminal(master, process, found)
    try:
        yield terminal
    finally:
        process.kill()
        terminal.ended()
        terminal.hang_up()
