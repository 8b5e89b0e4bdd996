"""A line that may be dropped: what nobody can read any more is no reason to end."""

from __future__ import annotations

from typing import Any, TextIO


class DisconnectTolerantStream:
    """A text stream that drops what is written once its terminal has gone.

    A pipe that was closed is told as ever: whoever read it has seen enough.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, words: str) -> int:
        """Write them, or not; as many letters as they have."""
        try:
            return self._stream.write(words)
        except BrokenPipeError:
            raise
        except OSError:
            return len(words)

    def flush(self) -> None:
        """Send what was written, if somebody is there."""
        try:
            self._stream.flush()
        except BrokenPipeError:
            raise
        except OSError:
            return

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)
