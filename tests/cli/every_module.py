"""Imports every module of bbtui but its entry, and with them what they use."""

from __future__ import annotations

import importlib
import pkgutil

import bbtui

for _module in pkgutil.walk_packages(bbtui.__path__, "bbtui."):
    if _module.name != "bbtui.__main__":
        importlib.import_module(_module.name)
