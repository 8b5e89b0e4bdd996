"""Run bbtui under a condition.

``quota=BYTES``: no file may grow larger. ``without=PACKAGE``: that package is not installed.
``here=NAME``: that host name resolves to this machine, and servers are checked often.
``interrupted=``: an interrupt comes while Python runs a text, as it does to make a dataclass.
``resized=COLUMNSxROWS``: a size of the terminal that is too small is another one by the time it was
read.
"""

from __future__ import annotations

import fcntl
import importlib
import resource
import socket
import struct
import sys
import termios

from tests.resolve_locally import resolve_locally


def main(condition: str, *words: str) -> int:
    entry = importlib.import_module("bbtui.__main__")
    kind, _, value = condition.partition("=")
    if kind == "quota":
        resource.setrlimit(resource.RLIMIT_FSIZE, (int(value), int(value)))
    elif kind == "without":
        sys.modules[value] = None  # type: ignore[assignment]
    elif kind == "here":
        socket.getaddrinfo = resolve_locally(value)
        hosts = importlib.import_module("bbtui.engine.hosts")
        hosts.STEADY_S = hosts.WAITED_S = 0.1
    elif kind == "interrupted":
        entry.parse = lambda _: exec("raise KeyboardInterrupt")
    elif kind == "resized":
        _resize_while_read(*map(int, value.split("x")))
    return entry.main(list(words))


def _resize_while_read(columns: int, rows: int) -> None:
    from bbtui.ui.base_app import TerminalDriver

    read = TerminalDriver._get_terminal_size

    def read_once(driver: TerminalDriver) -> tuple[int, int]:
        size = read(driver)
        if size[0] < 60:
            # The kernel signals the new size before this call returns.
            fcntl.ioctl(driver.fileno, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        return size

    TerminalDriver._get_terminal_size = read_once  # type: ignore[method-assign]


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
