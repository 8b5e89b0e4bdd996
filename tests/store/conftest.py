"""A store of this test alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bbtui.store.sessions import SessionStore


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "sessions.db"


@pytest.fixture
def store(path: Path) -> Iterator[SessionStore]:
    with SessionStore.open(path) as store:
        yield store


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """Yield a folder that a test may make read-only."""
    yield tmp_path
    tmp_path.chmod(0o755)
