"""bbtui in a real pseudo-terminal, and what a user sees in it."""

from __future__ import annotations

import fcntl
import os
import pty
import struct
import subprocess
import sys
import termios
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pyte

from tests.cli.program import Program
from tests.waiting import wait_until

#: The child makes the terminal its own, as a shell's child has it, then becomes the program.
_BECOME = (
    "import fcntl, os, sys, termios\n"
    "os.setsid()\n"
    "fcntl.ioctl(2, termios.TIOCSCTTY, 0)\n"
    "os.execv(sys.executable, [sys.executable, '-m', 'bbtui', *sys.argv[1:]])\n"
)


class Terminal:
    """A terminal of 120×36 with a program in it."""

    def __init__(self, master: int, process: subprocess.Popen[bytes]) -> None:
        self.process = process
        self.raw = b""
        self._master = master
        self._screen = pyte.Screen(120, 36)
        self._stream = pyte.ByteStream(self._screen)
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    @property
    def text(self) -> str:
        """What stands on the screen."""
        with self._lock:
            return "\n".join(self._screen.display)

    def shows(self, words: str) -> None:
        """Wait until these words stand on the screen."""
        wait_until(lambda: words in self.text)

    def press(self, keys: str) -> None:
        """Type."""
        os.write(self._master, keys.encode())

    def ended(self) -> int:
        """Wait for the end of the program, and return its exit code."""
        code = self.process.wait(60)
        self._thread.join(60)
        return code

    def _read(self) -> None:
        while True:
            try:
                data = os.read(self._master, 65536)
            except OSError:  # Linux says so when the last program has left the terminal
                return
            if not data:
                return
            with self._lock:
                self.raw += data
                # Not known to pyte, and nothing that could be seen.
                self._stream.feed(data.replace(b"\x1b[<u", b"").replace(b"\x1b[>1u", b""))


@contextmanager
def in_terminal(program: Program, *words: object, stdin: bool = True) -> Iterator[Terminal]:
    """Run bbtui in a terminal; with `stdin` false, its input is at its end."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 36, 120, 0, 0))
    process = subprocess.Popen(
        [sys.executable, "-c", _BECOME, *map(str, words)],
        stdin=slave if stdin else subprocess.DEVNULL,
        stdout=slave,
        stderr=slave,
        cwd=program.here,
        env=program.env(),
    )
    os.close(slave)
    terminal = Terminal(master, process)
    try:
        yield terminal
    finally:
        process.kill()
        terminal.ended()
        os.close(master)
