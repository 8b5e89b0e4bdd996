"""A run without a screen: its result, its progress, its exit codes."""

from __future__ import annotations

import json

import pytest

from tests.cli.ollama import CHAT, CUT, FAILED, TRUNCATED, WHOLE, Ollama, end, word
from tests.cli.program import Program
from tests.loopback import ndjson


def test_prompt_is_sent_to_both_endpoints_and_the_report_printed(program: Program, ollama: Ollama):
    program.configure(big=ollama.url, local=ollama.url)
    ended = program("run", "--no-tui", "What is the weather?")
    assert ended.code == 0
    assert ollama.prompts == ["What is the weather?"] * 2
    assert ended.out.startswith("# ")
    assert ended.out.count("> All is well.") == 2
    lines = ended.err.splitlines()
    assert lines[0].startswith("[1/2] big    prompt-1  done")
    assert "first token" in lines[0]
    assert lines[1].startswith("[2/2] local  prompt-1  done")
    assert lines[2:] == ["#1 saved: 2 of 2 answered", "  score it       bbtui score 1"]


def test_without_a_terminal_no_flag_is_needed(program: Program, ollama: Ollama):
    program.configure(local=ollama.url)
    assert program("run", "Hello?").out.count("> All is well.") == 1


def test_bbtui_without_a_command_runs_the_shipped_tasks(program: Program, ollama: Ollama):
    program.configure(local=ollama.url)
    ended = program("-e", "local")
    assert ended.code == 0
    assert len(ollama.prompts) == 4
    assert "X-Gitea-Signature" in ollama.prompts[0]


def test_prompt_is_read_from_stdin(program: Program, ollama: Ollama):
    program.configure(local=ollama.url)
    assert program("run", "-", stdin="Line one\nLine ¿two?\n").code == 0
    assert ollama.prompts == ["Line one\nLine ¿two?\n"]


@pytest.mark.parametrize("output", ["stdout", "stderr"])
def test_nothing_is_coloured_without_a_terminal(program: Program, ollama: Ollama, output: str):
    ollama.answer(ndjson({"message": {"content": "\x1b[31mred\x1b]0;title\x07"}, "done": True}))
    program.configure(local=ollama.url)
    program.environ |= {"FORCE_COLOR": "1", "CLICOLOR_FORCE": "1"}
    ended = program("run", "Hello?")
    assert "\x1b" not in (ended.out if output == "stdout" else ended.err)


def test_flags_are_sent_to_every_endpoint(program: Program, ollama: Ollama):
    program.configure(big=ollama.url, local=ollama.url)
    ended = program("run", "Hi", "--seed", "11", "--temperature", "0.5", "-m", "big=gemma3:4b")
    assert ended.code == 0
    first, second = (request.json for request in ollama.requests_to(CHAT)[-2:])
    assert (first["options"]["seed"], first["options"]["temperature"]) == (11, 0.5)
    assert first["options"] == second["options"]
    assert {first["model"], second["model"]} == {"gemma3:4b", "gemma3:1b"}


def test_tasks_trials_and_endpoints_select_the_cells(program: Program, ollama: Ollama):
    program.configure(big=ollama.url, local=ollama.url)
    tasks = program.tasks("one", "two", "three")
    words = ("--tasks", tasks, "--task", "one", "--task", "three", "-e", "local", "-n", "2")
    ended = program("run", *words)
    assert ended.code == 0
    assert ollama.prompts == ["Prompt of one.", "Prompt of three."] * 2
    assert "[4/4] local  three ×2  done" in ended.err


def test_endpoint_without_an_answer_is_exit_3_and_unavailable(
    program: Program, ollama: Ollama, closed_port_url: str
):
    program.configure(big=closed_port_url, local=ollama.url)
    ended = program("run", "Hello?", "--wait", "0")
    assert ended.code == 3
    assert "big: waits: nothing listens at 127.0.0.1:" in ended.err
    assert "big: 1 answer not run: nothing listens at 127.0.0.1:" in ended.err
    assert "#1 saved: 1 of 2 answered; no answer from big\n" in ended.err
    assert "bbtui run --resume 1\n" in ended.err
    assert "UNAVAILABLE" in ended.out
    assert "> All is well." in ended.out


def test_exit_3_takes_precedence_over_4(program: Program, ollama: Ollama, closed_port_url: str):
    program.configure(big=closed_port_url, local=ollama.url)
    ollama.answer(TRUNCATED)
    assert program("run", "Hello?", "--wait", "0").code == 3


@pytest.mark.parametrize("reply", [TRUNCATED, FAILED], ids=["truncated", "failed"])
def test_incomplete_or_failed_answer_is_exit_4(program: Program, ollama: Ollama, reply):
    program.configure(local=ollama.url)
    ollama.answer(WHOLE, reply)
    ended = program("run", "--tasks", program.tasks("one", "two"))
    assert ended.code == 4
    assert "#1 saved: 1 of 2 answered\n" in ended.err


def test_answer_at_its_token_limit_counts_as_answered(program: Program, ollama: Ollama):
    program.configure(local=ollama.url)
    ollama.answer(CUT)
    ended = program("run", "Hello?")
    assert ended.code == 0
    assert "[1/1] local  prompt-1  token limit reached" in ended.err


def test_json_of_a_run_can_be_reported_again(program: Program, ollama: Ollama):
    program.configure(big=ollama.url, local=ollama.url)
    ended = program("run", "Hello?", "--json", "-", "--report", "first.md")
    assert ended.code == 0
    document = json.loads(ended.out)
    assert document["bbtui"] == 1
    assert [answer["text"] for answer in document["answers"]] == ["All is well."] * 2
    (program.here / "s.json").write_text(ended.out, encoding="utf-8")
    again = program("report", "s.json")
    assert again.code == 0
    sections = [line for line in again.out.splitlines() if line.startswith("## ")]
    first = (program.here / "first.md").read_text(encoding="utf-8")
    assert sections == [line for line in first.splitlines() if line.startswith("## ")]
    assert "wrote first.md\n" in ended.err


def test_report_replaces_the_named_file_and_leaves_no_other(program: Program, ollama: Ollama):
    program.configure(local=ollama.url)
    (program.here / "r.md").write_text("old", encoding="utf-8")
    ended = program("run", "Hello?", "--report", "r.md")
    assert (ended.code, ended.out) == (0, "")
    assert "> All is well." in (program.here / "r.md").read_text(encoding="utf-8")
    assert [path.name for path in program.here.iterdir()] == ["r.md"]


def test_data_folder_is_taken_from_the_flag(program: Program, ollama: Ollama, tmp_path):
    config = program.configure(local=ollama.url)
    del program.environ["BBTUI_CONFIG"]
    common = ("-c", config, "--data-dir", tmp_path / "my data")
    ended = program(*common, "run", "Hello?")
    assert ended.code == 0
    assert (tmp_path / "my data" / "sessions.db").exists()
    assert f"bbtui score 1 -c {config} --data-dir '{tmp_path}/my data'\n" in ended.err
    assert "#1" in program("sessions", *common).out


def test_closed_pipe_ends_the_run_without_a_message(program: Program, ollama: Ollama):
    program.configure(local=ollama.url)
    process = program.start("run", "Hello?")
    assert process.stdout
    assert process.stderr
    process.stdout.close()
    err = process.stderr.read()
    process.stderr.close()
    assert process.wait(60) == 141
    assert "BrokenPipe" not in err
    assert len(program.session()["answers"]) == 1


def test_check_that_never_ends_is_reported_as_not_decided(program: Program, ollama: Ollama):
    program.configure(local=ollama.url)
    ollama.answer(ndjson(word("a" * 40 + "!"), end()))
    tasks = program.home / "tasks.toml"
    pattern = "re:(a+)+$"
    tasks.write_text(
        f"[[task]]\nid = 'a'\nprompt = 'x'\nchecks = [{{ mentions = '{pattern}' }}]\n",
        encoding="utf-8",
    )
    ended = program("run", "--tasks", tasks, "--report", "-")
    assert ended.code == 0
    assert "not decided (within 2 s)" in row_of(ended.out, f"`mentions {pattern}`")
    document = program.here / "s.json"
    document.write_text(program("report", "1", "--format", "json").out, encoding="utf-8")
    assert program("sessions", "delete", "1", "--yes").code == 0
    assert program("sessions", "import", document).code == 0
    assert "not decided (within 2 s)" in row_of(program("report").out, f"`mentions {pattern}`")


def row_of(report: str, words: str) -> str:
    """Return the row of a table with these words."""
    return next(line for line in report.splitlines() if line.startswith("|") and words in line)
