"""What a line of Markdown begins or ends, by CommonMark 0.31 and GFM tables."""

from __future__ import annotations

import re
from typing import NamedTuple

FENCE = re.compile(r" {0,3}(?:(`{3,})[^`]*|(~{3,}).*)$")
HEADING = re.compile(r" {0,3}#{1,6}(?:[ \t]|$)")
RULE = re.compile(r" {0,3}(?:(?:\*[ \t]*){3,}|(?:-[ \t]*){3,}|(?:_[ \t]*){3,})$")
UNDERLINE = re.compile(r" {0,3}(?:=+|-+)[ \t]*$")
QUOTE = re.compile(r" {0,3}>")
_MARKER = re.compile(r"( {0,3})([-*+]|(\d{1,9})[.)])(?=[ \t]|$)")
_DELIMITER = re.compile(r" {0,3}[|:-][-:|][-:| \t]*$| {0,3}[|:][-:| \t]*$")
_COLUMN = re.compile(r":?-+:?$")
_PIPE = re.compile(r"(?<!\\)\|")


class Marker(NamedTuple):
    """The marker of a list item."""

    kind: str
    """Its last character, the same for all items of a list."""
    number: int | None
    """None for a bullet."""
    content: int
    """The column where the text of the item begins."""
    empty: bool
    """Whether the line has no text after the marker."""


def indent(line: str) -> int:
    """Count the columns of white space at the left; a tab goes to the next multiple of 4."""
    columns = 0
    for character in line:
        if character == " ":
            columns += 1
        elif character == "\t":
            columns += 4 - columns % 4
        else:
            break
    return columns


def dedent(line: str, columns: int) -> str:
    """Return the line without up to `columns` columns of white space at its left."""
    if line[:columns].count(" ") == columns:
        return line[columns:]
    width = indent(line)
    return " " * max(0, width - columns) + line.lstrip(" \t")


def is_blank(line: str) -> bool:
    """Return whether the line is nothing but white space."""
    return not line.strip(" \t")


def read_marker(line: str) -> Marker | None:
    """Return the marker of the list item that the line begins, None if it begins none."""
    match = _MARKER.match(line)
    if match is None or RULE.match(line):
        return None
    end = match.end()
    rest = line.expandtabs(4)[end:]
    spaces = len(rest) - len(rest.lstrip(" "))
    empty = spaces == len(rest)
    content = end + (1 if empty or spaces > 4 else spaces)
    number = None if match[3] is None else int(match[3])
    return Marker(match[2][-1], number, content, empty)


def interrupts(line: str, *, paragraph: bool) -> bool:
    """Return whether the line ends the open block and begins another.

    A `paragraph` is ended only by list items that are not empty and, if numbered, begin at 1.
    """
    if any(rule.match(line) for rule in (FENCE, HEADING, RULE, QUOTE)):
        return True
    item = read_marker(line)
    if item is None:
        return False
    return not paragraph or not (item.empty or item.number not in (None, 1))


def count_columns(header: str, delimiter: str) -> int:
    """Return the number of columns of the table that two lines begin, 0 if they begin none."""
    if "|" not in header or indent(header) > 3 or not _DELIMITER.match(delimiter):
        return 0
    if not all(_COLUMN.match(cell.strip()) for cell in _cells(delimiter)):
        return 0
    count = len(_cells(delimiter))
    return count if count == len(_cells(header)) else 0


def _cells(line: str) -> list[str]:
    cells = _PIPE.split(line.strip())
    if cells and not cells[0]:
        cells.pop(0)
    if cells and not cells[-1]:
        cells.pop()
    return cells


def closes_fence(line: str, fence: str) -> bool:
    """Return whether the line ends the fence that the run `fence` of ` or ~ has begun."""
    text = line.strip(" \t")
    return len(text) >= len(fence) and not text.strip(fence[0]) and indent(line) < 4


def read_fence(line: str) -> str:
    """Return the run of ` or ~ with which the line begins a fence, "" if it begins none."""
    match = FENCE.match(line)
    return "" if match is None else match[1] or match[2]


def is_balanced(code: str) -> bool:
    """Return whether a highlighter can restart here: no long string or comment is open."""
    even = all(code.count(quotes) % 2 == 0 for quotes in ('"""', "'''"))
    return even and code.count("/*") <= code.count("*/") and code.count("<!--") <= code.count("-->")
