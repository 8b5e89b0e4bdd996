"""What is offered now: the keys that are worth a hint, and everything possible by its name."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING

from bbtui.ui.action import Action
from bbtui.ui.actions import ACTIONS, keys_shown, score_keys
from bbtui.ui.widgets.hints import Hint

if TYPE_CHECKING:
    from bbtui.ui.screens.main import MainScreen


def hints(main: MainScreen) -> list[Hint]:
    """What can be done now and is worth a hint, the most useful first; quit and help come last."""
    wanted = (action for action in ACTIONS if action.hint and action.possible(main))
    ordered = sorted(wanted, key=lambda action: 0 if action.due(main) else action.rank)
    return [_hint(main, action) for action in ordered]


def _hint(main: MainScreen, action: Action) -> Hint:
    scores = action.id.startswith("score.")
    key = score_keys(main.desk.keys) if scores else main.key(action.id)
    return Hint(key, action.hint, action.short)


def palette(main: MainScreen) -> Iterator[tuple[str, str, Callable[[], None]]]:
    """What can be done now, by name: title, id with its keys, and how it is done."""
    for action in ACTIONS:
        if action.possible(main):
            title = action.help[0].upper() + action.help[1:]
            about = f"{action.id}   {keys_shown(action.id, main.desk.keys)}".rstrip()
            yield title, about, partial(main.do, action.id)
