"""Tasks: what is asked, what was expected, and what to look at when judging."""

from __future__ import annotations

from dataclasses import dataclass

from bbtui.domain.check import Check


@dataclass(frozen=True, slots=True)
class Task:
    """One entry of a tasks file.

    `prompt` is the text sent, unchanged. `expected` is shown beside the rubric, and stands in the
    report where an answer is missing. `rubric` is what a judge looks for, a line each.
    """

    id: str
    title: str
    prompt: str
    expected: str = ""
    rubric: tuple[str, ...] = ()
    checks: tuple[Check, ...] = ()


def own_prompt(number: int, prompt: str) -> Task:
    """A task made from a prompt typed by the user; `number` counts them in the session from 1."""
    first_line = " ".join(prompt.strip().partition("\n")[0].split())
    title = first_line if len(first_line) <= 48 else first_line[:47].rstrip() + "…"
    return Task(id=f"prompt-{number}", title=title or f"prompt {number}", prompt=prompt)
