"""Values as columns: JSON documents, packed reads, text of any kind."""

from __future__ import annotations

import itertools
import json
import zlib
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TypeVar

import msgspec

from bbtui.domain.answer import Read
from bbtui.domain.score import Judged, Judgement
from bbtui.exchange.convert import STRUCTS, from_part, judgement_of, row_of, to_part
from bbtui.exchange.schema import AnyRow, JudgedRow

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

Value = TypeVar("Value")
#: The fields of a row that have columns of their own, beside that of its kind's fields.
_COLUMNS = ("what", *JudgedRow.__struct_fields__)
_NO_TIME = datetime.fromtimestamp(0, UTC)


def to_document(value: object) -> str:
    """Return a value of the domain, one of `STRUCTS`, as JSON.

    Written by `json`, which keeps whole numbers of any size and any text: a server may send the
    one, and a command line hold the other.
    """
    return _to_json(msgspec.to_builtins(to_part(STRUCTS[type(value)], value)))


def from_document(kind: type[Value], document: str) -> Value:
    """Return a value that `to_document` was given; a field that the document lacks has its default.

    Raise one of `UNREADABLE` for a field that bbtui does not know: it must not be lost unnoticed.
    """
    fields = json.loads(document)
    part = msgspec.convert(fields, STRUCTS[kind])
    known = msgspec.to_builtins(part)
    if known != fields:  # a field is absent, unknown or was converted
        _refuse_unknown(fields, known, STRUCTS[kind].__name__.removesuffix("Part").lower())
    return from_part(kind, part)


def to_judged(judged: Judged) -> tuple[str, str]:
    """Return the kind of a judgement, and the fields of that kind as JSON."""
    row = msgspec.to_builtins(row_of(Judgement(_NO_TIME, judged)))
    fields = {name: value for name, value in row.items() if name not in _COLUMNS}
    # A row has the endpoint of its cell beside the winner; in a column of its own it has its name.
    if row["what"] == "winner":
        fields["endpoint"] = fields.pop("winner")
    return row["what"], _to_json(fields)


def from_judged(kind: str, document: str) -> Judged:
    """Return the judgement; raise one of `UNREADABLE` for another kind or an unknown field."""
    fields = json.loads(document)
    if kind == "winner" and "endpoint" in fields:
        fields["winner"] = fields.pop("endpoint")
    row = msgspec.convert({**fields, "what": kind, "id": 0, "at": _NO_TIME}, AnyRow)
    for name in fields:
        if name in _COLUMNS or name not in row.__struct_fields__:
            raise ValueError(f"{name!r} is not a field of a {kind}")
    return judgement_of(row).what


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
    return column if isinstance(column, str) else column.decode(errors="surrogatepass")


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
