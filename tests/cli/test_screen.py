"""In a real terminal: when the screen opens, what a run shows without it, how it is left."""

from __future__ import annotations

import signal

import pytest

from tests.cli.ollama import FAILED, WHOLE, Ollama, word
from tests.cli.program import Program
from tests.cli.terminal import in_terminal
from tests.loopback import SILENT, ndjson
from tests.waiting import wait_until

CTRL_Q = "\x11"


def test_prompt_starts_at_once_and_the_report_is_written_at_exit(program: Program, ollama: Ollama):
    program.configure(big=ollama.url, local=ollama.url)
    with in_terminal(program, "run", "Hello?", "--report", "r.md") as terminal:
        terminal.shows("All is well.")
        wait_until(lambda: terminal.text.count("✓ done") == 2)
        terminal.press(CTRL_Q)
        assert terminal.ended() == 0
        assert b"#1 saved: " in terminal.raw
    assert "All is well." in (program.here / "r.md").read_text(encoding="utf-8")


def test_unfinished_session_is_shown_as_a_notice(
    program: Program, ollama: Ollama, closed_port_url: str
):
    program.configure(local=closed_port_url)
    assert program("run", "Hello?", "--wait", "0").code == 3
    program.configure(local=ollama.url)
    with in_terminal(program) as terminal:
        terminal.shows("#1 is unfinished")
        terminal.press(CTRL_Q)
        assert terminal.ended() == 0
    assert ollama.prompts == []


def test_notice_names_the_keys_of_the_user(program: Program, ollama: Ollama):
    ollama.answer(FAILED)
    config = program.configure(local=ollama.url)
    assert program("run", "Hello?").code == 3
    with config.open("a", encoding="utf-8") as file:
        file.write('[keys]\n"sessions.open" = "f8"\n"round.run_all" = "f7"\n')
    with in_terminal(program) as terminal:
        terminal.shows("answered): F8 opens it")
        terminal.press(CTRL_Q)
        assert terminal.ended() == 0
    with in_terminal(program, "run", "--resume") as terminal:
        terminal.shows("1 missing answer not included; F7 runs it")
        terminal.press(CTRL_Q)
        assert terminal.ended() == 0


def test_screen_refuses_the_keys_that_config_check_refuses(program: Program, ollama: Ollama):
    config = program.configure(local=ollama.url)
    with config.open("a", encoding="utf-8") as file:
        file.write('[keys]\n"round.run" = "f99"\n"task.next" = "e"\n')
    check = program("config", "check")
    assert check.code == 2
    assert 'keys.round.run: unknown key "f99"' in check.err
    assert 'keys.task.next: "e" is already the key of report.export' in check.err
    with in_terminal(program) as terminal:
        assert terminal.ended() == 2
        for line in check.err.splitlines():
            assert line.strip() in terminal.text


def test_score_opens_a_session_without_its_endpoints(program: Program, ollama: Ollama):
    config = program.configure(local=ollama.url)
    assert program("run", "Hello?").code == 0
    config.unlink()
    del program.environ["BBTUI_CONFIG"]
    with in_terminal(program, "score") as terminal:
        terminal.shows("All is well.")
        terminal.press("4")
        terminal.shows("4/5")
        terminal.press(CTRL_Q)
        assert terminal.ended() == 0
    assert program.session("1")["answers"][0]["score"] == 4


@pytest.mark.usefixtures("new_interpreter")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_signal_restores_the_terminal_and_saves_the_session(
    program: Program, ollama: Ollama, number: signal.Signals
):
    program.configure(local=ollama.url)
    ollama.answer(ndjson(word("All "), word("is"), SILENT))
    with in_terminal(program, "run", "Hello?") as terminal:
        terminal.shows("All is")
        terminal.process.send_signal(number)
        assert terminal.ended() == 130
        assert b"\x1b[?1049l" in terminal.raw
        assert b"Resume: bbtui run --resume 1" in terminal.raw
    ollama.answer(WHOLE)
    assert program("run", "--resume").code == 0


def test_closed_stdin_opens_no_screen(program: Program, ollama: Ollama):
    program.configure(local=ollama.url)
    with in_terminal(program, "run", "Hello?", stdin=False) as terminal:
        assert terminal.ended() == 0
        assert b"\x1b[?1049h" not in terminal.raw
        assert b"[1/1] local  prompt-1  done" in terminal.raw


@pytest.mark.parametrize("term", ["dumb", "unknown"])
def test_terminal_without_a_screen_runs_headless(program: Program, ollama: Ollama, term: str):
    program.configure(local=ollama.url)
    program.environ["TERM"] = term
    with in_terminal(program, "run", "Hello?") as terminal:
        assert terminal.ended() == 0
        assert b"[1/1] local  prompt-1  done" in terminal.raw
        assert b"\x1b" not in terminal.raw
    with in_terminal(program, "score") as terminal:
        assert terminal.ended() == 2
        terminal.shows(f"scoring needs a screen, and this terminal has none (TERM={term})")


@pytest.mark.usefixtures("new_interpreter")
def test_progress_in_a_terminal_has_a_row_for_each_endpoint(program: Program, ollama: Ollama):
    program.configure(big=ollama.url, local=ollama.url)
    ollama.answer(ndjson(word("All "), word("is"), SILENT))
    with in_terminal(program, "run", "--no-tui", "Hello?", "--json", "s.json") as terminal:
        terminal.shows("▶ streaming")
        terminal.shows("0 of 2")
        terminal.shows("~2 tok")
        terminal.press("\x03")
        assert terminal.ended() == 130
        assert "Resume: bbtui run --resume 1" in terminal.text


def test_delete_asks_for_confirmation_in_a_terminal(program: Program, ollama: Ollama):
    program.configure(local=ollama.url)
    program("run", "Hello?")
    for answer, left in (("n", 1), ("y", 0)):
        with in_terminal(program, "sessions", "delete", "1") as terminal:
            terminal.shows("permanently delete #1 (1 answer)? [y/N]")
            terminal.press(f"{answer}\n")
            assert terminal.ended() == 0
        assert len(program("sessions").out.splitlines()[1:]) == left
