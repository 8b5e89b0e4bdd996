"""The actions available now: the hints, the command palette, and the help."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from bbtui.ui.action import Action
from bbtui.ui.actions import ACTIONS, GROUPS, keys_shown, score_keys
from bbtui.ui.context import Context
from bbtui.ui.widgets.hints import Hint

_MARKUP = re.compile(r"[!-/:-@\[-`{-~]")


def hints(context: Context) -> list[Hint]:
    """Return the hints of what can be done now, the most useful first; quit and help last."""
    wanted = (action for action in ACTIONS if action.hint and action.possible(context))
    ordered = sorted(wanted, key=lambda action: 0 if action.due(context) else action.rank)
    scores = score_keys(context.workspace.keys)
    return [
        Hint(scores if act.id == "score.1" else context.key(act.id), act.hint, act.short)
        for act in ordered
    ]


def palette(context: Context) -> Iterator[tuple[str, str, str]]:
    """Return what can be done now: id, title, and id with its keys."""
    for action in ACTIONS:
        if action.possible(context):
            title = action.help[0].upper() + action.help[1:]
            keys = keys_shown(action.id, context.workspace.keys)
            yield action.id, title, f"{action.id}   {keys}".rstrip()


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
