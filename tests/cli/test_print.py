"""`run --print`: the answers on stdout, and the prompt on a pipe."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading

import pytest

from bbtui.cli.stdin_prompt import MOST_CHARACTERS
from tests.cli.ollama import CHAT, FAILED, WHOLE, Ollama, end, word
from tests.cli.program import LIMIT_S, Program
from tests.cli.terminal import in_terminal
from tests.loopback import SILENT, Wait, ndjson

#: In a process of its own: stdin is a pipe.
PIPED = ("bbtui",)
WAYS_OUT = "to send it as the prompt: bbtui run -; to ignore it: bbtui run … </dev/null"


def test_answers_are_printed_one_after_the_other_under_their_labels(
    program: Program, ollama: Ollama
):
    program.configure(big=ollama.url, local=ollama.url)
    ended = program("run", "--print", "How is it?")
    assert ended.code == 0
    assert ended.out == (
        "## Big · gemma3:1b\n\nAll is well.\n\n## Local · gemma3:1b\n\nAll is well.\n"
    )
    assert "[2/2] local  prompt-1  done" in ended.err
    assert "#1 saved: 2 of 2 answered" in ended.err


def test_several_tasks_and_trials_have_headings_of_their_own(program: Program, ollama: Ollama):
    program.configure(local=ollama.url)
    ended = program("run", "--print", "--tasks", program.tasks("one", "two"), "--trials", 2)
    headings = [line for line in ended.out.splitlines() if line.startswith("#")]
    trials = ["## Local · gemma3:1b ×1", "## Local · gemma3:1b ×2"]
    assert headings == [
        "# one",
        trials[0],
        "# two",
        trials[0],
        "# one",
        trials[1],
        "# two",
        trials[1],
    ]


def test_first_answer_is_printed_while_it_streams(program: Program, ollama: Ollama):
    program.configure(local=ollama.url)
    ollama.answer(ndjson(word("All "), word("is"), SILENT))
    process = program.start("run", "--print", "How is it?")
    assert process.stdout
    expected = "## Local · gemma3:1b\n\nAll is"
    assert process.stdout.read(len(expected)) == expected
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=LIMIT_S)
    assert process.returncode == 130
    assert out == "\n"
    assert "interrupted; #1 is saved" in err


def test_failed_answer_leaves_its_label_and_the_cause_on_stderr(program: Program, ollama: Ollama):
    program.configure(big=ollama.url, local=ollama.url)
    ollama.answer(FAILED, FAILED, WHOLE)
    ended = program("run", "--print", "--serial", "How is it?")
    assert ended.out.startswith("## Big · gemma3:1b\n\n")
    assert "the runner has died" not in ended.out
    assert "the runner has died" in ended.err


def test_pipe_gets_an_answer_as_it_came_and_a_terminal_without_controls(
    program: Program, ollama: Ollama
):
    program.configure(local=ollama.url)
    ollama.answer(ndjson(word("\x1b[31mred"), word("\x9b2J"), {"message": {}, "done": True}))
    assert "\x1b[31mred\x9b2J" in program("run", "--print", "Hi").out
    with in_terminal(program, "run", "--print", "Hi") as terminal:
        terminal.shows("�[31mred�2J")
        terminal.shows("#2 saved: 1 of 1 answered")


def test_piped_text_is_the_prompt(program: Program, ollama: Ollama):
    program.configure(local=ollama.url)
    ended = program("run", "--print", stdin="Line one\nline two\n", launcher=PIPED)
    assert ended.code == 0, ended.err
    assert ollama.prompts == ["Line one\nline two\n"]


def test_without_piped_text_the_tasks_are_run(program: Program, ollama: Ollama):
    program.configure(local=ollama.url)
    process = program.start("run", "--print", "--task", "gitea-webhook")  # stdin is /dev/null
    out, _ = process.communicate(timeout=LIMIT_S)
    assert out.endswith("All is well.\n")


@pytest.mark.parametrize(
    ("words", "stdin", "cause"),
    [
        (("--print",), "", "the prompt on stdin is empty"),
        (("--print",), " \n", "the prompt on stdin is empty"),
        (("--print",), b"\xff\xfe\x00", "the prompt on stdin is not UTF-8 text"),
        (("--print",), b"a\0b", "the prompt on stdin is not text: it has NUL characters"),
        (("--print",), "x" * 10_000_000, "the prompt on stdin is longer than 4,000,000 characters"),
        (("-",), "x" * (MOST_CHARACTERS + 1), "the prompt on stdin is longer than 4,000,000"),
        (("--print", "Hi"), "text", f"PROMPT and text on stdin cannot be combined\n{WAYS_OUT}"),
        (("Hi",), "text", f"PROMPT and text on stdin cannot be combined\n{WAYS_OUT}"),
        (("--task", "gitea-webhook"), "text", "--task and text on stdin cannot be combined"),
        (("--print", "--tasks", "x"), "text", "--tasks and text on stdin cannot be combined"),
        (("--resume",), "text", "--resume and text on stdin cannot be combined"),
        ((), "text", f"there is text on stdin that would not be read\n{WAYS_OUT}"),
        (("--print", "--report", "-", "Hi"), "", "--print and --report cannot both write to"),
        (("--print", "--json", "-", "Hi"), "", "--print and --json cannot both write to stdout"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_unusable_stdin_is_refused_with_the_ways_out(
    program: Program, ollama: Ollama, words: tuple[str, ...], stdin: str | bytes, cause: str
):
    program.configure(local=ollama.url)
    ended = program("run", *words, stdin=stdin, launcher=PIPED)
    assert ended.code == 2, ended.err
    assert cause in ended.err
    assert ended.out == ""
    assert ollama.prompts == []


def test_text_that_never_ends_is_read_up_to_the_limit(program: Program, ollama: Ollama):
    program.configure(local=ollama.url)
    endless = [sys.executable, "-c", "while True: print('yes')"]
    with subprocess.Popen(endless, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as writer:
        ended = subprocess.run(
            [sys.executable, "-m", "bbtui", "run", "--print"],
            stdin=writer.stdout,
            capture_output=True,
            env=program.env(),
            cwd=program.here,
            text=True,
            timeout=LIMIT_S,
        )
        writer.kill()
    assert ended.returncode == 2
    assert "longer than 4,000,000 characters: no more was read" in ended.stderr


def test_file_on_stdin_that_was_read_before_is_no_waiting_text(program: Program, ollama: Ollama):
    program.configure(local=ollama.url)
    file = program.here / "list.txt"
    file.write_text("one\n")
    with file.open() as opened:
        opened.read()
        command = [sys.executable, "-m", "bbtui", "run", "Hi"]
        ended = subprocess.run(
            command, stdin=opened, capture_output=True, env=program.env(), timeout=LIMIT_S
        )
    assert ended.returncode == 0


def test_text_that_comes_while_it_runs_is_named(program: Program, ollama: Ollama):
    program.configure(local=ollama.url)
    more = threading.Event()
    ollama.answer(ndjson(word("All "), Wait(more), word("is well."), end()))
    process = subprocess.Popen(
        [sys.executable, "-m", "bbtui", "run", "--print", "Hi"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=program.env(),
        cwd=program.here,
        text=True,
    )
    with process:
        assert process.stdin
        ollama.wait_for(CHAT)
        process.stdin.write("late\n")
        process.stdin.flush()
        more.set()
        _, err = process.communicate(timeout=LIMIT_S)
    assert process.returncode == 0
    assert "text that arrived on stdin during the run was not read; bbtui run - sends it" in err
