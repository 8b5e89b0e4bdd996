"""A screen beside another program that holds the database: it does not block, and all is saved."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from bbtui import __main__ as entry
from bbtui.domain.score import Score
from bbtui.errors import StoreError
from bbtui.store.sessions import SessionStore
from bbtui.ui.workspace import Workspace
from tests.cli.ollama import Ollama, word
from tests.cli.program import Program
from tests.locked import locked
from tests.loopback import SILENT, ndjson
from tests.waiting import wait_until


def test_screen_does_not_wait_for_a_locked_database(
    home: Path, tmp_path: Path, ollama: Ollama, monkeypatch: pytest.MonkeyPatch
):
    path = tmp_path / "data" / "sessions.db"

    def screen(open_desk: Callable[[], Workspace]) -> int:
        gc.enable()  # as the main screen does once it is shown
        comparison = open_desk().comparison
        (cell,) = comparison.session.cells()
        comparison.run([cell])
        wait_until(lambda: (comparison.tick(), comparison.answer(cell).text)[1])
        with locked(path):
            with pytest.raises(StoreError, match="is in use by another program"):
                comparison.judge(Score(4), cell)
            comparison.close()
            assert comparison.write_error is not None
        return 0

    monkeypatch.setattr(entry, "_prepare", lambda: None)
    monkeypatch.setattr("bbtui.ui.app.run_screen", screen)
    for stream in (sys.stdin, sys.stdout, sys.stderr):
        monkeypatch.setattr(stream, "isatty", lambda: True)
    monkeypatch.setenv("BBTUI_DATA_DIR", str(path.parent))
    config = Program(home, tmp_path).configure(local=ollama.url)
    ollama.answer(ndjson(word("All "), SILENT))
    assert entry.main(["-c", str(config), "run", "Hello?"]) == 0
    with SessionStore.open(path) as store:
        (answer,) = store.load().answers
    assert answer.text == "All "
