"""The dock beside an answer as plain values: the rubric with its ticks, and the task's text."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from bbtui.domain.answer import Answer
from bbtui.domain.check import Check, CheckResult
from bbtui.domain.score import Marks
from bbtui.domain.task import Task
from bbtui.formatting.text import counted
from bbtui.report.markdown_escape import escape_text, fence
from bbtui.ui.actions import point_keys
from bbtui.ui.checks import CheckOfText
from bbtui.ui.context import Context
from bbtui.ui.widgets.rubric_dock import DockView

#: Of a longer text only the beginning is shown, in characters.
_MOST = 20_000


def dock_view(context: Context) -> tuple[DockView, tuple[CheckOfText, ...]]:
    """Return the task beside the focused answer, and the checks to run for it."""
    cursor = context.cursor
    task, cell = cursor.task, cursor.cell
    answer = cursor.answer(cell)
    marks = context.comparison.scorecard.of(cell, 1 if answer is None else answer.attempt)
    label, rubric = context.naming.label(cell.endpoint), task.rubric
    # A text that still grows is checked once it has ended.
    text = answer.text if isinstance(answer, Answer) and answer.state.final else ""
    checks = task.checks if answer is not None and answer.has_text else ()
    outcomes = [(check, context.checks.known(check, text)) for check in checks]
    view = DockView(
        label=label,
        accent=context.naming.accent(cell.endpoint),
        ticked=marks.ticked(len(rubric)),
        points=rubric,
        keys=point_keys(context.workspace.keys, len(rubric)),
        ticks=frozenset(point - 1 for point in marks.ticks),
        current=cursor.point,
        text=task_text(task, label, marks, outcomes),
    )
    return view, tuple((check, text) for check, result in outcomes if text and result is None)


def task_text(
    task: Task, label: str, marks: Marks, outcomes: Sequence[tuple[Check, CheckResult | None]]
) -> str:
    """Return the checks of an answer, what is noted of it, the expected answer, and the prompt.

    `label` is that of the answer's endpoint. The result of a check that still runs is None.
    """
    parts = []
    if outcomes:
        parts += [f"## Checks of {escape_text(label)}", _list(_outcome(*one) for one in outcomes)]
    if own := list(_marks(marks)):
        parts += [f"## Your notes on {escape_text(label)}", _list(own)]
    if task.expected:
        parts += ["## Expected", *_beginning(task.expected)]
    # Fenced, as it is sent: its author need not have meant it as Markdown.
    prompt, *rest = _beginning(task.prompt)
    parts += ["## Prompt", fence(prompt, "text"), *rest]
    return "\n\n".join(part.strip() for part in parts)


def _beginning(text: str) -> list[str]:
    """Return a text; of a long one its beginning, and how much is left out."""
    rest = len(text) - _MOST
    return [text] if rest <= 0 else [text[:_MOST], f"… {counted(rest, 'more character')}"]


def _outcome(check: Check, result: CheckResult | None) -> str:
    if result is None:
        return f"… {escape_text(check.title)}"
    mark = ("✓" if result.passed else "✗") if result.decided else "?"
    detail = f" ({escape_text(result.detail)})" if result.detail else ""
    return f"{mark} {escape_text(check.title)}{detail}"


def _marks(marks: Marks) -> Iterable[str]:
    """Yield the reason of the verdict, the faults and the note."""
    lines = [f"{fault.severity}: {fault.text}" for fault in marks.faults]
    if marks.verdict is not None and marks.verdict.why:
        lines.insert(0, f"{marks.verdict.word} — {marks.verdict.why}")
    lines += [marks.note] if marks.note else []
    return (escape_text(line, start=True) for line in lines)


def _list(items: Iterable[str]) -> str:
    return "\n".join(f"- {item}" for item in items)
