"""What the garbage collector looks at, and when memory is given back to the system."""

from __future__ import annotations

import ctypes
import gc
from contextlib import suppress


def exempt_from_collection() -> None:
    """Free what nothing needs any more, and exempt what is left from garbage collection.

    It stays until another session is opened, and a collection of it would stop the readers.
    """
    gc.collect()
    gc.freeze()
    gc.enable()


def release_memory() -> None:
    """Free what only the session before needed, and give the memory back to the system."""
    gc.unfreeze()
    exempt_from_collection()
    # The C library of Linux keeps free memory until this call; others have no such call.
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)
