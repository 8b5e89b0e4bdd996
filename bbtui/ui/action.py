"""An action: its keys and their names, what it does, and when it has a hint."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from typing import NamedTuple

from textual.binding import Binding
from textual.keys import KEY_NAME_REPLACEMENTS, Keys, key_to_character

from bbtui.ui.context import Context

_NAMED = frozenset(key.value.rpartition("+")[2] for key in Keys)
_MODIFIERS = frozenset({"ctrl", "shift", "alt", "super", "hyper", "meta"})
#: Names that are Textual's own, such as `minus`, with the Unicode ones.
_UNICODE = {short: long for long, short in KEY_NAME_REPLACEMENTS.items()}
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
    "comma": ",",
    "full_stop": ".",
    "slash": "/",
    "left_square_bracket": "[",
    "right_square_bracket": "]",
}
_FUNCTION_KEY = re.compile(r"f\d+")


def normalize_key(name: str) -> str | None:
    """Return the same name for each name of a key (`?` and `question_mark`).

    Return None for a key that Textual does not know: it would never match anything typed.
    """
    if len(name) == 1:
        return name
    held, plus, last = name.rpartition("+")
    if (plus and not set(held.split("+")) <= _MODIFIERS) or not last:
        return None
    character = _character(last)
    if character is None and last not in _NAMED:
        return None
    return f"{held}{plus}{character or last}"


def _character(name: str) -> str | None:
    """Return the printable character of a key, None if it has none or does not exist."""
    if len(name) > 1 and name != name.lower():
        return None
    character = key_to_character(_UNICODE.get(name, name))
    return character if character is not None and character.isprintable() else None


def written_keys(keys: str) -> str:
    """Return comma-separated keys in Textual's names as they are written for people."""
    names = keys.replace(",", " ").split()
    return " ".join(
        name.upper() if _FUNCTION_KEY.fullmatch(name) else _WRITTEN.get(name, name)
        for name in names
    )


class Action(NamedTuple):
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
    rank: int = 50
    """Its place among the hints, the lowest first."""
    short: str | None = None
    """The label where there is little room; None for the same."""
    due: Condition = lambda _: False
    """Whether its hint comes before all others now."""
    possible: Condition = lambda _: True
    """Whether it can be done now."""
    asks: bool = False
    """Whether it opens a dialog: keys typed before that is open are meant for it."""
    reveals: Condition = lambda _: False
    """Whether it would show the sides of a round that is blind: then it is closed."""
    also: str = ""
    """A key that the focused widget has for it, shown beside `keys`."""

    def available(self, context: Context) -> bool:
        """Return whether it can be done now, also beside what is blind."""
        return self.possible(context) and not self.reveals(context)

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
