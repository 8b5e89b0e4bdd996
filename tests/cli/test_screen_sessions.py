"""Sessions opened on the screen by --resume and by `o`, and what is written at exit."""

from __future__ import annotations

import json
import shutil

import pytest

from tests.cli.ollama import FAILED, WHOLE, Ollama, end, word
from tests.cli.program import Program
from tests.cli.terminal import Terminal, in_terminal
from tests.loopback import SILENT, json_reply, ndjson

STUCK = ndjson(word("Half "), word("way"), SILENT)
CTRL_C, CTRL_Q = "\x03", "\x11"
#: Room for the tables and some text, not for a long answer.
ON_A_FULL_DISK = ("tests.cli.conditions", f"quota={300_000}")


def one_failed(program: Program, ollama: Ollama) -> None:
    """A session #1 whose one answer failed."""
    program.configure(local=ollama.url)
    ollama.answer(FAILED)
    assert program("run", "First?").code == 3


def open_first(terminal: Terminal, *, others: int = 0) -> None:
    """Open session #1 from the list; `others` are above it."""
    terminal.press("o")
    terminal.shows("enter opens")
    terminal.press("j" * others + "\r")
    terminal.shows("task 1 of 1   First?")


@pytest.mark.usefixtures("new_interpreter")
@pytest.mark.parametrize("prompt", [(), ("Second?",)], ids=["new", "begun"])
def test_files_are_those_of_the_session_on_the_screen(
    program: Program, ollama: Ollama, prompt: tuple[str, ...]
):
    one_failed(program, ollama)
    ollama.answer(*[WHOLE for _ in prompt], STUCK)
    with in_terminal(program, "run", *prompt, "--report", "r.md", "--json", "s.json") as terminal:
        terminal.shows("✓ done" if prompt else "#1 is unfinished")
        open_first(terminal, others=len(prompt))
        terminal.press("a")
        terminal.shows("Half way")
        terminal.press(CTRL_C + CTRL_C)
        assert terminal.ended() == 130
        words = terminal.raw.decode(errors="replace")
        assert "interrupted; #1 is saved (0 of 1 answered). Resume: bbtui run --resume 1" in words
        assert "#2" not in words.split("interrupted; ")[1]
    assert "Half way" in (program.here / "r.md").read_text("utf-8")
    assert '"number": 1' in (program.here / "s.json").read_text("utf-8")


@pytest.mark.usefixtures("new_interpreter")
def test_interrupt_before_the_first_request_saves_nothing(program: Program, ollama: Ollama):
    program.configure(local=ollama.url)
    with in_terminal(program) as terminal:
        terminal.shows("a run all")
        terminal.process.terminate()
        assert terminal.ended() == 130
        assert b"interrupted before the first request" in terminal.raw


def test_opened_session_runs_under_the_same_flags(program: Program, ollama: Ollama):
    one_failed(program, ollama)
    ollama.answer(WHOLE)
    ollama.on("GET /api/ps", json_reply({"models": []}))
    with in_terminal(program, "run", "--cold") as terminal:
        terminal.shows("#1 is unfinished")
        open_first(terminal)
        terminal.press("a")
        terminal.shows("✓ done")
        terminal.press(CTRL_Q)
        assert terminal.ended() == 0
    assert ollama.requests_to("POST /api/generate") == [], (
        "the model is not loaded before its clock"
    )


def test_diagnosis_uses_the_context_of_the_session_on_the_screen(program: Program, ollama: Ollama):
    config = program.configure(local=ollama.url)
    config.write_text(f"[options]\nnum_ctx = 16384\n{config.read_text('utf-8')}", "utf-8")
    assert program("run", "First?").code == 3, "this server loads no model"
    program.configure(local=ollama.url)
    with in_terminal(program) as terminal:
        terminal.shows("a run all")
        open_first(terminal)
        terminal.press("d")
        terminal.shows("not the requested 16384")
        terminal.press(f"q{CTRL_Q}")
        assert terminal.ended() == 0


def test_resume_reruns_failed_answers_only_with_retry_errors(program: Program, ollama: Ollama):
    program.configure(big=ollama.url, local=ollama.url)
    ollama.answer(FAILED)
    assert program("run", "Hello?").code == 3
    ollama.answer(WHOLE)
    with in_terminal(program, "run", "--resume") as terminal:
        terminal.shows("2 missing answers not included; a runs them")
        terminal.press(CTRL_Q)
        assert terminal.ended() == 0
    assert len(ollama.prompts) == 2

    with in_terminal(program, "run", "--resume", "--retry-errors", "-e", "local") as terminal:
        terminal.shows("1 missing answer not included; a runs it")
        terminal.shows("✓ done")
        terminal.press(CTRL_Q)
        assert terminal.ended() == 0
    tried = [answer["endpoint"] for answer in program.session("1")["answers"]]
    assert tried == ["big", "local", "local"]


def test_unsaved_session_is_not_reported_as_saved(program: Program, ollama: Ollama):
    program.configure(local=ollama.url)
    ollama.answer(ndjson(*[word("lorem ipsum " * 1000)] * 60, end()))
    with in_terminal(program, "run", "Hello?", launcher=ON_A_FULL_DISK) as terminal:
        terminal.shows("○ not saved")
        terminal.shows("✓ done")
        terminal.press("q")
        terminal.shows("l quit and lose it")
        terminal.press("l")
        assert terminal.ended() == 2
        assert b"#1 is not saved: " in terminal.raw
        assert b"#1 saved" not in terminal.raw


def test_unwritable_report_is_reported_and_the_session_saved(program: Program, ollama: Ollama):
    program.configure(local=ollama.url)
    folder = program.here / "reports"
    folder.mkdir()
    with in_terminal(program, "run", "Hello?", "--report", "reports/r.md") as terminal:
        terminal.shows("✓ done")
        folder.rmdir()
        terminal.press(CTRL_Q)
        assert terminal.ended() == 2
        assert b"cannot write reports/r.md: " in terminal.raw
        assert b"#1 saved: 1 of 1 answered" in terminal.raw


@pytest.mark.usefixtures("new_interpreter")
def test_disconnect_during_an_answer_still_writes_the_files(program: Program, ollama: Ollama):
    program.configure(local=ollama.url)
    ollama.answer(ndjson(word("All is "), SILENT))
    words = ("run", "--no-tui", "Hello?", "--report", "r.md", "--json", "s.json")
    with in_terminal(program, *words) as terminal:
        terminal.shows("▶ streaming")
        terminal.hang_up()
        assert terminal.process.wait(60) == 130
    assert "All is " in (program.here / "s.json").read_text("utf-8")
    assert "All is" in (program.here / "r.md").read_text("utf-8")


@pytest.mark.usefixtures("new_interpreter")
def test_disconnect_of_the_screen_still_writes_the_files(program: Program, ollama: Ollama):
    program.configure(local=ollama.url)
    with in_terminal(program, "run", "Hello?", "--report", "r.md", "--json", "s.json") as terminal:
        terminal.shows("✓ done")
        terminal.hang_up()
        assert terminal.process.wait(60) == 130
    assert "All is well." in (program.here / "s.json").read_text("utf-8")
    assert "All is well." in (program.here / "r.md").read_text("utf-8")


def test_score_after_the_database_was_deleted_is_saved_in_a_new_file(
    program: Program, ollama: Ollama
):
    program.configure(local=ollama.url)
    ollama.answer(WHOLE)
    data = program.home / "data"
    with in_terminal(program, "run", "First?", "--data-dir", data) as terminal:
        terminal.shows("✓ done")
        shutil.rmtree(data)
        terminal.press("4")
        terminal.shows("was deleted or moved")
        terminal.shows("4/5")
        terminal.press("3")
        terminal.shows("3/5")
        (data / "sessions.db").unlink()
        (data / "sessions.db").mkdir()
        terminal.press("2")
        terminal.shows("was replaced")
        (data / "sessions.db").rmdir()
        terminal.press(CTRL_Q)
        assert terminal.ended() == 0
    session = json.loads(program("report", "--format", "json", "--data-dir", data).out)
    assert [row["value"] for row in session["judgements"]] == [4, 3]
    assert session["answers"][0]["state"] == "done"
