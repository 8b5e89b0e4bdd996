"""What an action is: its keys, what it does, and when it is worth a hint."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.binding import Binding

if TYPE_CHECKING:
    from bbtui.ui.screens.main import MainScreen

Command = Callable[["MainScreen"], Awaitable[None] | None]


def always(_: MainScreen) -> bool:
    """What can be done at any time."""
    return True


def never(_: MainScreen) -> bool:
    """What is at no time."""
    return False


@dataclass(frozen=True, slots=True)
class Action:
    """Something a user can do.

    `keys` are in Textual's names, comma-separated ("" for the palette only); `shown` is how they
    are written for people. `hint` is the label in the line of hints, "" to stay out of it, and
    `short` the one where room is short (None: the same). `rank` orders the hints, small first;
    those that are `due` come before all others, in the order of the actions. `possible` says
    whether it can be done now. One that `asks` opens a dialog: keys typed before that is there were
    meant for it, and must not act.
    """

    id: str
    keys: str
    shown: str
    help: str
    run: Command
    hint: str = ""
    short: str | None = None
    rank: int = 50
    due: Callable[[MainScreen], bool] = never
    possible: Callable[[MainScreen], bool] = always
    asks: bool = False

    @property
    def binding(self) -> Binding:
        """The action as a Textual binding; its id can be remapped in ``[keys]``."""
        return Binding(
            self.keys, f"do('{self.id}')", self.help, show=False, id=self.id, key_display=self.shown
        )
