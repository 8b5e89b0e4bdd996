"""Tasks files: what is read, and the words a user sees about what cannot be."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest

from bbtui.config.tasks import load_tasks, select_tasks
from bbtui.domain.check import Check
from bbtui.domain.task import Task
from bbtui.errors import TasksError, UsageError


def write(folder: Path, text: str) -> Path:
    path = folder / "tasks.toml"
    path.write_text(text, encoding="utf-8")
    return path


def problems(folder: Path, text: str) -> list[str]:
    with pytest.raises(TasksError) as caught:
        load_tasks(write(folder, text))
    assert caught.value.exit_code == 2
    assert caught.value.source == str(folder / "tasks.toml")
    return caught.value.problems


def test_whole_task_is_read(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        r"""
        [[task]]
        id = "one"
        title = "The first"
        prompt = "Say it.\n"
        expected = "It."
        rubric = ["short", "true"]
        checks = [
          { words = { min = 1, max = 9 } },
          { words = { max = 9 }, on = "code" },
          { mentions = "it" },
          { avoids = 're:\bthat\b', on = "code" },
          { python = "parses" },
          { bash = "parses" },
          { json = "parses", on = "answer" },
          { avoids = "that", label = "no that" },
        ]
        wrong = ["That.", "Those."]
        [[task]]
        id = "two"
        prompt = "And this."
        """,
    )
    assert load_tasks(path) == (
        Task(
            id="one",
            title="The first",
            prompt="Say it.\n",
            expected="It.",
            rubric=("short", "true"),
            checks=(
                Check("words", "1..9"),
                Check("words", "..9", "code"),
                Check("mentions", "it"),
                Check("avoids", r"re:\bthat\b", "code"),
                Check("python", "parses", "code"),
                Check("bash", "parses", "code"),
                Check("json", "parses", "answer"),
                Check("avoids", "that", label="no that"),
            ),
            wrong=("That.", "Those."),
        ),
        Task(id="two", title="two", prompt="And this."),
    )


@pytest.mark.parametrize("name", ["größe", "日本", "हिन्दी", "été-2", "gro\u0308ße", "a.b_c"])
def test_id_has_letters_of_any_script(tmp_path: Path, name: str) -> None:
    tasks = load_tasks(write(tmp_path, f"[[task]]\nid = '{name}'\nprompt = 'p'\n"))
    assert tasks[0].id == unicodedata.normalize("NFC", name)
    for typed in (name, unicodedata.normalize("NFD", name)):
        assert select_tasks(tasks, [typed]) == tasks


@pytest.mark.parametrize(
    "name", ["a b", "-a", ".a", "a/b", "a\u200bb", "a\u202eb", "😀", "x" * 101]
)
def test_id_of_other_characters_is_refused(tmp_path: Path, name: str) -> None:
    (problem,) = problems(tmp_path, f"[[task]]\nid = '{name}'\nprompt = 'p'\n")
    assert problem.startswith("task[1].id: must be a short id of letters, digits, dots, dashes")


def test_missing_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "none.toml"
    with pytest.raises(TasksError) as caught:
        load_tasks(path)
    assert str(caught.value) == (
        f"{path}: 1 problem\n  file not found\nchoose a tasks file with --tasks FILE"
    )


@pytest.mark.parametrize("text", ["", "\n# nothing but a comment\n", "task = []"])
def test_file_without_a_task_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(TasksError) as caught:
        load_tasks(write(tmp_path, text))
    assert str(caught.value) == (
        f"{tmp_path / 'tasks.toml'}: 1 problem\n  contains no task\n"
        "add a [[task]] with an id and a prompt for each task; see docs/tasks.md"
    )


def test_file_that_is_not_toml_is_refused(tmp_path: Path) -> None:
    (problem,) = problems(tmp_path, "# My tasks\n\n1. Say hello\n")
    assert problem.startswith("line 3, column 8: invalid TOML: expected '=' after a key")


def test_two_tasks_of_one_id(tmp_path: Path) -> None:
    task = "[[task]]\nid = 'a'\nprompt = 'p'\n"
    assert problems(tmp_path, task + task.replace("'a'", "'b'") + task) == [
        'task[3].id: "a" is already the id of task[1]; each task needs its own id'
    ]


HEAD = "[[task]]\nid = 'a'\nprompt = 'p'\n"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("[[task]]\nid = 'a'", "task[1].prompt: is missing; it must be a non-empty string"),
        ("[[task]]\nid = 'a'\nprompt = ' '", "task[1].prompt: must be a non-empty string, n"),
        ("[[task]]\nprompt = 'p'", "task[1].id: is missing; it must be a short id of letters, dig"),
        ("[task]\nid = 'a'", "task: must be a list of tables, not a table"),
        (HEAD + "promt = 'p'", 'task[1].promt: unknown key; did you mean "prompt"?'),
        ("[[tasks]]\nid = 'a'", 'tasks: unknown key; did you mean "task"?'),
        (HEAD + "rubric = 'r'", 'task[1].rubric: must be a list of non-empty strings, not "r"'),
        (HEAD + "wrong = 'w'", 'task[1].wrong: must be a list of non-empty strings, not "w"'),
        (HEAD + "wrong = ['']", "task[1].wrong: must be a list of non-empty strings, not a list"),
        (
            HEAD + "checks = [{ mentions = 'a', label = ' ' }]",
            'task[1].checks[1].label: must be a non-empty string on one line, not " "',
        ),
        (HEAD + "checks = 1", "task[1].checks: must be a list of tables, not 1"),
        (
            HEAD + "checks = [{ python = 'runs' }]",
            'task[1].checks[1].python: must be "parses", not "runs"',
        ),
        (
            HEAD + "checks = [{ mentions = 'a' }, { mentions = 're:(' }]",
            "task[1].checks[2].mentions: is not a valid pattern: missing ), unterminated",
        ),
        (
            HEAD + "checks = [{ mentions = 'a', avoids = 'b' }]",
            "task[1].checks[1]: must have exactly one of words, mentions, avoids, python, bash, js",
        ),
        (
            HEAD + "checks = [{ on = 'code' }]",
            "task[1].checks[1]: must have exactly one of words, mentions, avoids, python, bash, js",
        ),
        (
            HEAD + "checks = [{ python = 'parses', on = 'title' }]",
            'task[1].checks[1].on: must be "answer" or "code", not "title"',
        ),
        (HEAD + "checks = [{ words = 5 }]", "task[1].checks[1].words: must be a table, not 5"),
        (
            HEAD + "checks = [{ words = {} }]",
            "task[1].checks[1].words: must have a min, a max or both, such as { min = 150, max = ",
        ),
        (
            HEAD + "checks = [{ words = { min = 9, max = 3 } }]",
            "task[1].checks[1].words: min 9 is greater than max 3",
        ),
        (
            HEAD + "checks = [{ words = { most = 3, max = 9 } }]",
            "task[1].checks[1].words.most: unknown key; known: min, max",
        ),
    ],
)
def test_each_problem_names_its_key(tmp_path: Path, text: str, sentence: str) -> None:
    (problem,) = problems(tmp_path, text)
    assert problem.startswith(sentence)


def test_all_problems_are_reported_at_once(tmp_path: Path) -> None:
    found = problems(tmp_path, "[[task]]\nid = 'a b'\n[[task]]\nid = 'b'\nprompt = 1\n")
    assert [problem.partition(": ")[0] for problem in found] == [
        "task[1].id",
        "task[1].prompt",
        "task[2].prompt",
    ]


def test_tasks_are_chosen_by_id_in_the_order_of_the_file() -> None:
    tasks = tuple(Task(id=name, title=name, prompt="p") for name in ("webhook", "evennia", "pods"))
    assert select_tasks(tasks, []) == tasks
    assert select_tasks(tasks, ["pods", "webhook"]) == (tasks[0], tasks[2])
    with pytest.raises(UsageError) as caught:
        select_tasks(tasks, ["evenia"])
    assert str(caught.value) == ('--task evenia: unknown task "evenia"; did you mean "evennia"?')
