"""Values as columns: JSON documents, packed reads, text of any kind."""

from __future__ import annotations

import itertools
import json
import zlib
from collections.abc import Sequence
from typing import TypeVar

import msgspec

from bbtui.domain.answer import Read
from bbtui.domain.score import Judged
from bbtui.exchange.judgements import judged_columns, judged_of
from bbtui.exchange.schema import Part

#: What reading a row may raise that bbtui did not write.
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

AnyPart = TypeVar("AnyPart", bound=Part)


def to_document(part: Part) -> str:
    """Return a part of a session as JSON.

    Written by `json`, which keeps whole numbers of any size and any text: a server may send the
    one, and a command line hold the other.
    """
    return _to_json(msgspec.to_builtins(part))


def from_document(kind: type[AnyPart], document: str) -> AnyPart:
    """Return the part; a field that the document lacks has its default.

    Raise one of `UNREADABLE` for a field that bbtui does not know: it must not be lost unnoticed.
    """
    fields = json.loads(document)
    part = msgspec.convert(fields, kind)
    known = msgspec.to_builtins(part)
    if known != fields:  # a field is absent, unknown or was converted
        _refuse_unknown(fields, known, kind.__name__.removesuffix("Part").lower())
    return part


def to_judged(judged: Judged) -> tuple[str, str]:
    """Return the kind of a judgement, and the fields of that kind as JSON."""
    kind, fields = judged_columns(judged)
    return kind, _to_json(fields)


def from_judged(kind: str, document: str) -> Judged:
    """Return the judgement; raise one of `UNREADABLE` for another kind or an unknown field."""
    return judged_of(kind, json.loads(document))


def _to_json(fields: object) -> str:
    return json.dumps(fields, separators=(",", ":"))


def _refuse_unknown(written: object, known: object, path: str) -> None:
    """Raise ValueError for a field of `written` that is not in `known`, at any depth."""
    if isinstance(written, dict) and isinstance(known, dict):
        for name, value in written.items():
            if name not in known:
                raise ValueError(f"unknown field {path}.{name}")
            _refuse_unknown(value, known[name], f"{path}.{name}")
    elif isinstance(written, list) and isinstance(known, list | tuple):
        for value, known_value in zip(written, known, strict=True):
            _refuse_unknown(value, known_value, path)


def to_column(text: str) -> str | bytes:
    """Return a text as it is bound: itself, or its bytes if it holds lone surrogates.

    Python makes those of an argument that is not UTF-8; SQLite's text cannot hold them.
    """
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode(errors="surrogatepass")
    return text


def from_column(column: str | bytes) -> str:
    """Return the text that was bound by `to_column`."""
    if isinstance(column, str):
        return column
    return column.decode(errors="surrogatepass")


def integer(column: object) -> int:
    """Return an integer as it was bound; raise TypeError for a text, which SQLite accepts too."""
    if not isinstance(column, int):
        raise TypeError(f"{column!r} is not an integer")
    return column


def pack_reads(reads: Sequence[Read]) -> bytes:
    """Return reads as a zlib stream of a JSON array of five columns, in the order of `Read`.

    Offsets, in ns, are differences from one to the next, the first as it is. That takes about six
    bytes a read, and none for no reads.
    """
    if not reads:
        return b""
    offsets, *others = zip(*reads, strict=True)
    steps = [later - earlier for earlier, later in itertools.pairwise((0, *offsets))]
    columns = json.dumps([steps, *others], separators=(",", ":"))
    # Level 1 is twice as quick as the default and a tenth larger.
    return zlib.compress(columns.encode(), level=1)


def unpack_reads(packed: bytes) -> list[Read]:
    """Return the reads that were packed by `pack_reads`."""
    if not packed:
        return []
    columns = json.loads(zlib.decompress(packed))
    steps, *others = msgspec.convert(columns, list[list[int]])
    return [Read(*read) for read in zip(itertools.accumulate(steps), *others, strict=True)]
