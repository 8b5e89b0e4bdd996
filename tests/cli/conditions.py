"""Run bbtui under a condition.

``quota=BYTES``: no file may grow larger. ``without=PACKAGE``: that package is not installed.
``here=NAME``: that host name resolves to this machine. ``interrupted=``: an interrupt comes while
Python runs a text, as it does to make a dataclass.
"""

from __future__ import annotations

import importlib
import resource
import socket
import sys

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
    elif kind == "interrupted":
        entry.parse = lambda _: exec("raise KeyboardInterrupt")
    return entry.main(list(words))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
