"""Names of keys: which ones Textual knows, and which of them mean the same key."""

from __future__ import annotations

from textual.keys import KEY_NAME_REPLACEMENTS, Keys, key_to_character

_NAMED = frozenset(key.value.rpartition("+")[2] for key in Keys)
_MODIFIERS = frozenset({"ctrl", "shift", "alt", "super", "hyper", "meta"})
#: Names that are Textual's own, such as `minus`, with the Unicode ones.
_UNICODE = {short: long for long, short in KEY_NAME_REPLACEMENTS.items()}


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
