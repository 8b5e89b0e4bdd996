"""What a command is given: folders, environment, streams, and the makers of real things."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, TextIO

from bbtui.locations import Locations

if TYPE_CHECKING:
    from bbtui.clients.connection import Connection
    from bbtui.clients.embedded.engine import EmbeddedEngine
    from bbtui.clients.ports import PodControl
    from bbtui.config.settings import EndpointSettings, PodSettings
    from bbtui.store.sessions import SessionStore


@dataclass(frozen=True, slots=True)
class Context:
    """Handed to every command by the composition root.

    `out` takes data, `err` progress and messages; `stdin` is read for a PROMPT of ``-`` and for the
    answer to a question. `terminal` is whether stdin, stdout and stderr all are terminals: the
    screen is written to stderr. `pause` waits for so many seconds. The makers build what their
    name says when called and not before, because each costs start-up time that other commands
    need not pay.
    """

    locations: Locations
    environ: Mapping[str, str]
    out: TextIO
    err: TextIO
    terminal: bool
    now: Callable[[], datetime]
    open_store: Callable[[], SessionStore]
    connect: Callable[[EndpointSettings, float | None], Connection]
    make_engine: Callable[[int], EmbeddedEngine]
    pod_control: Callable[[PodSettings], PodControl]
    stdin: TextIO = field(default_factory=lambda: sys.stdin)
    pause: Callable[[float], None] = time.sleep
