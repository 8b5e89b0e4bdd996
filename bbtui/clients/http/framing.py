"""Splits the bytes of a stream into lines: NDJSON and server-sent events.

A JSON string may hold U+0085, U+2028 and U+2029 as they are. `str.splitlines`, and with it httpx's
`iter_lines`, would break a line there; only the bytes LF and CR end one here. Only whole lines are
decoded, so a character split by a read is not damaged.
"""

from __future__ import annotations

import re

#: Ollama's own client stops at 8 MB; a line with log probabilities may be long.
MAX_LINE = 16 * 1024 * 1024

_LINE_END = re.compile(rb"\r\n|\n|\r")


class LineTooLongError(Exception):
    """A server sent more than `MAX_LINE` bytes without ending a line."""


class _Tail:
    """The start of a line whose end has not arrived, kept as the pieces that have.

    They are joined once, when the line ends: a line in many small reads costs no more than in one.
    """

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._size = 0

    def add(self, part: bytes) -> None:
        self._size += len(part)
        if self._size > MAX_LINE:
            raise LineTooLongError
        if part:
            self._parts.append(part)

    def take(self, end: bytes = b"") -> bytes:
        """Return the whole line, which ends with `end`, and start an empty one."""
        self.add(end)
        line = self._parts[0] if len(self._parts) == 1 else b"".join(self._parts)
        self._parts.clear()
        self._size = 0
        return line


class Ndjson:
    """Splits a stream of one JSON object per line, as Ollama's native dialect sends them."""

    def __init__(self) -> None:
        self._tail = _Tail()

    def feed(self, data: bytes) -> list[bytes]:
        """Return the lines these bytes complete, without line ends and blank lines.

        Raise LineTooLongError.
        """
        first, *rest = data.split(b"\n")
        if not rest:
            self._tail.add(first)
            return []
        lines = [self._tail.take(first), *rest[:-1]]
        self._tail.add(rest[-1])
        return [line for line in map(bytes.strip, lines) if line]

    def close(self) -> list[bytes]:
        """Return what came after the last line end: a line without one, or half a line."""
        line = self._tail.take().strip()
        return [line] if line else []


class ServerSentEvents:
    """Splits server-sent events: lines end with LF, CR LF or CR; comments are dropped.

    An ``error:`` field, which older llama.cpp servers send in mid-stream, becomes the object
    ``{"error": …}`` that other servers send.
    """

    def __init__(self) -> None:
        self._tail = _Tail()
        self._after_cr = False
        self._data: list[bytes] = []
        self._data_size = 0

    def feed(self, data: bytes) -> list[bytes]:
        """Return the data of each event these bytes complete; raise LineTooLongError."""
        if self._after_cr and data:
            data = data.removeprefix(b"\n")
            self._after_cr = False
        if not data:
            return []
        self._after_cr = data.endswith(b"\r")
        first, *rest = _LINE_END.split(data)
        if not rest:
            self._tail.add(first)
            return []
        lines = [self._tail.take(first), *rest[:-1]]
        self._tail.add(rest[-1])
        return [event for line in lines for event in self._line(line)]

    def close(self) -> list[bytes]:
        """Return the last event if the stream ended without the blank line that completes it."""
        return [*self._line(self._tail.take()), *self._line(b"")]

    def _line(self, line: bytes) -> list[bytes]:
        if not line:
            event = b"\n".join(self._data)
            self._data.clear()
            self._data_size = 0
            return [event] if event else []
        field, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        if field == b"data":
            self._data_size += len(value)
            if self._data_size > MAX_LINE:
                raise LineTooLongError
            self._data.append(value)
        elif field == b"error":
            return [b'{"error":' + value + b"}"]
        return []
