"""What an action is: its keys, what it does, and when it is worth a hint."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from textual.binding import Binding

from bbtui.ui.context import Context

Command = Callable[[Context], Awaitable[None] | None]
Condition = Callable[[Context], bool]

#: Keys that are written in another way than Textual's.
_WRITTEN = {
    "escape": "esc",
    "left": "←",
    "right": "→",
    "up": "↑",
    "down": "↓",
    "question_mark": "?",
}
_FUNCTION_KEY = re.compile(r"f\d+")


def written_keys(keys: str) -> str:
    """Return comma-separated keys in Textual's names as they are written for people."""
    names = keys.replace(",", " ").split()
    return " ".join(
        name.upper() if _FUNCTION_KEY.fullmatch(name) else _WRITTEN.get(name, name)
        for name in names
    )


def always(_: Context) -> bool:
    """Return True: the condition of what can be done at any time."""
    return True


def never(_: Context) -> bool:
    """Return False: the condition of what is at no time."""
    return False


@dataclass(frozen=True, slots=True)
class Action:
    """Something a user can do."""

    id: str
    """Its name in ``[keys]`` of the configuration: ``group.verb``."""
    keys: str
    """Its keys in Textual's names, comma-separated; "" where it is only in the palette."""
    help: str
    """What it does, for the help, the palette and the table of keys."""
    run: Command
    """Does it; what it changes is shown when it returns."""
    hint: str = ""
    """Its label in the line of hints; "" to stay out of it."""
    short: str | None = None
    """The label where there is little room; None for the same."""
    rank: int = 50
    """Its place among the hints, the lowest first."""
    due: Condition = never
    """Whether its hint comes before all others now."""
    possible: Condition = always
    """Whether it can be done now."""
    asks: bool = False
    """Whether it opens a dialog: keys typed before that is open are meant for it."""
    also: str = ""
    """A key that the focused widget has for it, shown beside `keys`."""

    @property
    def shown(self) -> str:
        """The keys as they are written for people."""
        return written_keys(f"{self.keys},{self.also}")

    @property
    def binding(self) -> Binding:
        """The action as a Textual binding; its id can be remapped in ``[keys]``."""
        return Binding(
            self.keys, f"do('{self.id}')", self.help, show=False, id=self.id, key_display=self.shown
        )
