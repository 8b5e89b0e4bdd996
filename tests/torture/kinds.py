"""Every kind of scenario, and how many of it a campaign runs."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass

from tests.torture import documents, engine, headless, screen, storage, text, wire

Scenario = Callable[[random.Random], None]


@dataclass(frozen=True, slots=True)
class Kind:
    """Scenarios that differ in their random choices only."""

    name: str
    """As a command line names it."""

    scenario: Scenario
    """Its docstring is what is done, for a reader of the figures."""

    count: int
    """How many a whole campaign runs."""

    whole: bool = False
    """Whether it starts the whole program, in processes of its own."""

    short: int = 1
    """How many the short form runs."""

    @property
    def screen(self) -> bool:
        """Return whether it draws on a terminal."""
        return self.name.startswith("screen-")

    @property
    def about(self) -> str:
        """Return what a scenario does, on one line."""
        return (self.scenario.__doc__ or "").partition("\n")[0].rstrip(".")

    def run(self, seed: int, number: int) -> None:
        """Run one scenario; raise what is wrong."""
        self.scenario(random.Random(f"{seed}:{self.name}:{number}"))


KINDS = (
    Kind("cut", wire.cut, 700, short=12),
    Kind("flip", wire.flip, 500, short=12),
    Kind("head", wire.head, 250, short=6),
    Kind("garbage", wire.garbage, 400, short=20),
    Kind("hostile", wire.hostile, 250, short=8),
    Kind("doctor", wire.doctor, 150, short=4),
    Kind("pods", wire.pods, 150, short=4),
    Kind("secret", wire.secret, 150, short=6),
    Kind("escape", text.escape, 150, short=4),
    Kind("keys", text.keys, 300, short=20),
    Kind("document", documents.document, 300, short=10),
    Kind("toml", documents.toml, 250, short=10),
    Kind("database", storage.database, 200, short=4),
    Kind("log", storage.log, 120, short=3),
    Kind("full", storage.full, 100, short=3),
    Kind("moved", storage.moved, 100, short=3),
    Kind("shared", storage.shared, 60, short=2),
    Kind("clock", storage.clock, 80, short=3),
    Kind("engine", engine.engine, 120, short=4),
    Kind("run-server", headless.server, 36, whole=True),
    Kind("run-signal", headless.signalled, 40, whole=True),
    Kind("run-killed", headless.killed, 30, whole=True),
    Kind("run-full", headless.full, 24, whole=True),
    Kind("run-read-only", headless.read_only, 20, whole=True),
    Kind("run-database", headless.database, 36, whole=True),
    Kind("run-two", headless.two_programs, 16, whole=True),
    Kind("run-clock", headless.clock, 16, whole=True),
    Kind("run-document", headless.document, 24, whole=True),
    Kind("run-secret", headless.secret, 16, whole=True),
    Kind("screen-signal", screen.signalled, 20, whole=True),
    Kind("screen-hang-up", screen.hung_up, 14, whole=True),
    Kind("screen-keys", screen.keys, 12, whole=True),
    Kind("screen-escape", screen.escape, 12, whole=True),
)
BY_NAME = {kind.name: kind for kind in KINDS}
