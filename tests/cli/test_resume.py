"""Interrupted, killed and resumed runs: only what is missing is run again."""

from __future__ import annotations

import signal
import subprocess

import pytest

from tests.cli.ollama import CHAT, FAILED, TRUNCATED, WHOLE, Ollama, word
from tests.cli.program import LIMIT_S, Program, line_with
from tests.loopback import SILENT, ndjson

STUCK = ndjson(word("All "), word("is"), SILENT)


def begin_and_get_stuck(program: Program, ollama: Ollama) -> subprocess.Popen[str]:
    """Two tasks: the first is answered, the second is in mid-stream."""
    program.configure(local=ollama.url)
    ollama.answer(WHOLE, STUCK)
    process = program.start("run", "--tasks", program.tasks("one", "two"))
    assert process.stderr
    line_with(process.stderr, "[1/2] local  one")
    ollama.wait_for(CHAT, 2)
    return process


def rest_of(process: subprocess.Popen[str]) -> tuple[str, str]:
    out, err = process.communicate(timeout=LIMIT_S)
    return out, err


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_interrupted_run_is_saved_and_names_the_resume_command(
    program: Program, ollama: Ollama, number: signal.Signals
):
    process = begin_and_get_stuck(program, ollama)
    process.send_signal(number)
    out, err = rest_of(process)
    assert process.returncode == 130
    assert out == ""
    assert "interrupted; #1 is saved (1 of 2 answered). Resume: bbtui run --resume 1\n" in err
    assert "Traceback" not in err
    ollama.requests_to(CHAT)[1].gone.wait(LIMIT_S)

    ollama.answer(WHOLE)
    ended = program("run", "--resume", "1")
    assert ended.code == 0
    assert "#1: 1 of 2 answers to run\n" in ended.err
    assert ollama.prompts == ["Prompt of one.", "Prompt of two.", "Prompt of two."]
    answers = program.session("1")["answers"]
    assert [answer["state"] for answer in answers] == ["done", "failed", "done"]


def test_interrupted_run_writes_the_named_files(program: Program, ollama: Ollama):
    program.configure(local=ollama.url)
    ollama.answer(WHOLE, STUCK)
    tasks = program.tasks("one", "two")
    process = program.start("run", "--tasks", tasks, "--report", "part.md")
    assert process.stderr
    line_with(process.stderr, "[1/2]")
    ollama.wait_for(CHAT, 2)
    process.send_signal(signal.SIGINT)
    rest_of(process)
    assert process.returncode == 130
    assert "> All is well." in (program.here / "part.md").read_text(encoding="utf-8")


def test_killed_run_is_unfinished_and_can_be_resumed(program: Program, ollama: Ollama):
    process = begin_and_get_stuck(program, ollama)
    process.kill()
    rest_of(process)
    listed = program("sessions").out.splitlines()
    assert listed[1].startswith("#1")
    assert listed[1].endswith("unfinished")

    ollama.answer(WHOLE)
    ended = program("run", "--resume")
    assert ended.code == 0
    assert "#1: 1 of 2 answers to run\n" in ended.err
    assert ollama.prompts[2:] == ["Prompt of two."]


def test_failed_answers_are_rerun_only_with_retry_errors(program: Program, ollama: Ollama):
    program.configure(local=ollama.url)
    ollama.answer(WHOLE, FAILED, TRUNCATED)
    tasks = program.tasks("one", "two", "three")
    ended = program("run", "--tasks", tasks)
    assert ended.code == 4
    assert "run the rest   bbtui run --resume 1 --retry-errors\n" in ended.err

    ollama.answer(WHOLE)
    ended = program("run", "--resume")
    assert ended.code == 4
    assert "#1: 0 of 3 answers to run\n" in ended.err
    assert "2 failed answers skipped; --retry-errors reruns them\n" in ended.err
    assert len(ollama.prompts) == 3

    ended = program("run", "--resume", "1", "--retry-errors")
    assert ended.code == 0
    assert ollama.prompts[3:] == ["Prompt of two.", "Prompt of three."]
    assert "[2/2] local  three  done" in ended.err


def test_resumed_session_keeps_its_options_and_models(program: Program, ollama: Ollama):
    program.configure(local=ollama.url)
    ollama.answer(FAILED)
    program("run", "Hello?", "--seed", "99", "-m", "local=gemma3:4b")
    ollama.answer(WHOLE)
    assert program("run", "--resume", "--retry-errors").code == 0
    last = ollama.requests_to(CHAT)[-1].json
    assert (last["model"], last["options"]["seed"]) == ("gemma3:4b", 99)


def test_endpoint_removed_from_the_configuration_is_named(program: Program, ollama: Ollama):
    program.configure(big=ollama.url, local=ollama.url)
    ollama.answer(FAILED)
    assert program("run", "Hello?").code == 3
    program.configure(local=ollama.url)
    ollama.answer(WHOLE)
    ended = program("run", "--resume", "--retry-errors")
    assert ended.code == 3
    assert "big is no longer configured; its answers are skipped\n" in ended.err
    assert "[1/1] local  prompt-1  done" in ended.err

    program.configure(other=ollama.url)
    ended = program("run", "--resume")
    assert ended.code == 2
    assert "the configuration has none of the endpoints of #1: big, local" in ended.err


def test_resume_can_select_one_endpoint(program: Program, ollama: Ollama):
    program.configure(big=ollama.url, local=ollama.url)
    ollama.answer(FAILED)
    program("run", "Hello?")
    ollama.answer(WHOLE)
    ended = program("run", "--resume", "--retry-errors", "-e", "big")
    assert "[1/1] big  prompt-1  done" in ended.err
    ended = program("run", "--resume", "-e", "bog")
    assert ended.code == 2
    assert '-e bog: #1 has no endpoint "bog"' in ended.err


def test_demo_does_not_resume_a_session_with_the_same_names(program: Program, ollama: Ollama):
    program.configure(big=ollama.url, local=ollama.url)
    ollama.answer(FAILED)
    program("run", "Hello?")
    ended = program("demo", "--resume")
    assert ended.code == 2
    assert "the demo has none of the endpoints of #1: big, local" in ended.err
    assert "bbtui run --resume 1" in ended.err


def test_session_running_in_another_process_is_refused(program: Program, ollama: Ollama):
    process = begin_and_get_stuck(program, ollama)
    ended = program("run", "--resume", "1")
    assert ended.code == 2
    assert f"session #1 is open in another bbtui (process {process.pid})" in ended.err
    assert len(ollama.prompts) == 2
    process.send_signal(signal.SIGINT)
    rest_of(process)
    assert process.returncode == 130


def test_resume_takes_the_options_of_the_session(program: Program, ollama: Ollama):
    program.configure(local=ollama.url)
    tasks = program.tasks("one", "two")
    options = ("--tasks", tasks, "--model", "local=gemma3:4b", "--seed", 7, "--think", "false")
    ollama.answer(WHOLE, FAILED, WHOLE)
    program("run", *options, "-n", 1, "--label", "first")
    ended = program("run", "--resume", 1, "--retry-errors", *options, "-n", 1, "--label", "first")
    assert ended.code == 0, ended.err
    assert ollama.prompts == ["Prompt of one.", "Prompt of two.", "Prompt of two."]


@pytest.mark.parametrize(
    ("words", "flag", "difference"),
    [
        (("Hello?",), "PROMPT", "has another prompt"),
        (("--task", "one"), "--task", "has the tasks one, two"),
        (("-m", "local=gemma3:1b"), "-m", "used gemma3:4b for local"),
        (("-m", "big=gemma3:1b"), "-m", "has no endpoint big"),
        (("--trials", "2"), "-n", "has 1 trial of each task"),
        (("--warmup", "1"), "--warmup", "was run with 0 warm-up requests to each endpoint"),
        (("--cooldown", "1"), "--cooldown", "was run with pauses of 0 s"),
        (("--cache-bust",), "--cache-bust", "was run without a marker before its prompts"),
        (("--label", "second"), "--label", 'has the label "first"'),
        (("--seed", "8"), "--seed", "was run with seed 7"),
        (("--temperature", "0.5"), "--temperature", "was run without a temperature"),
        (("--think", "high"), "--think", "was run with think false"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_resume_with_another_option_names_the_difference(
    program: Program, ollama: Ollama, words: tuple[str, ...], flag: str, difference: str
):
    program.configure(local=ollama.url)
    tasks = program.tasks("one", "two")
    options = ("--model", "local=gemma3:4b", "--seed", 7, "--think", "false", "--label", "first")
    program("run", "--tasks", tasks, *options)
    ended = program("run", "--resume", 1, *words)
    assert ended.code == 2
    fix = f"leave out {flag} to resume the session, or --resume to start a new one"
    assert ended.err == f"bbtui: {flag}: #1 {difference}\n{fix}\n"
    assert len(ollama.prompts) == 2


def test_resume_keeps_the_schedule_of_the_session(program: Program, ollama: Ollama):
    program.configure(local=ollama.url)
    schedule = ("--warmup", "1", "--cooldown", "0.01", "--cache-bust")
    ollama.answer(WHOLE, FAILED, WHOLE)
    program("run", "--tasks", program.tasks("one"), *schedule)
    assert program("run", "--resume", 1, "--cold").err == (
        "bbtui: --cold: #1 warms each endpoint up before it measures\n"
        "leave out --cold to resume the session, or --resume to start a new one\n"
    )
    ended = program("run", "--resume", 1, "--retry-errors", *schedule)
    assert ended.code == 0, ended.err
    session = program.session("1")
    assert session["schedule"] == {"warmup": 1, "cooldown_s": 0.01, "cache_bust": True}
    warm = "Reply with the single word: ready"
    first, second = (answer["marker"] for answer in session["answers"])
    assert ollama.prompts == [warm, f"{first}Prompt of one.", warm, f"{second}Prompt of one."]
    assert first != second


def test_resume_with_other_tasks_names_them(program: Program, ollama: Ollama):
    program.configure(local=ollama.url)
    program("run", "--tasks", program.tasks("one", "two"))
    more = program("run", "--resume", 1, "--tasks", program.tasks("one", "two", "three"))
    assert "--tasks: #1 has no task three\nleave out --tasks to resume" in more.err
    path = program.tasks("one", "two")
    path.write_text(path.read_text().replace("Prompt of two", "Another prompt"))
    changed = program("run", "--resume", 1, "--tasks", path)
    assert "--tasks: #1 has another prompt for two" in changed.err
    assert (more.code, changed.code) == (2, 2)
