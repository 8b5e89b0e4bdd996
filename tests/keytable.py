"""Writes the table of keys into the README from the actions: ``python -m tests.keytable``."""

from __future__ import annotations

import sys
from pathlib import Path

from bbtui.ui.actions import ACTIONS

README = Path(__file__).parent.parent / "README.md"
BEGIN, END = "<!-- keys: begin -->", "<!-- keys: end -->"


def key_table() -> str:
    """The keys as a Markdown table, for the README."""
    rows = [(f"`{' '.join(a.shown.split())}`", a.help, f"`{a.id}`") for a in ACTIONS if a.keys]
    rows = [("key", "does", "action id"), *rows]
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    lines = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |"
        for row in rows
    ]
    rule = "|" + "|".join("-" * (width + 2) for width in widths) + "|"
    return "\n".join([lines[0], rule, *lines[1:]])


def written(text: str) -> str:
    """The README with the table as it should be."""
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise ValueError(f"README.md must hold {BEGIN} and {END}")
    return f"{before}{BEGIN}\n{key_table()}\n{END}{after}"


if __name__ == "__main__":
    README.write_text(written(README.read_text("utf-8")), "utf-8")
    sys.exit(0)
