"""Run bbtui in another place, most of them harder.

``nobody``: as an ordinary user. ``quota=BYTES``: where no file may grow larger.
``without=PACKAGE``: where that package is not installed. ``here=NAME``: where that host name leads
to this machine.

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
    if place == "nobody" and os.getuid() == 0:
        for module in pkgutil.walk_packages(bbtui.__path__, "bbtui."):
            importlib.import_module(module.name)
        for encoding in ("idna", "utf_8_sig", "latin_1", "ascii"):
            importlib.import_module(f"encodings.{encoding}")
        os.setgroups([])
        os.setgid(NOBODY)
        os.setuid(NOBODY)
    kind, _, value = place.partition("=")
    if kind == "quota":
        resource.setrlimit(resource.RLIMIT_FSIZE, (int(value), int(value)))
    if kind == "without":
        sys.modules[value] = None  # type: ignore[assignment]
    if kind == "here":
        socket.getaddrinfo = leading_here(value)
    return run(list(words))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
