"""``bbtui diff``: two sessions compared, rules, and the job of docs/diff.md."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import pytest

from tests.cli.ollama import CHAT, FAILED, WHOLE, Ollama, end, word
from tests.cli.program import Program
from tests.loopback import ndjson

DOCS = Path(__file__).parents[2] / "docs"


def two_runs(program: Program, ollama: Ollama) -> None:
    program.configure(local=ollama.url)
    tasks = program.tasks("one", "two")
    ollama.answer(WHOLE)
    assert program("run", "--tasks", tasks).code == 0
    ollama.answer(ndjson(word("All is lost."), end()))
    assert program("run", "--tasks", tasks).code == 0


def slow_down(document: Path) -> None:
    """Let each answer have begun a minute later: no noise of this machine is three times that."""
    session = json.loads(document.read_text("utf-8"))
    for answer in session["answers"]:
        answer["end_ns"] += 60 * 10**9
        for read in answer["reads"]:
            read[0] += 60 * 10**9
    document.write_text(json.dumps(session), encoding="utf-8")


def test_what_changed_is_printed_for_each_side(program: Program, ollama: Ollama):
    two_runs(program, ollama)
    ended = program("diff", "1", "2")
    assert (ended.code, ended.err) == (0, "")
    assert ended.out.startswith("#1 → #2: 2 tasks with the same text\n\nLocal (gemma3:1b)\n")
    assert "0 of 2 answers with the same text" in ended.out


def test_sessions_are_named_by_number_id_or_file(program: Program, ollama: Ollama):
    two_runs(program, ollama)
    program("report", "1", "--format", "json", "-o", "first.json")
    names = ("1", program.session("1")["id"], "first.json")
    shown = [program("diff", name, "2").out.partition("→")[2] for name in names]
    assert shown[0].startswith(" #2: 2 tasks with the same text\n")
    assert [text.split("\n", 1)[0] for text in shown] == [shown[0].split("\n", 1)[0]] * 3


def test_rule_that_holds_is_exit_5(program: Program, ollama: Ollama):
    two_runs(program, ollama)
    ended = program("diff", "1", "2", "--fail-on", "errors>=0", "--fail-on", "errors>0")
    assert ended.code == 5
    assert "errors>=0 fired: Local, answers that are not complete 0 → 0\n" in ended.out
    assert "errors>0 did not fire: Local" in ended.out
    assert program("diff", "1", "2", "--fail-on", "errors>0").code == 0


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ("scores.mean<3", 'unknown figure "scores.mean"; did you mean "score.mean"?'),
        ("score.mean", "must be a figure"),
        ("score.mean<3", "cannot be decided: the mean score is not known"),
    ],
)
def test_rule_that_decides_nothing_is_exit_2(
    program: Program, ollama: Ollama, rule: str, said: str
):
    two_runs(program, ollama)
    ended = program("diff", "1", "2", "--fail-on", rule)
    assert ended.code == 2
    assert said in ended.err


def test_sessions_without_a_common_task_are_refused(program: Program, ollama: Ollama):
    program.configure(local=ollama.url)
    ollama.answer(WHOLE)
    program("run", "Hello?")
    program("run", "Who is there?")
    ended = program("diff", "1", "2")
    assert ended.code == 2
    assert "#1 and #2 have no task with the same text" in ended.err


def test_sessions_without_a_common_endpoint_are_refused(program: Program, ollama: Ollama):
    ollama.answer(WHOLE)
    program.configure(a=ollama.url, b=ollama.url)
    program("run", "Hello?")
    program.configure(c=ollama.url, d=ollama.url)
    program("run", "Hello?")
    ended = program("diff", "1", "2")
    assert ended.code == 2
    assert "no endpoint is in both: #1 has a, b; #2 has c, d" in ended.err


def test_session_is_compared_with_itself(program: Program, ollama: Ollama):
    two_runs(program, ollama)
    ended = program("diff", "1", "1", "--fail-on", "ttft.p50>+0%")
    assert ended.code == 0
    assert "note: A and B are the same session" in ended.out


def test_unfinished_session_is_marked(program: Program, ollama: Ollama):
    program.configure(local=ollama.url)
    tasks = program.tasks("one", "two")
    ollama.answer(WHOLE)
    program("run", "--tasks", tasks)
    ollama.answer(WHOLE, FAILED)
    program("run", "--tasks", tasks)
    ended = program("diff", "1", "2", "--fail-on", "errors>0")
    assert ended.code == 5
    assert "#2 is unfinished: 1 answer missing" in ended.out


def test_unknown_session_and_damaged_file_are_named(program: Program, ollama: Ollama):
    two_runs(program, ollama)
    assert "there is no session '7'" in program("diff", "1", "7").err
    (program.here / "half.json").write_text('{"bbtui": 1, "id"', encoding="utf-8")
    ended = program("diff", "1", "half.json")
    assert ended.code == 2
    assert "half.json" in ended.err


def test_job_of_the_documentation_runs(program: Program, ollama: Ollama):
    text = (DOCS / "diff.md").read_text("utf-8")
    [job] = re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)
    steps = re.findall(r"run: (bbtui .*)", job)
    assert len(steps) == 3
    program.configure(local=ollama.url)
    (program.here / "config.toml").write_bytes((program.home / "bbtui.toml").read_bytes())
    (program.here / "tasks.toml").write_bytes(program.tasks("one", "two").read_bytes())
    ollama.answer(WHOLE)
    assert program("run", "--tasks", "tasks.toml", "--json", "baseline.json").code == 0
    slow_down(program.here / "baseline.json")
    ended = [program(*shlex.split(step)[1:]) for step in steps]
    assert [one.code for one in ended] == [0, 0, 0], [one.err for one in ended]
    assert len(ollama.requests_to(CHAT)) == 4
    assert (program.here / "comment.md").read_text("utf-8").startswith("# ")
