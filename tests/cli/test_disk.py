"""A data folder that cannot be written, and a disk with no more room: words, and nothing lost."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.ollama import Ollama, end, word
from tests.cli.program import Program
from tests.loopback import ndjson

NOBODY = ("tests.cli.launch", "nobody")
#: Room for the tables and some text, not for a long answer.
QUOTA = ("tests.cli.launch", f"quota={300_000}")


@pytest.fixture
def reachable() -> Iterator[Program]:
    """A program whose folders any user can enter; those of pytest are for one user alone."""
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        program = Program(place / "home", place / "here")
        for folder in (place, program.home, program.here):
            folder.mkdir(exist_ok=True)
            folder.chmod(0o755)
        yield program


@pytest.mark.parametrize("made", [False, True], ids=["no database yet", "a database"])
def test_a_read_only_data_folder_is_named_and_nothing_is_asked(
    reachable: Program, ollama: Ollama, made: bool
):
    data = reachable.home / "data"
    data.mkdir()
    config = reachable.configure(local=ollama.url)
    config.chmod(0o644)
    if made:
        assert reachable("run", "Before?", "--data-dir", data).code == 0
    asked = len(ollama.prompts)
    data.chmod(0o555)
    try:
        ended = reachable("run", "Hello?", "--data-dir", data, launcher=NOBODY)
    finally:
        data.chmod(0o755)
    assert ended.code == 2
    assert "read-only: nothing can be saved" in ended.err
    assert str(data) in ended.err
    assert "--data-dir" in ended.err
    assert len(ollama.prompts) == asked


def test_a_full_disk_is_told_once_and_the_report_still_comes(bbtui: Program, ollama: Ollama):
    bbtui.configure(local=ollama.url)
    long = word("lorem ipsum " * 1000)
    ollama.answer(ndjson(*[long] * 60, end()))
    ended = bbtui("run", "Hello?", launcher=QUOTA)
    assert ended.code == 2
    assert ended.err.count("not saved for now") <= 1
    assert "#1 is not saved: " in ended.err
    assert "sessions.db" in ended.err
    assert "lorem ipsum" in ended.out
