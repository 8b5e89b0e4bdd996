"""A name of the internet that leads to this machine."""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import Any


def resolve_locally(name: str) -> Callable[..., Any]:
    """`socket.getaddrinfo` as it is now, but for this name."""
    ask = socket.getaddrinfo

    def here(host: Any, *args: Any, **more: Any) -> Any:
        return ask("127.0.0.1" if host in (name, name.encode()) else host, *args, **more)

    return here
