"""A dialog with text to read, such as a task with its rubric, expected answer and checks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType

from bbtui.domain.answer import Answer
from bbtui.domain.check import Check, Checker
from bbtui.domain.score import Marks
from bbtui.domain.task import Task
from bbtui.report.markdown_escape import escape_text, fence
from bbtui.ui.background import in_thread
from bbtui.ui.screens.dialogs import LargeDialog
from bbtui.ui.widgets.answer_view import AnswerView


def task_text(
    task: Task,
    answers: Sequence[tuple[str, Answer | None, Marks]],
    run_check: Checker | None,
    winner: str = "",
) -> str:
    """Return a task and what is known of its `answers` (label, answer, marks) as Markdown.

    Without `run_check` the checks are shown as pending.
    """
    parts = []
    if task.rubric:
        parts += ["## Rubric", "\n".join(f"- {point}" for point in task.rubric)]
    if winner:
        parts.append(f"## Winner: {escape_text(winner)}")
    for label, _, marks in answers:
        if own := _marks(marks):
            parts += [f"## Your notes on {label}", own]
    for label, answer, _ in answers:
        if answer is None or not answer.text or not task.checks:
            continue
        lines = [_outcome(check, answer.text, run_check) for check in task.checks]
        parts += [f"## Checks of {label}", "\n".join(lines)]
    if task.expected:
        parts += ["## Expected", task.expected]
    # Fenced, as it is sent: its author need not have meant it as Markdown.
    parts += ["## Prompt", fence(task.prompt, "text")]
    return "\n\n".join(part.strip() for part in parts)


def _outcome(check: Check, text: str, run_check: Checker | None) -> str:
    """Return the result of a check as a list item; run it."""
    if run_check is None:
        return f"- … {escape_text(check.title)}"
    result = run_check(check, text)
    mark = ("✓" if result.passed else "✗") if result.decided else "?"
    detail = f" ({escape_text(result.detail)})" if result.detail else ""
    return f"- {mark} {escape_text(check.title)}{detail}"


def _marks(marks: Marks) -> str:
    """Return verdict, faults and note as a Markdown list, "" if there are none."""
    lines = []
    if marks.verdict is not None:
        lines.append(" — ".join(part for part in (marks.verdict.word, marks.verdict.why) if part))
    lines += [f"{fault.severity}: {fault.text}" for fault in marks.faults]
    lines += [marks.note] if marks.note else []
    return "\n".join(f"- {escape_text(line, start=True)}" for line in lines)


class _Text(AnswerView):
    """Text that can also be scrolled with j, k, g and G."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j", "scroll_down", show=False),
        Binding("k", "scroll_up", show=False),
        Binding("g", "scroll_home", show=False),
        Binding("G", "scroll_end", show=False),
    ]


class TextDialog(LargeDialog[None]):
    """Shows Markdown; the key that opened it closes it, also when the user has remapped it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("r", "leave", "close", show=False, id="task.rubric"),
        Binding("question_mark,f1", "leave", "close", show=False, id="help.keys"),
    ]

    def __init__(self, title: str, text: str, later: Callable[[], str] | None = None) -> None:
        """Create the dialog; `later` is called in a thread and returns the text with the rest."""
        self._text, self._later, self._view = text, later, _Text()
        super().__init__(title, self._view, keys="j k PgUp PgDn g G scroll · esc closes")

    def on_mount(self) -> None:
        """Show the text from its start."""
        self._view.show(self._text, following=False)
        self._view.focus()
        if self._later is not None:
            self.run_worker(self._show_rest(self._later), exit_on_error=False)

    async def _show_rest(self, later: Callable[[], str]) -> None:
        self._view.show(await in_thread(later), following=False)
