"""Waiting for a blocking call without holding up the screen, or the end of the program."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

T = TypeVar("T")


async def in_thread(call: Callable[[], T]) -> T:
    """Return what the call returns, and raise what it raises; run it in a thread of its own.

    A daemon, unlike the threads of asyncio: leaving the program does not wait for it.
    """
    loop = asyncio.get_running_loop()
    done: asyncio.Future[T] = loop.create_future()

    def resolve(set_outcome: Callable[[], None]) -> None:
        # The loop is closed once the program is left.
        with suppress(RuntimeError):
            loop.call_soon_threadsafe(lambda: None if done.done() else set_outcome())

    def run() -> None:
        try:
            result = call()
        except Exception as error:  # noqa: BLE001 - the top of a thread: raised in the loop
            raised = error
            resolve(lambda: done.set_exception(raised))
        else:
            resolve(lambda: done.set_result(result))

    threading.Thread(target=run, daemon=True).start()
    return await done
