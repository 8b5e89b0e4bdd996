"""Writes the table of keys into the README from the actions: ``python -m tests.keytable``."""

from __future__ import annotations

import sys
from pathlib import Path

from bbtui.ui.actions import key_table

README = Path(__file__).parent.parent / "README.md"
BEGIN, END = "<!-- keys: begin -->", "<!-- keys: end -->"


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
