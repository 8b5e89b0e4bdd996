"""A pseudo-terminal for measured programs: reads all they write, and replies as one would."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import termios
import time
from collections.abc import Mapping
from dataclasses import dataclass, field

#: Textual queries whether the terminal supports synchronized output; nearly all do.
_ASKS_SYNC = b"\x1b[?2026$p"
_HAS_SYNC = b"\x1b[?2026;2$y"


@dataclass
class Recording:
    """What a program wrote to its terminal: (seconds since its start, bytes).

    `began` is the start in seconds of `time.monotonic`, which other processes share.
    """

    began: float = field(default_factory=time.monotonic)
    writes: list[tuple[float, bytes]] = field(default_factory=list)
    code: int | None = None

    @property
    def output(self) -> bytes:
        """Return all of it."""
        return b"".join(data for _, data in self.writes)

    def first(self, marker: bytes) -> float | None:
        """Return when output with `marker` was first complete; None if it never was."""
        end = self.output.find(marker) + len(marker)
        if end < len(marker):
            return None
        for at, data in self.writes:
            end -= len(data)
            if end <= 0:
                return at
        raise AssertionError("the output is no longer than its parts")


def run(
    argv: list[str],
    *,
    size: tuple[int, int] = (120, 36),
    environment: Mapping[str, str] | None = None,
    timeout: float = 60,
    until: tuple[bytes, ...] = (),
) -> Recording:
    """Run a program in a terminal of `size` (columns, rows) until it ends.

    It is ended when all of `until` has been seen or after `timeout` seconds; `code` is then
    negative.
    """
    main, child = pty.openpty()
    fcntl.ioctl(child, termios.TIOCSWINSZ, struct.pack("HHHH", size[1], size[0], 0, 0))
    variables = {**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor"}
    recording = Recording()
    start = recording.began
    missing = set(until)
    longest = max(map(len, until), default=0)
    seen = b""
    process = subprocess.Popen(
        argv,
        stdin=child,
        stdout=child,
        stderr=child,
        env={**variables, **(environment or {})},
        start_new_session=True,
    )
    os.close(child)
    try:
        while (now := time.monotonic()) < start + timeout:
            if not select.select([main], [], [], 0.05)[0]:
                if process.poll() is not None:
                    break
                continue
            try:
                data = os.read(main, 65536)
            except OSError:  # Linux reports EIO when the program's side is closed
                break
            if not data:
                break
            recording.writes.append((now - start, data))
            if _ASKS_SYNC in data:
                os.write(main, _HAS_SYNC)
            seen += data
            missing -= {marker for marker in missing if marker in seen}
            if until and not missing:
                break
            seen = seen[-longest:]  # a marker may come in two reads
        if process.poll() is None and not until:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(1)
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGKILL)
        recording.code = process.wait()
        os.close(main)
    return recording
