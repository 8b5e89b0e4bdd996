"""bbtui tasks check: what it prints of right and of wrong answers, and what it refuses."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import pytest

from bbtui.cli.parser import parse
from bbtui.domain.check import Check, CheckResult, undecided
from bbtui.errors import TasksError
from tests.cli.command import command, make_context
from tests.cli.program import Ended
from tests.config import locations, written
from tests.fakes.checks import check_here

LEAP = """
[[task]]
id = "leap-year"
prompt = "Write is_leap(year)."
expected = '''
```python
def is_leap(year):
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
```'''
checks = [
  { python = "parses" },
  { mentions = '% 400', on = "code", label = "every 400th year" },
]
"""


def run(folder: Path, text: str) -> Ended:
    path = folder / "mine.toml"
    path.write_text(text, encoding="utf-8")
    return command(locations(folder), {}, "tasks", "check", str(path))


def refused(folder: Path, text: str) -> list[str]:
    with pytest.raises(TasksError) as caught:
        run(folder, text)
    assert caught.value.exit_code == 2
    assert caught.value.source == str(folder / "mine.toml")
    return caught.value.problems


def test_right_answer_that_passes_and_wrong_ones_that_fail_are_ok(tmp_path: Path) -> None:
    wrong = "wrong = ['''```python\nreturn year % 4 == 0\n```''', 'It is divisible by 4.']\n"
    assert run(tmp_path, LEAP + wrong) == Ended(
        0,
        "leap-year\n"
        "  expected  passes 2 checks\n"
        "  wrong[1]  fails: every 400th year\n"
        "  wrong[2]  fails: python parses (no python code block), "
        "every 400th year (no code block)\n"
        "mine.toml: OK (1 task)\n",
        "",
    )


def test_wrong_answer_that_passes_every_check_is_a_problem(tmp_path: Path) -> None:
    wrong = "wrong = ['''```python\n400 % 400\n```''', 'no code']\n"
    assert refused(tmp_path, LEAP + wrong) == [
        "task[1].wrong[1]: passes 2 checks; it must fail one: add a check that this answer fails"
    ]


def test_expected_answer_that_fails_a_check_is_a_problem(tmp_path: Path) -> None:
    assert refused(tmp_path, LEAP.replace("'% 400'", "'% 401'")) == [
        "task[1].expected: fails: every 400th year; it must pass every check"
    ]


def test_expected_text_that_describes_an_answer_has_a_hint(tmp_path: Path) -> None:
    described = LEAP.replace("```python", "Every fourth year:").replace("```", "")
    assert refused(tmp_path, described) == [
        "task[1].expected: fails: python parses (no python code block), every 400th year "
        "(no code block); it must pass every check: code goes between ``` lines, and what only "
        "describes an answer into rubric"
    ]


def test_every_problem_of_every_task_is_listed(tmp_path: Path) -> None:
    second = '[[task]]\nid = "b"\nprompt = "p"\nexpected = "no"\nchecks = [{ mentions = "yes" }]\n'
    first = LEAP + "wrong = ['''```python\n400 % 400\n```''']\n"
    assert [problem.partition(":")[0] for problem in refused(tmp_path, first + second)] == [
        "task[1].wrong[1]",
        "task[2].expected",
    ]


def test_task_without_checks_or_without_an_expected_answer_is_named(tmp_path: Path) -> None:
    text = '[[task]]\nid = "a"\nprompt = "p"\nexpected = "yes"\n'
    text += '[[task]]\nid = "b"\nprompt = "p"\nchecks = [{ mentions = "yes" }]\n'
    assert run(tmp_path, text).out == (
        "a\n  checks    none\nb\n  expected  not given\nmine.toml: OK (2 tasks)\n"
    )


def test_wrong_answer_of_a_task_without_checks_is_a_problem(tmp_path: Path) -> None:
    assert refused(tmp_path, '[[task]]\nid = "a"\nprompt = "p"\nwrong = ["no"]\n') == [
        "task[1].wrong[1]: the task has no checks: this answer passes as a right one"
    ]


def test_check_that_is_not_decided_neither_passes_nor_fails(tmp_path: Path) -> None:
    def never(check: Check, text: str) -> CheckResult:
        if check.kind == "mentions":
            return undecided(check, "not decided within 2 s")
        return replace(check_here(check, text), passed=True)

    path = tmp_path / "mine.toml"
    path.write_text(LEAP + "wrong = ['no code']\n", encoding="utf-8")
    context = make_context(locations(tmp_path), run_check=never, out=io.StringIO())
    args = parse(("tasks", "check", str(path)))
    with pytest.raises(TasksError) as caught:
        args.handler(args, context)
    outcome = "not decided: every 400th year (not decided within 2 s)"
    assert caught.value.problems == [
        f"task[1].expected: {outcome}; it must pass every check",
        f"task[1].wrong[1]: {outcome}; it must fail one: add a check that this answer fails",
    ]


def test_configured_tasks_file_is_checked_by_default(tmp_path: Path) -> None:
    (tmp_path / "own.toml").write_text(LEAP, encoding="utf-8")
    own = f'tasks = "{tmp_path / "own.toml"}"\n'
    assert command(written(tmp_path, own), {}, "tasks", "check").out.endswith(
        "own.toml: OK (1 task)\n"
    )


def test_included_tasks_are_checked_where_none_are_configured(tmp_path: Path) -> None:
    ended = command(locations(tmp_path), {}, "tasks", "check")
    assert ended.out.endswith("tasks.toml: OK (4 tasks)\n")
    assert ended.out.count("  wrong[2]  fails: ") == 4


def test_file_that_cannot_be_read_is_refused_like_any_tasks_file(tmp_path: Path) -> None:
    assert refused(tmp_path, '[[task]]\nid = "a"\n') == [
        "task[1].prompt: is missing; it must be a non-empty string"
    ]
