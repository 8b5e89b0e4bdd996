"""bbtui that writes to the file in COUNTED how many of its main screens are in memory, of how many.

A screen holds its session, with the texts that were drawn.
"""

from __future__ import annotations

import os
import sys
import threading
import weakref
from pathlib import Path
from unittest.mock import patch

from bbtui.__main__ import main
from bbtui.ui.screens import main as main_screen
from bbtui.ui.screens.main import MainScreen

_living: list[weakref.ref[MainScreen]] = []
_begin = MainScreen.__init__


def _begin_and_count(self: MainScreen, *args: object, **more: object) -> None:
    _living.append(weakref.ref(self))
    _begin(self, *args, **more)  # type: ignore[arg-type]


def _write(file: Path, over: threading.Event) -> None:
    while not over.wait(0.05):
        count = sum(one() is not None for one in _living)
        file.write_text(f"{count} of {len(_living)}", encoding="utf-8")


if __name__ == "__main__":
    over = threading.Event()
    writer = threading.Thread(target=_write, args=(Path(os.environ["COUNTED"]), over))
    writer.start()
    try:
        # The first tries come before the other screen is there, as on a slow machine.
        with (
            patch.object(MainScreen, "__init__", _begin_and_count),
            patch.multiple(main_screen, SETTLE_S=0.01, SETTLE_TRIES=1_000),
        ):
            code = main()
    finally:
        over.set()
    sys.exit(code)
