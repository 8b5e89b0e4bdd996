"""What is offered now: the keys that are worth a hint, and everything possible by its name."""

from __future__ import annotations

from collections.abc import Iterator

from bbtui.ui.action import Action
from bbtui.ui.actions import ACTIONS, keys_shown, score_keys
from bbtui.ui.context import Context
from bbtui.ui.widgets.hints import Hint


def hints(context: Context) -> list[Hint]:
    """Return the hints of what can be done now, the most useful first; quit and help last."""
    wanted = (action for action in ACTIONS if action.hint and action.possible(context))
    ordered = sorted(wanted, key=lambda action: 0 if action.due(context) else action.rank)
    return [_hint(context, action) for action in ordered]


def _hint(context: Context, action: Action) -> Hint:
    scores = action.id.startswith("score.")
    key = score_keys(context.workspace.keys) if scores else context.key(action.id)
    return Hint(key, action.hint, action.short)


def palette(context: Context) -> Iterator[tuple[str, str, str]]:
    """Return what can be done now: id, title, and id with its keys."""
    for action in ACTIONS:
        if action.possible(context):
            title = action.help[0].upper() + action.help[1:]
            keys = keys_shown(action.id, context.workspace.keys)
            yield action.id, title, f"{action.id}   {keys}".rstrip()
