"""Tasks: the prompt, the expected answer, and the rubric."""

from __future__ import annotations

from dataclasses import dataclass

from bbtui.domain.check import Check


@dataclass(frozen=True, slots=True)
class Task:
    """One entry of a tasks file."""

    id: str
    """Its id; unique in a session."""
    title: str
    """Its title in lists and in the report."""

    prompt: str
    """The text sent, unchanged."""

    expected: str = ""
    """Shown beside the rubric, and in the report where an answer is missing."""

    rubric: tuple[str, ...] = ()
    """What a judge looks for, one line each."""

    checks: tuple[Check, ...] = ()
    """The automatic checks of an answer."""

    wrong: tuple[str, ...] = ()
    """Wrong answers, each of which must fail a check."""


#: What the id of a typed prompt begins with; its number follows.
_TYPED = "prompt-"


def own_prompt(number: int, prompt: str) -> Task:
    """Return a task for a prompt typed by the user; `number` counts them in the session from 1."""
    first_line = " ".join(prompt.strip().partition("\n")[0].split())
    title = first_line if len(first_line) <= 48 else first_line[:47].rstrip() + "…"
    return Task(id=f"{_TYPED}{number}", title=title or f"prompt {number}", prompt=prompt)


def is_typed(task: Task) -> bool:
    """Return whether a task is a prompt typed by the user, which may come late to a session."""
    return task.id.startswith(_TYPED) and task.id.removeprefix(_TYPED).isdecimal()
