"""Tasks files: prompts, expected answers, rubrics and checks."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Literal, cast

from bbtui.config.suggest import suggestion
from bbtui.config.toml_reader import TomlTable, read_toml, repeated
from bbtui.config.value_types import (
    FILLED_LINE,
    TEXT,
    TEXTS,
    composed,
    identifier,
    matching,
    one_of,
    whole,
)
from bbtui.domain.check import KINDS, Check, Kind
from bbtui.domain.task import Task
from bbtui.errors import TasksError, UsageError

_On = Literal["answer", "code"]

_PARSES = matching("parses", '"parses"')
_ON = one_of("answer", "code")
_COUNT = whole(0)


_ID = identifier("id")
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
    problems += repeated("task", "id", [task.id for task in tasks])
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
    ids = [composed(wanted) for wanted in ids]
    for wanted in ids:
        if wanted not in known:
            hint = suggestion(wanted, known)
            raise UsageError(f'--task {wanted}: unknown task "{wanted}"; {hint}')
    return tuple(task for task in tasks if task.id in ids or not ids)


def _task(table: TomlTable) -> Task:
    task_id = table.need("id", _ID, "")
    checks = [_check(check) for check in table.tables("checks")]
    task = Task(
        id=task_id,
        title=table.read("title", FILLED_LINE, task_id),
        prompt=table.need("prompt", TEXT, ""),
        expected=table.read("expected", TEXT, ""),
        rubric=table.read("rubric", TEXTS, ()),
        checks=tuple(check for check in checks if check is not None),
        wrong=table.read("wrong", TEXTS, ()),
    )
    table.close()
    return task


def _check(table: TomlTable) -> Check | None:
    """Return the check in a table; report a problem and return None if it is invalid."""
    named = [kind for kind in KINDS if kind in table]
    values = {kind: _value(kind, table) for kind in KINDS}
    on = table.read("on", _ON, None)
    label = table.read("label", FILLED_LINE, "")
    table.close()
    if len(named) != 1:
        found = " and ".join(named) if named else "none"
        table.problem("", f"must have exactly one of {', '.join(KINDS)}; it has {found}")
        return None
    kind = named[0]
    value = values[kind]
    if value is None:
        return None
    default = "code" if kind in ("python", "bash", "json") else "answer"
    return Check(kind, value, cast("_On", on or default), label)


def _value(kind: Kind, table: TomlTable) -> str | None:
    """Return the value as `Check` has it; None if it is missing, or invalid and reported."""
    match kind:
        case "words":
            return _words(table)
        case "mentions" | "avoids":
            return _wording(kind, table)
        case _:
            return table.read(kind, _PARSES, None)


def _words(table: TomlTable) -> str | None:
    bounds = table.table("words")
    low = bounds.read("min", _COUNT, None)
    high = bounds.read("max", _COUNT, None)
    bounds.close()
    if not table.holds_table("words"):
        return None
    if low is None and high is None:
        table.problem("words", "must have a min, a max or both, such as { min = 150, max = 250 }")
        return None
    if low is not None and high is not None and low > high:
        table.problem("words", f"min {low} is greater than max {high}")
        return None
    return f"{'' if low is None else low}..{'' if high is None else high}"


def _wording(kind: Kind, table: TomlTable) -> str | None:
    text = table.read(kind, TEXT, None)
    if text is None or not text.startswith("re:"):
        return text
    try:
        re.compile(text.removeprefix("re:"))
    except (re.error, ValueError, OverflowError, RecursionError) as error:
        table.problem(kind, f"is not a valid pattern: {error}")
        return None
    return text
