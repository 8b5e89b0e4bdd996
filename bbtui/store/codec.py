"""Values as they stand in a column: JSON documents, packed reads, text of any kind."""

from __future__ import annotations

import itertools
import json
import zlib
from collections.abc import Sequence
from typing import TypeVar

import msgspec

from bbtui.domain.answer import Read

#: What is raised on the way from rows to values where the rows are not what bbtui wrote.
UNREADABLE = (
    msgspec.MsgspecError,
    zlib.error,
    ValueError,
    TypeError,
    LookupError,
    AttributeError,
    ArithmeticError,
    RecursionError,
)

Value = TypeVar("Value")


def to_document(value: object) -> str:
    """A value of the domain as JSON, its fields by name.

    Written by `json`, which keeps whole numbers of any size and any text: a server may send the
    one, and a command line hold the other.
    """
    return json.dumps(msgspec.to_builtins(value), separators=(",", ":"))


def of_document(kind: type[Value], document: str) -> Value:
    """The value of that kind; fields that the document lacks have their defaults."""
    return msgspec.convert(json.loads(document), kind)


def to_column(text: str) -> str | bytes:
    """A text as it is bound: itself, or its bytes where it holds lone surrogates.

    Python makes those of an argument that is no UTF-8; SQLite's text has no room for them.
    """
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode(errors="surrogatepass")
    return text


def of_column(column: str | bytes) -> str:
    """The text that was bound by `to_column`."""
    if isinstance(column, str):
        return column
    return column.decode(errors="surrogatepass")


def integer(column: object) -> int:
    """A whole number as it was bound; SQLite keeps a text that stands in its place."""
    if not isinstance(column, int):
        raise TypeError(f"{column!r} is no whole number")
    return column


def pack_reads(reads: Sequence[Read]) -> bytes:
    """Reads as a zlib stream of a JSON array of five columns, in the order of `Read`'s fields.

    The offsets, in ns, stand as differences from one to the next, the first as it is. That is
    about six bytes a read; for no reads it is nothing at all.
    """
    if not reads:
        return b""
    offsets, *others = zip(*reads, strict=True)
    steps = [later - earlier for earlier, later in itertools.pairwise((0, *offsets))]
    columns = json.dumps([steps, *others], separators=(",", ":"))
    # Level 1 is twice as quick as the default and a tenth larger.
    return zlib.compress(columns.encode(), level=1)


def unpack_reads(packed: bytes) -> list[Read]:
    """The reads that were packed."""
    if not packed:
        return []
    columns = json.loads(zlib.decompress(packed))
    steps, *others = msgspec.convert(columns, list[list[int]])
    return [Read(*read) for read in zip(itertools.accumulate(steps), *others, strict=True)]
