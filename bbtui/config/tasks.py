"""Tasks files: prompts, expected answers, rubrics and checks."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from bbtui.config.checks import read_check
from bbtui.config.suggest import suggestion
from bbtui.config.toml_file import read_toml
from bbtui.config.toml_reader import TomlTable
from bbtui.config.value_types import FILLED_LINE, TEXT, TEXTS, matching
from bbtui.domain.task import Task
from bbtui.errors import TasksError, UsageError

_ID = matching(
    r"[A-Za-z0-9][A-Za-z0-9._-]*", "a short id of letters, digits, dots, dashes and underscores"
)
_HINT = "add a [[task]] with an id and a prompt for each task; see docs/tasks.md"


def load_tasks(path: Path) -> tuple[Task, ...]:
    """Return the tasks of a file, in its order.

    Raise TasksError with every problem: file not found, invalid TOML, no task, duplicate ids, …
    """
    document = read_toml(path, TasksError, "choose a tasks file with --tasks FILE")
    problems: list[str] = []
    root = TomlTable(document, "", problems)
    tasks = tuple(_task(table) for table in root.tables("task"))
    root.close()
    problems += _repeated(tasks)
    if not tasks and not problems:
        raise TasksError(str(path), ["contains no task"], _HINT)
    if problems:
        raise TasksError(str(path), problems)
    return tasks


def select_tasks(tasks: Sequence[Task], ids: Sequence[str]) -> tuple[Task, ...]:
    """Return the tasks of these ids, in the order of the file, or all without ids.

    Raise UsageError for an unknown id.
    """
    known = [task.id for task in tasks]
    for wanted in ids:
        if wanted not in known:
            raise UsageError(
                f'--task {wanted}: unknown task "{wanted}"; {suggestion(wanted, known)}'
            )
    return tuple(task for task in tasks if task.id in ids or not ids)


def _task(table: TomlTable) -> Task:
    task_id = table.need("id", _ID, "")
    checks = [read_check(check) for check in table.tables("checks")]
    task = Task(
        id=task_id,
        title=table.read("title", FILLED_LINE, task_id),
        prompt=table.need("prompt", TEXT, ""),
        expected=table.read("expected", TEXT, ""),
        rubric=table.read("rubric", TEXTS, ()),
        checks=tuple(check for check in checks if check is not None),
    )
    table.close()
    return task


def _repeated(tasks: Sequence[Task]) -> list[str]:
    first: dict[str, int] = {}
    problems = []
    for position, task in enumerate(tasks, 1):
        before = first.setdefault(task.id, position)
        if task.id and before != position:
            problems.append(
                f'task[{position}].id: "{task.id}" is already the id of task[{before}]; '
                "each task needs its own id"
            )
    return problems
