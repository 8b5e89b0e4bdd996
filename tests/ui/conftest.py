from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest


@pytest.fixture
def gate() -> Iterator[threading.Event]:
    """An event for steps that wait; set at the end, so that no thread is left behind."""
    event = threading.Event()
    yield event
    event.set()
