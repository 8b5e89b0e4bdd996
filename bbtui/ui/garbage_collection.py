"""What the garbage collector looks at, and when memory is given back to the system."""

from __future__ import annotations

import gc
from collections.abc import Callable
from contextlib import suppress


def exempt_from_collection() -> None:
    """Free what nothing needs any more, and exempt what is left from garbage collection.

    It stays until another session is opened, and a collection of it would stop the readers.
    """
    gc.collect()
    gc.freeze()
    gc.enable()


def release_memory(left: Callable[[], object]) -> bool:
    """Free what only the session before needed, and give the memory back to the system.

    `left` is a weak reference to its screen. Return False, and exempt nothing, while that is still
    needed: what is exempt would never be freed.
    """
    gc.unfreeze()
    gc.collect()
    if left() is not None:
        return False
    gc.freeze()
    import ctypes  # not needed for the first session

    # The C library of Linux keeps free memory until this call; others have no such call.
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)
    return True
