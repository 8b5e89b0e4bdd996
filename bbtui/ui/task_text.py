"""What is known of a task beside one of its answers, as Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from bbtui.domain.check import Check, CheckResult
from bbtui.domain.score import Marks
from bbtui.domain.task import Task
from bbtui.formatting.text import counted
from bbtui.report.markdown_escape import escape_text, fence

#: Of a longer text only the beginning is shown, in characters.
_MOST = 20_000


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
