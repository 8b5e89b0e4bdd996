"""The checks of a task: one inline table each."""

from __future__ import annotations

import re
from typing import Literal, cast

from bbtui.config.toml_reader import TomlTable
from bbtui.config.value_types import TEXT, matching, one_of, whole
from bbtui.domain.check import KINDS, Check, Kind

_On = Literal["answer", "code"]

_PARSES = matching("parses", '"parses"')
_ON = one_of("answer", "code")
_COUNT = whole(0)


def read_check(table: TomlTable) -> Check | None:
    """Return the check in a table; report a problem and return None if it is invalid."""
    named = [kind for kind in KINDS if kind in table]
    values = {kind: _value(kind, table) for kind in KINDS}
    on = table.read("on", _ON, None)
    table.close()
    if len(named) != 1:
        found = " and ".join(named) if named else "none"
        table.problem("", f"must have exactly one of {', '.join(KINDS)}; it has {found}")
        return None
    kind = named[0]
    value = values[kind]
    if value is None:
        return None
    default = "code" if kind in ("python", "bash", "json") else "answer"
    return Check(kind, value, cast("_On", on or default))


def _value(kind: Kind, table: TomlTable) -> str | None:
    """Return the value as `Check` has it; None if it is missing, or invalid and reported."""
    match kind:
        case "words":
            return _words(table)
        case "mentions" | "avoids":
            return _wording(kind, table)
        case _:
            return table.read(kind, _PARSES, None)


def _words(table: TomlTable) -> str | None:
    bounds = table.table("words")
    low = bounds.read("min", _COUNT, None)
    high = bounds.read("max", _COUNT, None)
    bounds.close()
    if not table.holds_table("words"):
        return None
    if low is None and high is None:
        table.problem("words", "must have a min, a max or both, such as { min = 150, max = 250 }")
        return None
    if low is not None and high is not None and low > high:
        table.problem("words", f"min {low} is greater than max {high}")
        return None
    return f"{'' if low is None else low}..{'' if high is None else high}"


def _wording(kind: Kind, table: TomlTable) -> str | None:
    text = table.read(kind, TEXT, None)
    if text is None or not text.startswith("re:"):
        return text
    try:
        re.compile(text.removeprefix("re:"))
    except (re.error, OverflowError, RecursionError) as error:
        table.problem(kind, f"is not a valid pattern: {error}")
        return None
    return text
