"""Becoming an ordinary user: for root, whom CI often is, a read-only folder can be written."""

from __future__ import annotations

import importlib
import os
import pkgutil

import bbtui

NOBODY = 65534

#: What one version of Python or another imports only where it is used.
_LATE = (
    *(f"encodings.{name}" for name in ("idna", "utf_8_sig", "latin_1", "ascii")),
    "importlib.readers",  # for what a package carries
    "importlib.resources._adapters",
    "importlib.resources._common",
    "urllib.parse",  # for a path as a URI
)


def drop_root() -> None:
    """Be an ordinary user from now on, unless one is.

    The interpreter may be where only root can read it, so everything is imported before.
    """
    if os.getuid() != 0:
        return
    for module in pkgutil.walk_packages(bbtui.__path__, "bbtui."):
        importlib.import_module(module.name)
    for name in _LATE:
        importlib.import_module(name)
    os.setgroups([])
    os.setgid(NOBODY)
    os.setuid(NOBODY)
