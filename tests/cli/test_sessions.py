"""bbtui sessions, report and score: list, show, rename, delete, import."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from bbtui.cli.sessions import _cell_table
from bbtui.domain.score import Verdict
from tests.cli.ollama import Ollama
from tests.cli.program import Program
from tests.cli.terminal import in_terminal
from tests.report import samples
from tests.report.samples import judge


@pytest.fixture
def saved(program: Program, ollama: Ollama) -> Program:
    """Return a program with one session of one prompt, answered by two endpoints."""
    program.configure(big=ollama.url, local=ollama.url)
    assert program("run", "Hello?", "--json", "s.json").code == 0
    return program


def test_empty_list_names_the_commands_that_create_a_session(program: Program):
    ended = program("sessions")
    assert (ended.code, ended.out) == (0, "")
    assert ended.err == "there is no session yet; create one with `bbtui run` or `bbtui demo`\n"
    assert json.loads(program("sessions", "--json").out) == []


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("sessions", "show"), "bbtui: there is no session yet"),
        (("sessions", "rename", "3", "x"), "bbtui: there is no session '3'"),
        (("sessions", "delete", "3"), "bbtui: there is no session '3'"),
        (("report",), "bbtui: there is no session yet"),
        (("score", "3"), "bbtui: there is no session '3'"),
    ],
)
def test_unknown_session_creates_no_folder(program: Program, words: tuple[str, ...], message: str):
    folder = program.home / "mistyped"
    ended = program(*words, "--data-dir", folder)
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.splitlines()[0] == message
    assert not folder.exists()


def test_list_is_aligned(saved: Program):
    saved("sessions", "rename", "1", "Größenvergleich")
    assert saved("run", "Again?").code == 0
    head, second, first = saved("sessions").out.splitlines()
    assert head.split() == ["started", "answered", "scored", "title", "endpoints"]
    assert first.split()[0] == "#1"
    assert first.split()[3:] == ["2/2", "0/2", "Größenvergleich", "Big,", "Local"]
    assert second.split()[3:] == ["2/2", "0/2", "–", "Big,", "Local"]
    assert head.index("title") == first.index("Größe") == second.index("–")


def test_list_as_json(saved: Program):
    (row,) = json.loads(saved("sessions", "list", "--json").out)
    assert (row["number"], row["answered"], row["cells"]) == (1, 2, 2)
    assert row["endpoints"] == ["Big", "Local"]
    assert row["unfinished"] is False


def test_show_prints_every_answer(saved: Program):
    out = saved("sessions", "show", "1").out
    assert "#1  untitled" in out
    assert "big: Big, gemma3:1b at http://127.0.0.1:" in out
    assert out.splitlines()[-2:] == ["task      Big   Local", "prompt-1  done  done"]


def test_repeats_are_one_row_with_a_note_if_alike(program: Program, ollama: Ollama):
    program.configure(local=ollama.url)
    ended = program("run", "-n", 3, "--seed", 7, "--tasks", program.tasks("one", "two"))
    assert ended.code == 0
    assert ended.err.startswith("fixed seed: the 3 answers to a task may be alike")
    alike = "3 identical answers: fixed seed"
    assert f"\n  local: {alike} (to 2 of 2 tasks); leave seed out of [options]" in ended.err
    table = program("sessions", "show", "1").out.splitlines()[-3:]
    assert [line.split(maxsplit=1)[1] for line in table[1:]] == [f"3 done, {alike}"] * 2


def test_scores_of_repeats_are_shown_as_median_and_range():
    session = judge(samples.trials(), "harbour", "big-brain", Verdict("SOLID"))
    session = judge(session, "harbour", "big-brain", Verdict("SOLID"), trial=2)
    session = judge(session, "harbour", "local", Verdict("WRONG"), trial=3)
    assert _cell_table(session) == [
        ("task", "Big Brain", "Local"),
        ("harbour", "3 done, 4/5 (4–5), SOLID ×2", "2 done, 1 failed, 2.5/5 (2–3), WRONG"),
    ]


def test_rename_changes_the_title_of_the_report(saved: Program):
    ended = saved("sessions", "rename", "#1", "First look")
    assert ended.err == "renamed #1 to 'First look'\n"
    assert "First look" in saved("report").out.splitlines()[0]
    assert "single line" in saved("sessions", "rename", "1", "two\nlines").err


def test_delete_without_a_terminal_needs_yes(saved: Program):
    ended = saved("sessions", "delete", "1")
    assert ended.code == 2
    assert "use --yes to delete without confirmation" in ended.err
    assert saved("sessions", "delete", "1", "--yes").err == "deleted #1\n"
    assert saved("sessions").out == ""


def test_imported_session_equals_the_exported_one(saved: Program):
    before = saved.session("1")
    again = saved("sessions", "import", "s.json")
    assert again.code == 2
    assert "is already saved as #1" in again.err
    saved("sessions", "delete", "1", "--yes")
    assert saved("sessions", "import", "s.json").err == "imported as #2\n"
    after = saved.session("2")
    assert {**after, "number": 1} == before if "number" in after else after == before


def test_escape_sequences_of_an_imported_file_are_not_printed(saved: Program):
    """Titles, labels and addresses may be any text; a terminal is shown what it is."""
    odd = "x\x1b]0;PWN\x07\x9b2J\u202ey\n"
    cleaned = "x\ufffd]0;PWN\ufffd\ufffd2J\ufffdy"
    document = json.loads((saved.here / "s.json").read_text(encoding="utf-8"))
    document |= {"id": "0193a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b", "program": odd}
    document["about"]["title"] = odd
    document["endpoints"][0] |= {"label": odd, "address": f"x://{odd}"}
    verdict = {"what": "verdict", "id": 1, "at": document["started_at"], "word": odd}
    document["answers"][0]["state"] = "failed"
    document["judgements"] = [verdict | {"task": "prompt-1", "endpoint": "big"}]
    (saved.here / "odd.json").write_text(json.dumps(document), encoding="utf-8")
    assert saved("sessions", "import", "odd.json").code == 0
    with in_terminal(saved, "sessions", "delete", "2") as terminal:
        terminal.shows("answers)? [y/N]")
        terminal.press("n\r")
        assert terminal.ended() == 0
    with in_terminal(
        saved, "run", "--no-tui", "--resume", "2", "--retry-errors", "--report", "r.md"
    ) as live:
        assert live.ended() == 0
    assert "PWN" in live.raw.decode()
    assert b"\x1b]" not in live.raw
    printed = (
        saved("sessions").out,
        saved("sessions", "show", "2").out,
        saved("report", "2").out,
        terminal.raw.decode().replace("\r\n", "\n"),
    )
    for text in printed:
        assert not set(text) & set("\x1b\x07\x9b\u202e\r")
    for text in (printed[0], printed[1], printed[3]):
        assert cleaned in text


@pytest.mark.parametrize("text", ["not json", "[]", '{"bbtui": 99}'])
def test_file_that_is_not_a_session_is_refused(program: Program, text: str):
    (program.here / "x.json").write_text(text, encoding="utf-8")
    for words in (("report", "x.json"), ("sessions", "import", "x.json")):
        ended = program(*words)
        assert ended.code == 2
        assert "x.json" in ended.err


def test_report_is_written_to_the_named_file(saved: Program):
    printed = saved("report", "1", "-o", "-")
    assert printed.out.startswith("# ")
    ended = saved("report", "1", "-o", "r.md")
    assert (ended.out, ended.err) == ("", "wrote r.md\n")
    assert (saved.here / "r.md").read_text(encoding="utf-8").startswith("# ")
    full = saved("report", "1", "-o", "/dev/full")
    assert full.code == 2
    assert "cannot write /dev/full: No space left on device" in full.err


def test_full_disk_behind_stdout_is_reported(saved: Program):
    with Path("/dev/full").open("wb") as full:
        process = subprocess.run(
            [sys.executable, "-m", "bbtui", "report"],
            stdin=subprocess.DEVNULL,
            stdout=full,
            stderr=subprocess.PIPE,
            env=saved.env(),
            text=True,
        )
    assert process.returncode == 2
    assert process.stderr.splitlines()[0] == ("bbtui: cannot write stdout: No space left on device")
    assert "Exception ignored" not in process.stderr


def test_scoring_needs_a_terminal(saved: Program):
    ended = saved("score")
    assert ended.code == 2
    assert "scoring needs a terminal on stdin, stdout and stderr" in ended.err
    assert "bbtui report 1" in ended.err
