"""Run bbtui in another place, most of them harder.

``nobody``: as an ordinary user. ``quota=BYTES``: where no file may grow larger.
``without=PACKAGE``: where that package is not installed. ``here=NAME``: where that host name leads
to this machine. Several are parted by commas.

For root, whom CI often is, a read-only folder can be written. The interpreter may be where only
root can read it, so everything is imported before the user is changed.
"""

from __future__ import annotations

import importlib
import os
import pkgutil
import resource
import socket
import sys

import bbtui
from tests.names import leading_here

NOBODY = 65534


def main(place: str, *words: str) -> int:
    run = importlib.import_module("bbtui.__main__").main
    for part in place.split(","):
        kind, _, value = part.partition("=")
        if kind == "nobody" and os.getuid() == 0:
            _become_nobody()
        elif kind == "quota":
            resource.setrlimit(resource.RLIMIT_FSIZE, (int(value), int(value)))
        elif kind == "without":
            sys.modules[value] = None  # type: ignore[assignment]
        elif kind == "here":
            socket.getaddrinfo = leading_here(value)
    return run(list(words))


def _become_nobody() -> None:
    for module in pkgutil.walk_packages(bbtui.__path__, "bbtui."):
        importlib.import_module(module.name)
    for encoding in ("idna", "utf_8_sig", "latin_1", "ascii"):
        importlib.import_module(f"encodings.{encoding}")
    importlib.import_module("importlib.readers")  # for what a package carries
    os.setgroups([])
    os.setgid(NOBODY)
    os.setuid(NOBODY)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
