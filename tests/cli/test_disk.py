"""A data folder that cannot be written, and a disk with no more room: words, and nothing lost."""

from __future__ import annotations

import json
import os
import tempfile
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests import drop_root
from tests.cli.ollama import Ollama, end, word
from tests.cli.program import Program, line_with
from tests.loopback import Wait, ndjson

NOBODY = ("tests.cli.launch", "nobody")
#: An ordinary user with room for the tables and some text, not for a long answer.
QUOTA = ("tests.cli.launch", "nobody,quota=300000")


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


def test_a_full_disk_is_told_once_and_the_session_still_comes(reachable: Program, ollama: Ollama):
    """A limit on the size of files stands for the full disk: a write fails in the same place."""
    data = reachable.home / "data"
    data.mkdir()
    if os.getuid() == 0:
        os.chown(data, drop_root.NOBODY, drop_root.NOBODY)
    reachable.configure(local=ollama.url).chmod(0o644)
    told = threading.Event()
    long = word("lorem ipsum " * 1000)
    ollama.answer(ndjson(*[long] * 60, Wait(told), end()))
    words = ("run", "Hello?", "--data-dir", data, "--json", "-")
    with reachable.start(*words, launcher=QUOTA) as process, ThreadPoolExecutor() as pool:
        assert process.stdout is not None
        assert process.stderr is not None
        out = pool.submit(process.stdout.read)
        line = line_with(process.stderr, "not saved for now, trying again every second: ")
        told.set()
        rest = process.stderr.read()
    assert process.returncode == 2, rest
    assert "sessions.db" in line
    assert "not saved for now" not in rest
    assert "#1 is not saved: " in rest
    assert "sessions.db" in rest
    assert "Traceback" not in rest
    (answer,) = json.loads(out.result())["answers"]
    assert answer["text"].count("lorem ipsum") == 60_000
