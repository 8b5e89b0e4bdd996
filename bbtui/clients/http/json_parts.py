"""Decodes JSON of servers part by part: what cannot be read is left out alone.

A field of another type or out of range gets its default, and an item of a list that cannot be read
is skipped. What is well formed is decoded by msgspec at once.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from types import NoneType, UnionType
from typing import Annotated, Any, Generic, TypeVar, Union, get_args, get_origin

import msgspec

from bbtui.domain.answer import MOST

T = TypeVar("T")

#: A count, or a time in ns, of a server: below 0 or above `MOST` it is unknown.
Count = Annotated[int, msgspec.Meta(ge=0, le=MOST)]
#: A time in ms of a server, as long as a `Count` of ns at most.
Milliseconds = Annotated[float, msgspec.Meta(ge=0, le=MOST / 1_000_000)]

#: Converts a value at a path, and adds the paths of what it leaves out to the list.
_Reader = Callable[[Any, str, list[str]], Any]


class PartDecoder(Generic[T]):
    """Decode JSON as a type built of structs, lists, and plain types, each of which may be null.

    Make every decoder when its module is imported: msgspec prepares a type at its first use, and
    crashes if two threads do so at the same time (0.22).
    """

    def __init__(self, kind: type[T]) -> None:
        self._decoder = msgspec.json.Decoder(kind)
        self._read = _reader(kind)

    def decode(self, document: bytes) -> T:
        """Return the readable parts of a document.

        Raise `msgspec.ValidationError` if it is of another form, and `msgspec.DecodeError` or
        RecursionError if it is not JSON.
        """
        return self.decode_parts(document)[0]

    def decode_parts(self, document: bytes) -> tuple[T, tuple[str, ...]]:
        """Return the readable parts, and the paths of the others, such as ``usage.prompt_tokens``.

        Raise as `decode`.
        """
        try:
            return self._decoder.decode(document), ()
        except (msgspec.DecodeError, UnicodeDecodeError):
            left_out: list[str] = []
            return self._read(load_json(document), "", left_out), tuple(dict.fromkeys(left_out))


def load_json(document: bytes) -> Any:
    """Return the value of a JSON document, with U+FFFD for bytes that are not UTF-8.

    Unlike msgspec, keep half a surrogate pair: the other half may come in the next document.
    """
    text = document.decode("utf-8", errors="replace")
    try:
        return json.loads(text, parse_int=_integer, parse_constant=lambda _: None)
    except ValueError as error:
        raise msgspec.DecodeError(str(error)) from None


def _integer(digits: str) -> int | float:
    """Return an integer; infinity for one too long for any figure, which Python may refuse."""
    return int(digits) if len(digits) <= 40 else float("inf")


def _reader(kind: Any) -> _Reader:
    """Return the reader of a type."""
    if get_origin(kind) in (Union, UnionType):
        [inner] = [part for part in get_args(kind) if part is not NoneType]
        read = _reader(inner)
        return lambda value, path, left_out: None if value is None else read(value, path, left_out)
    if get_origin(kind) is list:
        return _list_reader(_reader(get_args(kind)[0]))
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        return _struct_reader(kind)
    return _plain_reader(kind)


def _plain_reader(kind: Any) -> _Reader:
    def read_plain(value: Any, *_: object) -> Any:
        try:
            return msgspec.convert(value, kind, strict=False)
        except UnicodeEncodeError:  # half a surrogate pair in place of a number
            raise msgspec.ValidationError from None

    return read_plain


def _list_reader(read: _Reader) -> _Reader:
    def read_list(value: Any, path: str, left_out: list[str]) -> Any:
        if not isinstance(value, list):
            raise msgspec.ValidationError
        items = []
        for item in value:
            try:
                items.append(read(item, path, left_out))
            except msgspec.ValidationError:
                left_out.append(path)
        return items

    return read_list


def _struct_reader(struct: type[msgspec.Struct]) -> _Reader:
    fields = [(field, _reader(field.type)) for field in msgspec.structs.fields(struct)]

    def read_struct(value: Any, path: str, left_out: list[str]) -> Any:
        if not isinstance(value, dict):
            raise msgspec.ValidationError
        parts = {}
        for field, read in fields:
            if field.encode_name not in value:
                continue
            inner = f"{path}.{field.encode_name}" if path else field.encode_name
            try:
                parts[field.name] = read(value[field.encode_name], inner, left_out)
            except msgspec.ValidationError:
                left_out.append(inner)
        if any(field.required and field.name not in parts for field, _ in fields):
            raise msgspec.ValidationError
        return struct(**parts)

    return read_struct
