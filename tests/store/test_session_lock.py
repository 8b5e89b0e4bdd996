"""The hold itself, under more hands than a person has."""

from __future__ import annotations

import fcntl
import os
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from bbtui.store.session_lock import SessionLock, is_locked


def test_never_two_holders(tmp_path: Path) -> None:
    """A released hold's file is gone; whoever had it open already must not take it for the hold."""
    folder = tmp_path / "data"
    folder.mkdir()
    file = folder / "sessions-1.hold"
    inside = threading.Lock()

    def work(_: int) -> int:
        taken = 0
        for _ in range(120):
            hold = SessionLock.take(file)
            if hold is not None:
                assert inside.acquire(blocking=False), "two have it"
                taken += 1
                for _ in range(20):
                    file.exists()  # gives the others time
                inside.release()
                hold.release()
        return taken

    with ThreadPoolExecutor(6) as pool:
        assert all(pool.map(work, range(6)))
    assert not list(folder.iterdir())


def test_a_look_at_the_same_moment_is_no_holder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "sessions-1.hold"
    file.touch()
    looking = os.open(file, os.O_RDONLY)
    fcntl.flock(looking, fcntl.LOCK_SH)
    # The look ends while the other waits to try again.
    monkeypatch.setattr("bbtui.store.session_lock.time.sleep", lambda _: os.close(looking))
    hold = SessionLock.take(file)
    assert hold is not None
    assert is_locked(file)
    hold.release()
    assert not is_locked(file)
