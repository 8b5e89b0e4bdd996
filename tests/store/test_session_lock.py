"""The lock of a session, taken and checked by several at once."""

from __future__ import annotations

import fcntl
import os
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from bbtui.store.session_lock import SessionLock, is_locked


def test_lock_never_has_two_owners(tmp_path: Path) -> None:
    """A released lock's file is gone; who has it open must not mistake it for the lock."""
    folder = tmp_path / "data"
    folder.mkdir()
    file = folder / "sessions-1.hold"
    inside = threading.Lock()

    def work(_: int) -> int:
        taken = 0
        for _ in range(120):
            lock = SessionLock.take(file)
            if lock is not None:
                assert inside.acquire(blocking=False), "two owners"
                taken += 1
                for _ in range(20):
                    file.exists()  # gives the others time
                inside.release()
                lock.release()
        return taken

    with ThreadPoolExecutor(6) as pool:
        assert all(pool.map(work, range(6)))
    assert not list(folder.iterdir())


def test_lock_is_taken_during_a_check_by_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "sessions-1.hold"
    file.touch()
    checking = os.open(file, os.O_RDONLY)
    fcntl.flock(checking, fcntl.LOCK_SH)
    # The check ends while the other waits to try again.
    monkeypatch.setattr("bbtui.store.session_lock.time.sleep", lambda _: os.close(checking))
    lock = SessionLock.take(file)
    assert lock is not None
    assert is_locked(file)
    lock.release()
    assert not is_locked(file)
