"""Rows in columns as wide as they need."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TextIO

from bbtui.formatting.sanitize import clean_name


def print_columns(rows: Sequence[tuple[str, ...]], out: TextIO) -> None:
    """Print rows of equally many cells, each literally; letters of double width count as such."""
    from rich.cells import cell_len

    rows = [tuple(map(clean_name, row)) for row in rows]
    widths = [max(map(cell_len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (
            text + " " * (width - cell_len(text)) for text, width in zip(row, widths, strict=True)
        )
        print("  ".join(cells).rstrip(), file=out)
