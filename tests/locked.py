"""Another program in the middle of a write to the database."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

#: Less than a patient write waits: one that waits where it should not gets through in the end.
LIMIT_S = 4.0


@contextmanager
def locked(path: Path) -> Iterator[Callable[[], None]]:
    """Keep every other writer out until the block ends, or what it yields is called."""
    begun, over = threading.Event(), threading.Event()

    def write() -> None:
        connection = sqlite3.connect(path, isolation_level=None)
        connection.execute("BEGIN IMMEDIATE")
        begun.set()
        over.wait(LIMIT_S)
        connection.execute("ROLLBACK")
        connection.close()

    other = threading.Thread(target=write)

    def let_go() -> None:
        over.set()
        other.join()

    other.start()
    begun.wait()
    try:
        yield let_go
    finally:
        let_go()
