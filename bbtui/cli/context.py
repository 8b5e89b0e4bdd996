"""What a command gets: folders, environment, streams, and factories."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TextIO

from bbtui.errors import UsageError
from bbtui.formatting.sanitize import clean_text
from bbtui.locations import Locations

if TYPE_CHECKING:
    from bbtui.clients.embedded.engine import EmbeddedEngine
    from bbtui.clients.ports import Connection, PodControl
    from bbtui.config.settings import EndpointSettings, PodSettings, Settings
    from bbtui.domain.check import Checker
    from bbtui.store.sessions import SessionStore


class OpenStore(Protocol):
    """Opens the store; one that cannot be written only if it is `to_read`."""

    def __call__(self, *, to_read: bool = False) -> SessionStore:
        """Return the open store; raise `StoreError`."""
        ...


@dataclass(frozen=True, slots=True)
class CommandContext:
    """What every command gets from the composition root.

    The factories import and build when they are called: each costs start-up time that other
    commands need not pay.
    """

    locations: Locations
    """The folders and files of this user."""

    environ: Mapping[str, str]
    """The environment variables."""

    out: TextIO
    """Takes data."""

    err: TextIO
    """Takes progress and messages."""

    terminal: bool
    """Whether stdin, stdout and stderr are all terminals; the screen is written to stderr."""

    now: Callable[[], datetime]
    """Returns the current time, with its zone."""

    open_store: OpenStore
    """Opens the database, and creates it where there is none."""

    connect: Callable[[EndpointSettings, float | None], Connection]
    """Connects an endpoint, with a time limit for its answers in seconds."""

    make_engine: Callable[[int], EmbeddedEngine]
    """Makes the engine of the demo, for a context length in tokens."""

    pod_control: Callable[[PodSettings], PodControl]
    """Returns the control of the account that a pod is in."""

    run_check: Checker
    """Runs a check of an answer, for at most a few seconds; never raises."""

    stdin: TextIO = field(default_factory=lambda: sys.stdin)
    """Read for a PROMPT of ``-`` and for the answer to a confirmation."""

    sleep: Callable[[float], None] = time.sleep
    """Waits for a number of seconds."""

    def load_settings(
        self, path: Path | None, overrides: Mapping[str, object] | None = None
    ) -> Settings:
        """Return the settings of the configuration at `path`, the environment and the flags."""
        from bbtui.config.load import load_settings

        return load_settings(self.locations, self.environ, path=path, overrides=overrides)

    @property
    def screen(self) -> bool:
        """Whether a screen can be shown: on a terminal that can move its cursor."""
        from bbtui.config.environment import can_move_cursor

        return self.terminal and can_move_cursor(self.environ)

    def notify(self, message: str) -> None:
        """Print a message unless it is empty; do nothing if the terminal has disconnected.

        It may hold foreign text, such as a path.
        """
        if message:
            with suppress(OSError):
                print(clean_text(message), file=self.err, flush=True)

    def confirm(self, prompt: str, subject: str, verb: str) -> bool:
        """Print the prompt and return whether the user answers yes.

        Raise `UsageError` where there is no terminal: it names the `subject` that needs the
        confirmation, and --yes, which does what the `verb` names without one.
        """
        if not self.terminal:
            raise UsageError(
                f"{subject} needs confirmation, and this is not a terminal",
                f"use --yes to {verb} without confirmation",
            )
        print(f"{clean_text(prompt)} [y/N] ", end="", file=self.err, flush=True)
        return self.stdin.readline().strip().lower() in ("y", "yes")
