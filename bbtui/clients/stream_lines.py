"""Splits the bytes of a stream into its frames: lines of JSON, or server-sent events.

A JSON string may hold U+0085, U+2028 and U+2029 as they are. `str.splitlines`, and with it httpx's
`iter_lines`, would break a line there; only the bytes LF and CR end one here. A frame is bytes, so
a character split by a read is not damaged.
"""

from __future__ import annotations

import json
import re

import msgspec

from bbtui.clients.http.json_parts import load_json

#: Ollama's own client stops at 8 MB; a line with log probabilities may be long.
MAX_LINE = 16 * 1024 * 1024

_LINE_END = re.compile(rb"\r\n|\n|\r")
#: Allowed before the first line (WHATWG HTML, 9.2.6), and written there by some Windows servers.
_BOM = b"\xef\xbb\xbf"
#: The fields of an event (WHATWG HTML, 9.2.6), with that of an error of older llama.cpp servers; a
#: comment has no name.
_FIELDS = (b"data", b"event", b"id", b"retry", b"error", b"")
#: What an event may begin with after one that lacks its blank line.
_BEGINS_EVENT = re.compile(rb"event:|data: ?(?:\{|\[DONE\])")
#: How much of what is no stream is kept to be quoted, in bytes.
_QUOTED = 8 * 1024


class LineTooLongError(Exception):
    """A server sent more than `MAX_LINE` bytes without ending a line."""


class _Tail:
    """The start of a line whose end has not arrived, kept as the pieces that have.

    They are joined once, when the line ends: a line in many small reads costs no more than in one.
    """

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self.size = 0

    def add(self, part: bytes) -> None:
        self.size += len(part)
        if self.size > MAX_LINE:
            raise LineTooLongError
        if part:
            self._parts.append(part)

    def complete(self, parts: list[bytes]) -> list[bytes]:
        """Return the lines that the end of each part but the last completes; keep the last."""
        lines = [self.take(parts[0]), *parts[1:-1]] if len(parts) > 1 else []
        self.add(parts[-1])
        return lines

    def take(self, end: bytes = b"") -> bytes:
        """Return the whole line, which ends with `end`, and start an empty one."""
        self.add(end)
        line = self._parts[0] if len(self._parts) == 1 else b"".join(self._parts)
        self._parts.clear()
        self.size = 0
        return line


class _Document:
    """The lines of a body that is one JSON document, or one in each line, in place of events."""

    def __init__(self) -> None:
        self._lines: list[bytes] = []
        self._size = 0

    def add(self, line: bytes) -> None:
        self._size += len(line) + 1
        if self._size > MAX_LINE:
            raise LineTooLongError
        self._lines.append(line)

    def frames(self) -> list[bytes]:
        """Return the lines if the first is a document of its own, else all as one."""
        lines = [line for line in self._lines if line.strip()]
        return lines if lines and _is_json(lines[0]) else [b"\n".join(lines)]


def _is_json(document: bytes) -> bool:
    try:
        load_json(document)
    except (msgspec.DecodeError, RecursionError):
        return False
    return True


class Ndjson:
    """Splits a stream of one JSON object per line, as Ollama's native dialect sends them.

    A document that was formatted for readers, an error for example, is one frame.
    """

    def __init__(self) -> None:
        self._tail = _Tail()
        self._started = False
        self._document: _Document | None = None

    def feed(self, data: bytes) -> list[bytes]:
        """Return the lines these bytes complete, without line ends and blank lines.

        Raise LineTooLongError.
        """
        if not (self._tail.size or self._document or data.strip()):
            return []
        return self._frames(self._tail.complete(data.split(b"\n")))

    def close(self) -> list[bytes]:
        """Return what came after the last line end: a line without one, or half a line."""
        frames = self._frames([self._tail.take()])
        return frames if self._document is None else self._document.frames()

    def _frames(self, lines: list[bytes]) -> list[bytes]:
        frames = [stripped for line in lines if line and (stripped := line.strip())]
        if frames and not self._started:
            frames[0] = frames[0].removeprefix(_BOM).lstrip()
            frames = [frame for frame in frames if frame]
            self._started = bool(frames)
            if frames[:1] == [b"{"]:
                self._document = _Document()
        if self._document is None:
            return frames
        for line in frames:
            self._document.add(line)
        return []


class ServerSentEvents:
    """Splits server-sent events: lines end with LF, CR LF or CR; comments are dropped.

    An event named ``error``, and the field ``error`` that older llama.cpp servers send in
    mid-stream, become the object ``{"error": …}`` that other servers send. An object after a whole
    one is an event of its own, also without the blank line between them. A body that is JSON
    instead of events is one frame, or one for each line.
    """

    def __init__(self) -> None:
        self._tail = _Tail()
        self._after_cr = False
        self._started = False
        self._document: _Document | None = None
        self._events = False
        self._name = b""
        self._data: list[bytes] = []
        self._data_size = 0
        self._unknown: list[bytes] = []
        self._unknown_size = 0

    def feed(self, data: bytes) -> list[bytes]:
        """Return the data of each event these bytes complete; raise LineTooLongError."""
        if self._after_cr and data:
            data = data.removeprefix(b"\n")
            self._after_cr = False
        if not data:
            return []
        self._after_cr = data.endswith(b"\r")
        if self._idle and not data.strip(b"\r\n"):
            return []
        return self._frames(self._tail.complete(_LINE_END.split(data)))

    def close(self) -> list[bytes]:
        """Return the last event if the stream ended without the blank line that completes it.

        Return the beginning of a body that had no event at all: it is none of this form.
        """
        frames = self._frames([self._tail.take(), b""])
        if self._document is not None:
            return self._document.frames()
        if self._events or not self._unknown:
            return frames
        return [b"\n".join(self._unknown)]

    @property
    def _idle(self) -> bool:
        """Whether a blank line means nothing now."""
        return not (self._tail.size or self._data or self._name or self._document)

    def _frames(self, lines: list[bytes]) -> list[bytes]:
        frames = []
        for line in lines:
            if self._document is not None:
                self._document.add(line)
            elif line:
                alone = len(self._data) == 1 and _BEGINS_EVENT.match(line)
                if alone and _is_json(self._data[0]):
                    frames += self._event()
                self._add(line)
            elif self._data or self._name:
                frames += self._event()
        return frames

    def _add(self, line: bytes) -> None:
        """Add a line to the event."""
        if not self._started:
            line = line.removeprefix(_BOM)
            self._started = bool(line.strip())
            if line.lstrip().startswith((b"{", b"[")):
                self._document = _Document()
                self._document.add(line)
                return
        field, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        if field == b"data":
            self._data_size += len(value)
            if self._data_size > MAX_LINE:
                raise LineTooLongError
            self._data.append(value)
        elif field == b"event":
            self._name = value
        elif field == b"error":
            self._name = b"error"
            self._data.append(value)
        elif field not in _FIELDS and not self._events and self._unknown_size < _QUOTED:
            self._unknown.append(line[:_QUOTED])
            self._unknown_size += len(line)

    def _event(self) -> list[bytes]:
        """Return the data of the event that is complete."""
        name, data = self._name, b"\n".join(self._data)
        self._events = True
        self._name = b""
        self._data.clear()
        self._data_size = 0
        if name == b"error":
            return [_error_object(data)]
        return [data] if data else []


def _error_object(data: bytes) -> bytes:
    """Return the object ``{"error": …}`` for the data of an error, which may be any text."""
    try:
        value = load_json(data)
    except (msgspec.DecodeError, RecursionError):
        value = data.decode("utf-8", errors="replace").strip()
    error = {"error": value or "an error without a message"}
    return json.dumps(error, separators=(",", ":")).encode()
