"""Damage of every sort, from a seed."""

from __future__ import annotations

import random
from itertools import pairwise
from typing import Any

#: What a terminal would obey, or what would change the apparent order of a text.
ESCAPES = (
    "\x1b]52;c;UFdORUQ=\x07",
    "\x1b]0;PWNED\x07",
    "\x1b[2J\x1b[HPWNED",
    "\x1b[?1049l",
    "\x1bP+q544e\x1b\\",
    "\x1b[31;5m",
    "\x9b2J",
    "\x9d0;PWNED\x9c",
    "\x1b[>4;2m\x1b[?2004l",
    "\u202egnp.exe",
    "\u2066\u2069\u2028",
    "\x00\x07\x08\x7f\x85",
    "\r\x1b[K",
    "[bold red]@click=app.quit[/]",
    "\x1b_Gi=31;OK\x1b\\",
)
ORDINARY = (
    "well",
    "größe",
    "日本語",
    "👩‍💻",
    "`code`",
    "| a | b |",
    "<b>",
    "@octocat",
    "#12",
    "\n",
    " ",
)


def pieces(choice: random.Random, data: bytes, most: int = 8) -> list[bytes]:
    """Return the data as a server might write it: in some pieces."""
    cuts = sorted(choice.randrange(len(data) + 1) for _ in range(choice.randrange(most)))
    ends = [0, *cuts, len(data)]
    return [part for start, end in pairwise(ends) if (part := data[start:end])]


def damaged(choice: random.Random, data: bytes, most: int = 6) -> bytes:
    """Return the data with some bits flipped, and bytes deleted, repeated or put in."""
    changed = bytearray(data)
    for _ in range(choice.randint(1, most)):
        if not changed:
            break
        at = choice.randrange(len(changed))
        match choice.randrange(6):
            case 0 | 1 | 2:
                changed[at] ^= 1 << choice.randrange(8)
            case 3:
                del changed[at : at + choice.randint(1, 40)]
            case 4:
                changed[at:at] = changed[at : at + choice.randint(1, 40)]
            case _:
                changed[at:at] = choice.choice(
                    (b"\x00", b"\n", b"\r\n\r\n", b"\xff", b'"', b"{", b"]", b"data: ", b"\x1b[2J")
                )
    return bytes(changed)


def hostile(choice: random.Random, most: int = 5) -> str:
    """Return a text with escapes among ordinary words."""
    parts = choice.choices(ESCAPES + ORDINARY, k=choice.randint(1, most))
    return choice.choice(("", " ")).join(parts)


def odd(choice: random.Random, depth: int = 0) -> Any:
    """Return an unexpected value of JSON."""
    if depth < 3 and choice.random() < 0.3:
        if choice.random() < 0.5:
            return [odd(choice, depth + 1) for _ in range(choice.randrange(4))]
        names = choice.choices(("type", "text", "message", "id", "name", "", "\x1b"), k=2)
        return {name: odd(choice, depth + 1) for name in names}
    plain = (None, True, False, 0, -1, 37.0, 2**31, 2**62 + 1, -(2**70), 1e300, float("nan"), "")
    words = ("stop", "length", "abort", "null", "\ud83d", "\ude00", "x" * 5000, "-1", "[DONE]")
    return choice.choice((*plain, *words, hostile(choice)))


def mutated(choice: random.Random, value: Any, most: int = 3) -> Any:
    """Return a JSON document in which some values are others, are gone or came twice."""
    for _ in range(choice.randint(1, most)):
        place = value
        while isinstance(place, dict | list) and place:
            key = choice.choice(list(place) if isinstance(place, dict) else range(len(place)))
            inner = place[key]
            if isinstance(inner, dict | list) and inner and choice.random() < 0.8:
                place = inner
                continue
            match choice.randrange(4):
                case 0:
                    del place[key]
                case 1 if isinstance(place, list):
                    place.append(inner)
                case 1:
                    place[hostile(choice)] = inner
                case _:
                    place[key] = odd(choice)
            break
    return value
