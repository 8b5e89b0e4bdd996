"""The real program on a pseudo-terminal: keys, the screen, and the restored terminal."""

from __future__ import annotations

import re
import signal
from pathlib import Path

import pytest

from tests.cli.conftest import new_interpreter, ollama, program
from tests.cli.ollama import Ollama, end, word
from tests.cli.program import Program
from tests.cli.terminal import Terminal, in_terminal
from tests.loopback import SILENT, Trace, ndjson
from tests.waiting import wait_until

__all__ = ["new_interpreter", "ollama", "program"]

CTRL_Q = "\x11"
#: What the screen switches on, and how each is switched off again.
SWITCHES = {
    "alternate screen": (b"\x1b[?1049h", b"\x1b[?1049l"),
    "mouse": (b"\x1b[?1000h", b"\x1b[?1000l"),
    "mouse moves": (b"\x1b[?1003h", b"\x1b[?1003l"),
    "hidden cursor": (b"\x1b[?25l", b"\x1b[?25h"),
    "bracketed paste": (b"\x1b[?2004h", b"\x1b[?2004l"),
}
#: The shell's child that runs the program, and prints when it was stopped and when it ended.
_UNDER_A_SHELL = (
    "import fcntl, os, sys, termios\n"
    "os.setsid()\n"
    "fcntl.ioctl(1, termios.TIOCSCTTY, 0)\n"
    "run = ' '.join([sys.executable, '-m', *sys.argv[1:]])\n"
    "os.execv('/bin/sh', ['sh', '-mc', run + '; echo STOPPED; read x; fg; echo LEFT $?'])\n"
)

#: The terminal of another session, as after `docker exec` or `su`: no signal tells of its end.
_NOT_CONTROLLING = (
    "import os, sys\nos.setsid()\nos.execv(sys.executable, [sys.executable, '-m', *sys.argv[1:]])\n"
)
_IGNORING_HANG_UP = (
    "import fcntl, os, signal, sys, termios\n"
    "os.setsid()\n"
    "fcntl.ioctl(1, termios.TIOCSCTTY, 0)\n"
    "signal.signal(signal.SIGHUP, signal.SIG_IGN)\n"
    "os.execv(sys.executable, [sys.executable, '-m', *sys.argv[1:]])\n"
)


def assert_restored(terminal: Terminal) -> None:
    """The terminal is as it was before."""
    for name, (on, off) in SWITCHES.items():
        assert on in terminal.raw, f"{name} was never switched on: a stale test"
        assert terminal.raw.rfind(off) > terminal.raw.rfind(on), f"{name} was left on"


def said_after(terminal: Terminal) -> str:
    """Return what was printed after the screen had gone, without escapes."""
    last = terminal.raw.rpartition(b"\x1b[?1049l")[2].decode()
    return re.sub(r"\x1b\[[0-9;?<>=]*[a-zA-Z]|\r", "", last).strip()


@pytest.fixture
def recorded(ollama: Ollama) -> Trace:
    """Return the server gives an answer that a real one gave."""
    trace = Trace.load("chat-warm")
    ollama.answer(trace.reply)
    return trace


def test_session_from_the_first_key_to_the_report(
    program: Program, ollama: Ollama, recorded: Trace
):
    program.configure(big=ollama.url, local=ollama.url)
    with in_terminal(program, "run", "--tasks", program.tasks("one", "two")) as terminal:
        before = terminal.attributes
        terminal.shows("space run · a run all")
        terminal.press("a")
        terminal.shows("is_palindrome")
        wait_until(lambda: terminal.text.count("✂ token limit") == 2)
        wait_until(lambda: "2 two" in terminal.text and "✂ ✂" in row(terminal, "2 two"))
        terminal.press("4")
        terminal.shows(" 4/5 ")
        terminal.press("2n")
        terminal.shows("task 2 of 2")
        terminal.press("5v")
        terminal.shows("Local: verdict")
        terminal.press("SOLID says it all\r")
        terminal.shows("SOLID — says it all")
        terminal.press("e")
        terminal.shows("Report of #1")
        terminal.shows("characters   enter write")
        terminal.press("\r")
        terminal.shows("report written to bbtui-1.md")
        terminal.press("q")
        assert terminal.ended() == 0
        assert_restored(terminal)
        assert terminal.attributes == before
        assert said_after(terminal).startswith("#1 saved")
        assert "Traceback" not in terminal.raw.decode(errors="replace")
        assert terminal.raw.startswith(SWITCHES["alternate screen"][0]), "nothing comes before it"
    report = (program.here / "bbtui-1.md").read_text("utf-8")
    assert "is_palindrome" in report
    assert "4/5" in report
    scores = [answer["score"] for answer in program.session("1")["answers"]]
    assert sorted(score for score in scores if score) == [2, 4, 5]


def row(terminal: Terminal, words: str) -> str:
    return next(line for line in terminal.text.splitlines() if words in line)


@pytest.mark.usefixtures("new_interpreter")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_signal_while_streaming_restores_the_terminal(
    program: Program, ollama: Ollama, number: signal.Signals
):
    program.configure(local=ollama.url)
    ollama.answer(ndjson(word("Half "), word("way"), SILENT))
    with in_terminal(program, "run", "Hello?") as terminal:
        terminal.shows("Half way")
        terminal.process.send_signal(number)
        assert terminal.ended() == 130
        assert_restored(terminal)
        assert "#1 is saved" in said_after(terminal)
    assert program.session("1")["answers"][0]["text"] == "Half way"


@pytest.mark.usefixtures("new_interpreter")
@pytest.mark.parametrize("_", range(8))
def test_dropped_line_ends_the_program_and_loses_nothing(program: Program, ollama: Ollama, _: int):
    program.configure(local=ollama.url)
    ollama.answer(ndjson(word("Half "), word("way"), SILENT))
    with in_terminal(program, "run", "Hello?") as terminal:
        terminal.shows("Half way")
        terminal.press("4")
        terminal.shows("4/5")
        terminal.hang_up()
        assert terminal.process.wait(60) == 130
    answer = program.session("1")["answers"][0]
    assert (answer["text"], answer["score"]) == ("Half way", 4)


@pytest.mark.parametrize("become", [_NOT_CONTROLLING, _IGNORING_HANG_UP])
def test_terminal_that_goes_without_a_hang_up_ends_the_program(
    program: Program, ollama: Ollama, become: str
):
    program.configure(local=ollama.url)
    with in_terminal(program, "run", "Hello?", become=become) as terminal:
        terminal.shows("✓ done")
        terminal.press("4")
        terminal.shows("4/5")
        terminal.hang_up()
        assert terminal.process.wait(60) == 130
    assert program.session("1")["answers"][0]["score"] == 4


def test_sigcont_without_a_stop_changes_nothing(program: Program, ollama: Ollama):
    program.configure(local=ollama.url)
    with in_terminal(program, "run", "Hello?") as terminal:
        terminal.shows("All is well.")
        wait_until(lambda: "✓ done" in terminal.text)
        terminal.process.send_signal(signal.SIGCONT)
        terminal.press("4")
        terminal.shows("4/5")
        terminal.press("q")
        assert terminal.ended() == 0
        assert terminal.raw.count(b"\x1b[?1049h") == 1, "one screen, one reader of keys"
        assert_restored(terminal)


def test_ctrl_z_suspends_and_fg_resumes(program: Program, ollama: Ollama):
    program.configure(local=ollama.url)
    with in_terminal(program, "run", "Hello?", become=_UNDER_A_SHELL) as terminal:
        terminal.shows("All is well.")
        wait_until(lambda: "✓ done" in terminal.text)
        terminal.press("\x1a")
        terminal.shows("STOPPED")
        assert_restored(terminal)
        stopped = len(terminal.raw)
        terminal.press("\n")
        wait_until(lambda: b"All is well." in terminal.raw[stopped:])
        terminal.press("4")
        wait_until(lambda: b"4/5" in terminal.raw[stopped:])
        terminal.press("q")
        terminal.ended()
        assert_restored(terminal)
        assert "LEFT 0" in said_after(terminal)


def test_resize_redraws_the_screen(program: Program, ollama: Ollama):
    program.configure(big=ollama.url, local=ollama.url)
    with in_terminal(program, "run", "Hello?") as terminal:
        wait_until(lambda: terminal.text.count("All is well.") == 2)
        terminal.resize(80, 24)
        wait_until(lambda: terminal.text.count("All is well.") == 1)
        terminal.resize(20, 5)
        terminal.shows("bbtui needs")
        terminal.resize(120, 36)
        wait_until(lambda: terminal.text.count("All is well.") == 2)
        terminal.press("q")
        assert terminal.ended() == 0


def test_resize_there_and_back_redraws_the_screen(program: Program, ollama: Ollama):
    program.configure(big=ollama.url, local=ollama.url)
    with in_terminal(program, "run", "Hello?") as terminal:
        wait_until(lambda: terminal.text.count("✓ done") == 2)
        for columns, rows in ((60, 8), (130, 20), (40, 30), (119, 5)):
            terminal.resize(columns, rows)
            terminal.resize(120, 36)
            wait_until(lambda: terminal.text.count("All is well.") == 2)
        terminal.press("q")
        assert terminal.ended() == 0


def test_size_that_changes_while_it_is_read_is_not_the_last_one(program: Program, ollama: Ollama):
    program.configure(big=ollama.url, local=ollama.url)
    launcher = ("tests.cli.conditions", "resized=120x36")
    with in_terminal(program, "run", "Hello?", launcher=launcher) as terminal:
        wait_until(lambda: terminal.text.count("✓ done") == 2)
        terminal.resize(40, 10)
        wait_until(lambda: terminal.size == (120, 36))
        terminal.resize(120, 36)  # of the emulator alone: that of the terminal is the same
        terminal.press("?")
        terminal.shows("esc closes")
        terminal.press("\x1b")
        wait_until(lambda: terminal.text.count("All is well.") == 2)
        terminal.press("q")
        assert terminal.ended() == 0


def test_output_that_is_no_terminal_is_an_error(program: Program, ollama: Ollama, tmp_path: Path):
    program.configure(local=ollama.url)
    with (
        (tmp_path / "messages").open("wb") as messages,
        in_terminal(program, "run", "Hello?", stderr=messages.fileno()) as terminal,
    ):
        assert terminal.ended() == 0
        assert b"All is well." in terminal.raw, "the report goes to stdout"
        assert b"\x1b[?1049h" not in terminal.raw
    assert "[1/1] local  prompt-1  done" in (tmp_path / "messages").read_text("utf-8")


@pytest.mark.parametrize("typed", [b"f\xfcr", b"\x80", b"\xff\xfe", b"\x1b[M\xa0\xff\xff", b"\xe9"])
def test_bytes_that_are_not_utf8_do_not_end_the_program(
    program: Program, ollama: Ollama, typed: bytes
):
    program.configure(local=ollama.url)
    with in_terminal(program, "run", "Hello?") as terminal:
        terminal.shows("All is well.")
        terminal.press("c")
        terminal.shows("Local: note")
        terminal.send(typed)
        terminal.press("ok\r")
        wait_until(lambda: "Local: note" not in terminal.text)
        terminal.press(CTRL_Q)
        assert terminal.ended() == 0
    assert_restored(terminal)
    (note,) = program.session("1")["judgements"]
    assert (note["what"], note["text"][-2:]) == ("note", "ok")


def test_late_replies_of_the_terminal_write_no_score(program: Program, ollama: Ollama):
    program.configure(local=ollama.url)
    with in_terminal(program, "run", "Hello?") as terminal:
        terminal.shows("All is well.")
        wait_until(lambda: "✓ done" in terminal.text)
        for reply in (
            b"\x1b]11;rgb:1414/1919/1f1f\x1b\\",
            b"\x1b]10;rgb:ffff/ffff/ffff\x07",
            b"\x1b[?62;22;52c",
            b"\x1bP>|tmux 3.4\x1b\\",
            b"\x1b_Gi=31;OK\x1b\\",
        ):
            terminal.send(reply[:7])
            terminal.send(reply[7:])
        terminal.press("v")
        terminal.shows("Local: verdict")
        terminal.press("\x1b")
        terminal.press(CTRL_Q)
        assert terminal.ended() == 0
    assert program.session("1")["judgements"] == []


def test_paste_without_brackets_is_one_prompt(program: Program, ollama: Ollama):
    program.configure(local=ollama.url)
    with in_terminal(program, "run", "Hello?") as terminal:
        terminal.shows("All is well.")
        terminal.press("i")
        terminal.shows("your own prompt")
        terminal.press("Review this:\rdef f(x):\r    return 4\r")
        terminal.shows("return 4")
        assert len(ollama.prompts) == 1
        terminal.press("\r")
        wait_until(lambda: len(ollama.prompts) == 2)
        terminal.press(CTRL_Q)
        terminal.ended()
    assert ollama.prompts[-1] == "Review this:\ndef f(x):\n    return 4"
    assert program.session("1")["judgements"] == []


def test_paste_without_an_end_leaves_the_keys_alone(program: Program, ollama: Ollama):
    program.configure(local=ollama.url)
    with in_terminal(program, "run", "Hello?") as terminal:
        terminal.shows("All is well.")
        terminal.press("i")
        terminal.shows("your own prompt")
        terminal.press("\x1b[200~pasted text")
        terminal.shows("pasted text")
        terminal.press("\x03")
        assert terminal.ended() == 0


def test_crash_of_the_input_is_logged_and_ends_with_1(program: Program, ollama: Ollama):
    program.configure(local=ollama.url)
    launcher = ("tests.ui.broken_input",)
    with in_terminal(program, "run", "Hello?", launcher=launcher) as terminal:
        terminal.shows("All is well.")
        terminal.press("c")
        assert terminal.ended() == 1
    assert_restored(terminal)
    assert "unexpected error: RuntimeError('odd key')" in said_after(terminal)
    assert "Traceback" not in said_after(terminal)
    (log,) = program.home.rglob("bbtui.log")
    assert "RuntimeError('odd key')" in log.read_text(encoding="utf-8")


def test_memory_of_a_session_is_free_once_another_is_opened(program: Program, ollama: Ollama):
    program.configure(local=ollama.url)
    assert program("run", "The first one.").code == 0
    counted = program.home / "screens"
    program.environ["COUNTED"] = str(counted)
    launcher = ("tests.ui.counted_screens",)
    with in_terminal(program, "run", "Hello?", launcher=launcher) as terminal:
        terminal.shows("✓ done")
        terminal.press("o")
        terminal.shows("enter opens")
        terminal.press("\x1b[B\r")
        terminal.shows("The first one.")
        wait_until(lambda: counted.read_text(encoding="utf-8") == "1 of 2")
        terminal.press(CTRL_Q)
        assert terminal.ended() == 0


def test_check_that_never_ends_holds_up_neither_keys_nor_quitting(program: Program, ollama: Ollama):
    program.configure(local=ollama.url)
    ollama.answer(ndjson(word("a" * 40 + "!"), end()))
    tasks = program.tasks("one")
    with tasks.open("a", encoding="utf-8") as file:
        file.write("checks = [{ mentions = 're:(a+)+$' }, { mentions = 're:(a|aa)+$' }]\n")
    with in_terminal(program, "run", "--tasks", tasks) as terminal:
        terminal.shows("run all")
        terminal.press("a")
        wait_until(lambda: "✓ done" in terminal.text)
        terminal.press("r")
        terminal.shows("… mentions re:(a+)+$")
        terminal.press("r")
        wait_until(lambda: "Checks of" not in terminal.text)
        terminal.press("4e")
        terminal.shows("Report of #1")
        terminal.press("\x1b")
        wait_until(lambda: "Report of #1" not in terminal.text)
        terminal.shows("4/5")
        terminal.press("r")
        terminal.shows("? mentions re:(a+)+$ (not decided within")
        terminal.press(CTRL_Q)
        assert terminal.ended() == 0
    assert_restored(terminal)
