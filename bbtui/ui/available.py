"""The actions available now: the hints, the command palette, and the help."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from bbtui.ui.action import Action
from bbtui.ui.actions import ACTIONS, GROUPS, keys_shown, point_keys, score_keys
from bbtui.ui.commands import judging, navigation, running
from bbtui.ui.context import Context
from bbtui.ui.widgets.hints import Hint

_MARKUP = re.compile(r"[!-/:-@\[-`{-~]")


def hints(context: Context) -> list[Hint]:
    """Return the hints of what can be done now, the most useful first; quit and help last."""
    if context.screen_layout.dock_focused:
        return _rubric_hints(context)
    wanted = (action for action in ACTIONS if action.hint and action.available(context))
    ordered = sorted(wanted, key=lambda action: 0 if action.due(context) else action.rank)
    scores = score_keys(context.workspace.keys)
    labels = {"answer.stop": "close"} if running.something_open(context) else {}
    return [
        Hint(
            scores if act.id == "score.1" else context.key(act.id),
            labels.get(act.id, act.hint),
            act.short,
        )
        for act in ordered
    ]


def _rubric_hints(context: Context) -> list[Hint]:
    """Return the hints while the rubric has the focus."""
    key, remapped = context.key, context.workspace.keys
    letters = [
        one for one in point_keys(remapped, len(context.cursor.task.rubric)) if one.isalpha()
    ]
    hints = []
    if letters and judging.has_answer(context):
        span = letters[0] if len(letters) == 1 else f"{letters[0]}-{letters[-1]}"
        hints = [Hint(f"↑↓ space {span}", "tick"), Hint(score_keys(remapped), "score")]
    if navigation.several_panes(context):
        hints.append(Hint(key("pane.next"), "other answer", "other"))
    hints.append(Hint(key("task.rubric"), "back"))
    hints.append(Hint(f"{key('answer.down')} {key('answer.up')}", "scroll the answer", "scroll"))
    if navigation.has_next_task(context):
        hints.append(Hint(key("task.next"), "next"))
    return [*hints, Hint(key("app.quit"), "quit", ""), Hint(key("help.keys"), "keys")]


def palette(context: Context) -> Iterator[tuple[str, str, str]]:
    """Return what can be done now: id, title, and id with its keys."""
    for action in ACTIONS:
        if action.available(context):
            title = action.help[0].upper() + action.help[1:]
            keys = keys_shown(action.id, context.workspace.keys)
            yield action.id, title, f"{action.id}   {keys}".rstrip()


def help_text(remapped: Mapping[str, str]) -> str:
    """Return the help as Markdown; `remapped` are the user's own keys by action id."""
    table = "\n| | |\n".join("\n".join(_part(*part, remapped)) for part in GROUPS.items())
    return f"""\
Every endpoint answers the same task. Score each answer, even while it streams; the focus then moves
to the next one. Everything is saved immediately.

While the rubric has the focus, `↑` `↓` and `space` tick its points, and so do their letters; `PgUp`
and `PgDn` scroll what is below it, `j` and `k` the answer.

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
