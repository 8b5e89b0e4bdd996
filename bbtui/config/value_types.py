"""Types of values: what is allowed, its description, and how it is parsed from text."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Generic, Literal, TypeVar

from bbtui.domain.address import base_url
from bbtui.domain.endpoint import Think
from bbtui.domain.score import LONGEST_VERDICT

T = TypeVar("T")

#: The forges to which reports are posted.
ForgeKind = Literal["gitea", "github", "gitlab"]

_LONGEST_SHOWN = 60
_LONGEST_NAME = 100
#: A larger number has more than 300 digits; Python writes none of more than 4,300.
_MOST_BITS = 1000
_FORGE_URL = re.compile(r"https?://[^\s/@?#]+(/[^\s@?#]*)?")
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")


@dataclass(frozen=True, slots=True)
class ValueType(Generic[T]):
    """A type of value."""

    allowed: str
    """Completes "must be …"."""

    read: Callable[[object], T | None]
    """Returns a TOML value, or None if it is not of this type."""

    parse: Callable[[str], object] = str
    """Returns what TOML would have for the text of a flag or variable, or the text itself."""

    secret: bool = False
    """Whether a value is never repeated in a problem."""

    def refusal(self, value: object) -> str:
        """Return the problem with a value that `read` returned None for."""
        return f"must be {self.allowed}" + ("" if self.secret else f", not {quoted(value)}")


def quoted(value: object) -> str:
    """Return a TOML value for a message: short, on one line, without control codes."""
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            text = value if len(value) <= _LONGEST_SHOWN else value[: _LONGEST_SHOWN - 1] + "…"
            return json.dumps(text, ensure_ascii=not text.isprintable())
        case dict():
            return "a table"
        case list():
            return "a list"
        case int() if value.bit_length() > _MOST_BITS:
            return "a number of more than 300 digits"
        case _:
            return str(value)[:_LONGEST_SHOWN]


def quoted_key(key: str) -> str:
    """Return a key as TOML writes it: bare where possible, quoted otherwise."""
    return key if _BARE_KEY.fullmatch(key) else quoted(key)


def whole(low: int, high: int | None = None, also: int | None = None) -> ValueType[int]:
    """Return the type of whole numbers from `low` to `high`, and the one value `also`."""
    allowed = f"a whole number of {low} or more" if high is None else _range("whole ", low, high)
    if also is not None:
        allowed += f", or {also}"

    def read(value: object) -> int | None:
        if not isinstance(value, int) or isinstance(value, bool):
            return None
        inside = value >= low and (high is None or value <= high)
        return value if inside or value == also else None

    return ValueType(allowed, read, _converted(int))


def number(low: float, high: float, unit: str = "") -> ValueType[float]:
    """Return the type of numbers from `low` to `high`, both included; never NaN."""
    allowed = f"{_range('', low, high)}{unit and f', {unit}'}"

    def read(value: object) -> float | None:
        if not isinstance(value, int | float) or isinstance(value, bool):
            return None
        return float(value) if low <= value <= high else None

    return ValueType(allowed, read, _converted(float))


def one_of(*words: str) -> ValueType[str]:
    """Return the type of a few words."""
    return ValueType(
        _either(f'"{word}"' for word in words),
        lambda value: value if isinstance(value, str) and value in words else None,
    )


def composed(text: str) -> str:
    """Return a text with its characters composed (NFC): the form in which keyboards type them."""
    return unicodedata.normalize("NFC", text)


def identifier(what: str) -> ValueType[str]:
    """Return the type of short words that name something: `what` is "id" or "name".

    They have the letters, vowel signs and digits of any script, and are composed.
    """

    def read(value: object) -> str | None:
        name = composed(value) if isinstance(value, str) else ""
        if not name[:1].isalnum() or len(name) > _LONGEST_NAME:
            return None
        # What an identifier of Python may have after its first character.
        valid = all(character in ".-" or f"_{character}".isidentifier() for character in name)
        return name if valid else None

    return ValueType(f"a short {what} of letters, digits, dots, dashes and underscores", read)


def matching(pattern: str, allowed: str, *, secret: bool = False) -> ValueType[str]:
    """Return the type of strings that match `pattern` as a whole."""
    compiled = re.compile(pattern)

    def read(value: object) -> str | None:
        return value if isinstance(value, str) and compiled.fullmatch(value) else None

    return ValueType(allowed, read, secret=secret)


def _line(value: object) -> str | None:
    return value if isinstance(value, str) and value.isprintable() else None


def _filled_line(value: object) -> str | None:
    return value if isinstance(value, str) and value.isprintable() and value.strip() else None


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value.strip() else None


def _texts(value: object) -> tuple[str, ...] | None:
    if isinstance(value, list) and all(isinstance(item, str) and item for item in value):
        return tuple(value)
    return None


def _words(value: object) -> tuple[str, ...] | None:
    words = _texts(value)
    if words is None or not all(_is_word(word) for word in words):
        return None
    return words


def _is_word(text: str) -> bool:
    return text.isprintable() and len(text) <= LONGEST_VERDICT and not re.search(r"[\s:;,—–]", text)


def _boolean(value: object) -> bool | None:
    return value if isinstance(value, bool) else None


def _think(value: object) -> Think | None:
    match value:
        case bool() | "low" | "medium" | "high" | "max":
            return value
        case _:
            return None


def _forge(value: object) -> ForgeKind | None:
    match value:
        case "gitea" | "github" | "gitlab":
            return value
        case _:
            return None


def _forge_url(value: object) -> str | None:
    if not isinstance(value, str) or not _FORGE_URL.fullmatch(value):
        return None
    try:
        base_url(value)
    except ValueError:
        return None
    return value


def _parse_think(text: str) -> object:
    return {"true": True, "on": True, "false": False, "off": False}.get(text.lower(), text)


def _converted(convert: Callable[[str], object]) -> Callable[[str], object]:
    """Return a parser that leaves what cannot be converted as it is."""

    def parse(text: str) -> object:
        try:
            return convert(text)
        except ValueError:
            return text

    return parse


def _range(what: str, low: float, high: float) -> str:
    return f"a {what}number from {low} to {high}"


def _either(words: Iterable[str]) -> str:
    *others, last = words
    return f"{', '.join(others)} or {last}" if others else last


LINE = ValueType("a string on one line", _line)
FILLED_LINE = ValueType("a non-empty string on one line", _filled_line)
TEXT = ValueType("a non-empty string", _text)
TEXTS = ValueType("a list of non-empty strings", _texts)
WORDS = ValueType(f"a list of single words of at most {LONGEST_VERDICT} characters", _words)
BOOLEAN = ValueType("true or false", _boolean)
THINK = ValueType('true, false, "low", "medium", "high" or "max"', _think, _parse_think)
FORGE = ValueType('"gitea", "github" or "gitlab"', _forge)
FORGE_URL = ValueType(
    "a URL such as https://git.example.org, without user name, password and query",
    _forge_url,
    secret=True,
)
