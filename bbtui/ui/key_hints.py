"""Which keys are worth a hint now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bbtui.ui.action import Action
from bbtui.ui.actions import ACTIONS, score_keys
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
