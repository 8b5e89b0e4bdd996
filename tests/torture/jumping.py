"""Run bbtui under a clock that jumps: ``python -m tests.torture.jumping SECONDS,… ARGUMENTS``.

Every look at the time of day is ahead or behind by the next of these seconds, in turn.
"""

from __future__ import annotations

import datetime
import importlib
import itertools
import sys
import time
from collections.abc import Iterator
from typing import Self


def jump(offsets: Iterator[float]) -> None:
    """Let `datetime.now` and `time.time` jump from here on."""
    true_time = time.time

    class Jumping(datetime.datetime):
        @classmethod
        def now(cls, tz: datetime.tzinfo | None = None) -> Self:
            return cls.fromtimestamp(true_time() + next(offsets), tz)

    time.time = lambda: true_time() + next(offsets)
    datetime.datetime = Jumping


def main(seconds: str, *words: str) -> int:
    """Run bbtui with these arguments."""
    jump(itertools.cycle(map(float, seconds.split(","))))
    return int(importlib.import_module("bbtui.__main__").main(list(words)))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
