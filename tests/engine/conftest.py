from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from bbtui.engine.comparison import Comparison
from tests.fakes import BIG, LOCAL, MemoryStore, Script, make_connection, make_session
from tests.waiting import wait_until


class Running:
    """A comparison with its store, ticked by its test."""

    def __init__(self, comparison: Comparison, store: MemoryStore) -> None:
        self.comparison = comparison
        self.store = store
        self.woken = threading.Event()
        comparison.start(self.woken.set)

    def until(self, condition: Callable[[], Any]) -> Any:
        """Tick until the condition is true."""
        return wait_until(lambda: (self.comparison.tick(), condition())[1])

    def finish(self) -> None:
        """Tick until nothing runs, waits or is still to be written."""
        self.until(lambda: not self.comparison.busy)

    @property
    def saved(self):
        """The session as another process would read it now."""
        return self.store.saved(self.comparison.session.id)


Run = Callable[..., Running]


@pytest.fixture
def make_run() -> Iterator[Run]:
    """Make a running comparison of `big` and `local` (each a Script); closed with the test."""
    made: list[Running] = []

    def build(
        big: Script | None = None,
        local: Script | None = None,
        *,
        session: Any = None,
        connections: Any = None,
        store: MemoryStore | None = None,
        **settings: Any,
    ) -> Running:
        store = store or MemoryStore()
        if connections is None:
            connections = [make_connection(BIG, source=big), make_connection(LOCAL, source=local)]
        comparison = Comparison(session or make_session(), connections, store, **settings)
        made.append(Running(comparison, store))
        return made[-1]

    yield build
    for running in made:
        running.store.failing = None
        running.comparison.close()
