"""``bbtui tasks``: test the checks of a tasks file on right answers and on wrong ones."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from bbtui.cli.output import print_text
from bbtui.cli.parser import Parser
from bbtui.config.tasks import load_tasks
from bbtui.domain.check import Checker, CheckResult
from bbtui.domain.task import Task
from bbtui.errors import TasksError
from bbtui.formatting.text import counted
from bbtui.locations import shipped

if TYPE_CHECKING:
    from bbtui.cli.context import CommandContext

_NO_CODE = "code goes between ``` lines, and what only describes an answer into rubric"


def register(parser: Parser) -> None:
    """Declare the verbs."""
    summary = "run each task's checks on its expected answer and on its wrong ones"
    check = parser.add_verb("check", _check, summary)
    check.description = (
        "Run each task's checks on its expected answer, which must pass all of them, and on each "
        "of its wrong answers, which must fail at least one. Exits with 2 if one does not."
    )
    file = "tasks file (default: the configured one, else the included one)"
    check.add_argument("file", nargs="?", type=Path, metavar="FILE", help=file)


def _check(args: Namespace, context: CommandContext) -> None:
    """Print what passes and fails; raise `TasksError` with everything that should not."""
    path: Path | None = args.file
    if path is None:
        path = context.load_settings(args.config).tasks or shipped("tasks.toml")
    tasks = load_tasks(path)
    problems: list[str] = []
    for number, task in enumerate(tasks, 1):
        print_text(task.id, context.out)
        for name, outcome, problem in _proofs(task, context.run_check):
            print_text(f"  {name:<9} {outcome}", context.out)
            problems += [f"task[{number}].{name}: {problem}"] if problem else []
    if problems:
        raise TasksError(str(path), problems)
    print_text(f"{path.name}: OK ({counted(len(tasks), 'task')})", context.out)


def _proofs(task: Task, run_check: Checker) -> Iterator[tuple[str, str, str]]:
    """Yield of each given answer its key, what the checks found, and what is wrong with that."""
    answers = [("expected", task.expected)] if task.expected else []
    answers += [(f"wrong[{number}]", text) for number, text in enumerate(task.wrong, 1)]
    if not task.checks:
        problem = "the task has no checks: this answer passes as a right one"
        yield "checks", "none", ""
        yield from ((key, "fails none", problem) for key, _ in answers if key != "expected")
        return
    if not task.expected:
        yield "expected", "not given", ""
    for key, text in answers:
        results = [run_check(check, text) for check in task.checks]
        failed = [one for one in results if one.decided and not one.passed]
        undecided = [one for one in results if not one.decided]
        found = [f"fails: {_joined(failed)}"] if failed else []
        found += [f"not decided: {_joined(undecided)}"] if undecided else []
        outcome = "; ".join(found) or f"passes {counted(len(results), 'check')}"
        problem = ""
        if key == "expected" and found:
            problem = f"{outcome}; it must pass every check"
            if any("code block" in one.detail for one in failed):
                problem += f": {_NO_CODE}"
        elif key != "expected" and not failed:
            problem = f"{outcome}; it must fail one: add a check that this answer fails"
        yield key, outcome, problem


def _joined(results: Iterable[CheckResult]) -> str:
    return ", ".join(
        one.check.title + (f" ({one.detail})" if one.detail else "") for one in results
    )
