"""A data folder that cannot be written, and a full disk: both are named, and nothing is lost."""

from __future__ import annotations

import json
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.cli.ollama import Ollama, end, word
from tests.cli.program import Program, line_with
from tests.loopback import Wait, ndjson

WITHOUT_RIGHTS = ("tests.drop_root", "-m", "bbtui")
#: Room for the tables and some text, not for a long answer.
QUOTA = ("tests.cli.conditions", "quota=300000")


@pytest.mark.parametrize("made", [False, True], ids=["no database yet", "a database"])
def test_read_only_data_folder_is_named_and_no_request_is_sent(
    program: Program, ollama: Ollama, made: bool
):
    data = program.home / "data"
    data.mkdir()
    program.configure(local=ollama.url)
    if made:
        assert program("run", "Before?", "--data-dir", data).code == 0
    sent = len(ollama.prompts)
    data.chmod(0o555)
    try:
        ended = program("run", "Hello?", "--data-dir", data, launcher=WITHOUT_RIGHTS)
    finally:
        data.chmod(0o755)
    assert ended.code == 2
    assert "the data folder is read-only" in ended.err
    assert str(data) in ended.err
    assert "--data-dir" in ended.err
    assert len(ollama.prompts) == sent


def test_full_disk_is_reported_once_and_the_session_is_still_printed(
    program: Program, ollama: Ollama
):
    """A limit on the size of files stands in for the full disk: a write fails in the same place."""
    data = program.home / "data"
    program.configure(local=ollama.url)
    reported = threading.Event()
    long = word("lorem ipsum " * 1000)
    ollama.answer(ndjson(*[long] * 60, Wait(reported), end()))
    words = ("run", "Hello?", "--data-dir", data, "--json", "-")
    with program.start(*words, launcher=QUOTA) as process, ThreadPoolExecutor() as pool:
        assert process.stdout is not None
        assert process.stderr is not None
        out = pool.submit(process.stdout.read)
        line = line_with(process.stderr, "saving failed, retrying every second: ")
        reported.set()
        rest = process.stderr.read()
    assert process.returncode == 2, rest
    assert "sessions.db" in line
    assert "saving failed" not in rest
    assert "#1 is not saved: " in rest
    assert "sessions.db" in rest
    assert "Traceback" not in rest
    (answer,) = json.loads(out.result())["answers"]
    assert answer["text"].count("lorem ipsum") == 60_000
