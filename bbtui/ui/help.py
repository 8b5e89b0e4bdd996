"""The help: how a comparison works, and every key as the user has it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from bbtui.ui.action import Action
from bbtui.ui.actions import GROUPS, keys_shown, score_keys

_MARKUP = re.compile(r"[!-/:-@\[-`{-~]")


def help_text(remapped: Mapping[str, str]) -> str:
    """Return the help as Markdown; `remapped` are the user's own keys by action id."""
    table = "\n| | |\n".join("\n".join(_part(*part, remapped)) for part in GROUPS.items())
    return f"""\
Every endpoint answers the same task. Score each answer, even while it streams; the focus then moves
to the next one. Everything is saved immediately.

`ctrl+p` finds any command by name. `PgUp` and `PgDn` scroll, here and in an answer.

| key | action |
|---|---|
{table}
"""


def _part(title: str, group: tuple[Action, ...], remapped: Mapping[str, str]) -> Iterator[str]:
    """Return the rows of a group, all scores in one."""
    yield f"| **{title}** | |"
    for action in group:
        if action.id == "score.1":
            yield f"| {_literal(score_keys(remapped))} | score the focused answer 1 to 5 |"
        elif action.keys and not action.id.startswith("score."):
            yield f"| {_literal(keys_shown(action.id, remapped))} | {action.help} |"


def _literal(keys: str) -> str:
    """Return keys escaped for a cell of a Markdown table."""
    return _MARKUP.sub(r"\\\g<0>", keys)
