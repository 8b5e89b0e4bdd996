"""What one line of Markdown can begin, by the rules of CommonMark 0.31 and GFM tables."""

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
    """The marker of a list item.

    `kind` is its last character, the same for all items of one list; `number` is None for a
    bullet; `content` the column where the item's text begins; `empty` if none is on this line.
    """

    kind: str
    number: int | None
    content: int
    empty: bool


def indent(line: str) -> int:
    """Columns of white space at the left; a tab goes to the next multiple of 4."""
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
    """The line without up to `columns` columns of white space at its left."""
    if line[:columns].count(" ") == columns:
        return line[columns:]
    width = indent(line)
    return " " * max(0, width - columns) + line.lstrip(" \t")


def blank(line: str) -> bool:
    """Whether there is nothing but white space."""
    return not line.strip(" \t")


def marker(line: str) -> Marker | None:
    """The marker of the list item that the line begins; None if it begins none."""
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
    """Whether the line ends what stands open and begins a block of its own.

    A paragraph is ended only by list items that are not empty and, if numbered, begin at 1.
    """
    if any(rule.match(line) for rule in (FENCE, HEADING, RULE, QUOTE)):
        return True
    item = marker(line)
    if item is None:
        return False
    return not paragraph or not (item.empty or item.number not in (None, 1))


def columns(header: str, delimiter: str) -> int:
    """The number of columns of the table that two lines begin; 0 if they begin none."""
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


def closes(line: str, fence: str) -> bool:
    """Whether the line ends the fence that `fence` (its run of ` or ~) has begun."""
    text = line.strip(" \t")
    return len(text) >= len(fence) and not text.strip(fence[0]) and indent(line) < 4


def fence(line: str) -> str:
    """The run of ` or ~ with which the line begins a fence; empty if it begins none."""
    match = FENCE.match(line)
    return "" if match is None else match[1] or match[2]


def balanced(code: str) -> bool:
    """Whether a highlighter could begin afresh here: no long string or comment stands open."""
    even = all(code.count(quotes) % 2 == 0 for quotes in ('"""', "'''"))
    return even and code.count("/*") <= code.count("*/") and code.count("<!--") <= code.count("-->")
