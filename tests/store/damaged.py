"""The use of a damaged database: each call works or raises StoreError, nothing else."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from bbtui.domain.score import Score
from bbtui.errors import StoreError
from bbtui.store.sessions import SessionStore
from tests.store.builders import make_judgement, small_session


def use_damaged(path: Path) -> None:
    """Open the database at a path, and read and write it in every way."""
    with suppress(StoreError), SessionStore.open(path) as store:
        for use in (
            store.check_now,
            store.summaries,
            lambda: store.load("1"),
            lambda: store.judge(store.load("1").id, make_judgement(Score(3))),
            lambda: store.create(small_session()),
        ):
            with suppress(StoreError):
                use()
