"""What the garbage collector looks at, and when memory is given back to the system."""

from __future__ import annotations

import ctypes
import gc
from contextlib import suppress


def settle_memory() -> None:
    """Free what nothing needs any more, and exempt what is left from garbage collection.

    It stays until another session is opened, and a collection of it would stop the readers.
    """
    gc.unfreeze()  # what was exempted of the session before
    gc.collect()
    gc.freeze()
    gc.enable()
    # The C library of Linux keeps free memory until it is told; others have no such call.
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)
