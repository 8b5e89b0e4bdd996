"""Run bbtui in another place, most of them harder.

``nobody``: as an ordinary user. ``quota=BYTES``: where no file may grow larger.
``without=PACKAGE``: where that package is not installed. ``here=NAME``: where that host name leads
to this machine. Several are parted by commas.
"""

from __future__ import annotations

import importlib
import resource
import socket
import sys

from tests.drop_root import drop_root
from tests.resolve_locally import resolve_locally


def main(place: str, *words: str) -> int:
    run = importlib.import_module("bbtui.__main__").main
    for part in place.split(","):
        kind, _, value = part.partition("=")
        if kind == "nobody":
            drop_root()
        elif kind == "quota":
            resource.setrlimit(resource.RLIMIT_FSIZE, (int(value), int(value)))
        elif kind == "without":
            sys.modules[value] = None  # type: ignore[assignment]
        elif kind == "here":
            socket.getaddrinfo = resolve_locally(value)
    return run(list(words))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
