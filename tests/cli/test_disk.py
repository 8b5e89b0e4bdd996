"""A data folder that cannot be written, and a full disk: both are named, and nothing is lost."""

from __future__ import annotations

import json
import shutil
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest

from bbtui.store.sessions import SessionStore
from tests.cli.ollama import Ollama, end, word
from tests.cli.program import Program, line_with
from tests.cli.terminal import in_terminal
from tests.loopback import Wait, ndjson
from tests.waiting import wait_until

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
    """A limit on the size of files replaces a full disk: a write fails in the same place."""
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


@pytest.mark.parametrize("log", [False, True], ids=["closed", "with a log"])
@pytest.mark.parametrize("locked", ["folder", "file"])
def test_read_only_sessions_are_read(program: Program, ollama: Ollama, locked: str, log: bool):
    ollama.answer(ndjson(word("Well done."), end()))
    program.configure(local=ollama.url)
    data = program.home / "backup"
    with ExitStack() as closing_last:
        kept = program.home / "kept"
        assert program("run", "Before?", "--data-dir", kept).code == 0
        if log:  # its changes are in the file once the last program closes it
            store = closing_last.enter_context(SessionStore.open(kept / "sessions.db"))
            store.rename("1", "renamed")
        shutil.copytree(kept, data)
    assert (data / "sessions.db-wal").exists() == log
    place = data if locked == "folder" else data / "sessions.db"
    place.chmod(0o555)
    before = {file: file.read_bytes() for file in data.iterdir()}
    try:
        ran = {
            words: program(*words.split(), "--data-dir", data, launcher=WITHOUT_RIGHTS)
            for words in ("sessions", "sessions show", "report", "score", "sessions rename 1 x")
        }
        with in_terminal(program, "score", "--data-dir", data, launcher=WITHOUT_RIGHTS) as terminal:
            terminal.shows("Well done.")
            terminal.press("4")
            terminal.shows("read-only")
    finally:
        place.chmod(0o755)
    assert ("renamed" if log else "#1") in ran["sessions"].out
    assert "done" in ran["sessions show"].out
    assert "> Well done." in ran["report"].out
    assert "scoring needs a terminal" in ran["score"].err
    assert ran["sessions rename 1 x"].code == 2
    assert f"the data {locked} is read-only" in ran["sessions rename 1 x"].err
    assert {file: file.read_bytes() for file in data.iterdir()} == before


@pytest.mark.parametrize("harm", ["folder", "file"])
def test_database_deleted_during_a_run_is_written_again(
    program: Program, ollama: Ollama, harm: str
):
    data = program.home / "data"
    program.configure(local=ollama.url)
    deleted = threading.Event()
    ollama.answer(
        ndjson(word("Well "), end()), ndjson(word("Half "), Wait(deleted), word("way."), end())
    )
    assert program("run", "First?", "--data-dir", data).code == 0
    with program.start("run", "Second?", "--data-dir", data, "--report", "/dev/null") as process:
        assert process.stderr is not None
        wait_until(lambda: ollama.prompts[-1:] == ["Second?"])
        shutil.rmtree(data) if harm == "folder" else (data / "sessions.db").unlink()
        deleted.set()
        told = process.stderr.read()
    assert process.returncode == 0, told
    assert "#2 saved: 1 of 1 answered" in told
    for number, text in ((1, "Well "), (2, "Half way.")):
        assert f"> {text.strip()}" in program("report", number, "--data-dir", data).out


def test_doctor_checks_the_whole_database(program: Program, ollama: Ollama):
    ollama.answer(ndjson(word("Well "), end()))
    program.configure(local=ollama.url)
    program("run", "Hello?", "--data-dir", program.home / "data")
    sound = program("doctor", "--data-dir", program.home / "data")
    assert sound.out.endswith("\nsessions.db  not damaged\n")
    path = program.home / "data" / "sessions.db"
    content = path.read_bytes()
    path.write_bytes(content[:-4096] + b"\xff" * 4096)
    for words in (("doctor",), ("doctor", "--json")):
        ended = program(*words, "--data-dir", program.home / "data")
        assert ended.code == 2
        assert ended.err.startswith("bbtui: sessions.db is damaged: ")
        assert "local" in ended.out
