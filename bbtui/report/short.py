"""The short form of a report: one that fits into a comment, whatever the session holds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from bbtui.domain.session import Session
from bbtui.formatting.text import counted, truncate
from bbtui.report.styled_text import Strong, Table
from bbtui.report.texts import change_texts

#: The most characters of a comment on GitHub; others take more.
LONGEST_COMMENT: Final = 65_536


@dataclass(frozen=True, slots=True)
class Limits:
    """How much of a session is in its short form."""

    rows: int = 20_000
    """The most rows of a table, and items of a list."""
    characters: int = 65_536
    """The most characters of a text that a person or a server wrote."""


#: Each is tried where the one before is still too long.
_LIMITS = (Limits(), Limits(60, 160), Limits(12, 80), Limits(3, 40))
_LISTS = (
    "verdict",
    "summary",
    "operator_summary",
    "finding",
    "next_steps",
    "unequal",
    "limits",
    "flags",
)


def fitted(render: Callable[[Limits], str], longest: int) -> str:
    """Return the first of the rendered texts that is short enough; at last, cut one."""
    for limits in _LIMITS:
        text = render(limits)
        if len(text) <= longest:
            return text
    end = "\n\n… cut here: the rest is in the full report.\n"
    return text[: longest - len(end)].rpartition("\n")[0] + end


def shorten(session: Session, limits: Limits) -> Session:
    """Return the session with every text of a person or a server cut, except the answers."""
    most = limits.characters
    return change_texts(session, lambda text: text if len(text) <= most else truncate(text, most))


def limit_sections(sections: Mapping[str, object], limits: Limits) -> dict[str, object]:
    """Return the content of a report with its tables and lists cut to so many rows."""
    most = limits.rows
    found: dict[str, object] = {}
    for name, value in sections.items():
        match value:
            case Table():
                found[name] = _limit_rows(value, most)
            case tuple() if name == "quality":
                found[name] = tuple(
                    (label, _limit_rows(table, most)) for label, table in value[:most]
                )
            case tuple() if name == "tasks":
                found |= {name: value[:most], "more_tasks": max(0, len(value) - most)}
            case tuple() if name in _LISTS and len(value) > most:
                found[name] = (*value[:most], f"… and {len(value) - most:,} more.")
            case _:
                found.setdefault(name, value)
    return found


def _limit_rows(table: Table, most: int) -> Table:
    """Return a table without the rows in its middle; the totals below stay."""
    totals = [row for row in table.rows if isinstance(row[0], Strong)]
    rows = [row for row in table.rows if not isinstance(row[0], Strong)]
    if len(rows) <= most:
        return table
    more = (f"… {counted(len(rows) - most, 'more row')}", *("" for _ in table.head[1:]))
    return replace(table, rows=(*rows[:most], more, *totals))
