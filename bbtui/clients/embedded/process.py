"""Starts and ends the child process that serves one model."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import IO

from bbtui.clients.embedded import child
from bbtui.clients.embedded.child import Serve
from bbtui.errors import EndpointError

_GRACE_S = 2.0
_TAIL = 8192
#: A line of llama.cpp's log of the level "error": time, E, function, text.
_ERROR_LINE = re.compile(r"^[\d.]+ E +(?:[\w~ ]+: +)?(?P<text>.+)$", re.MULTILINE)


class EngineProcess:
    """One child process, with its address or the reason why it has none.

    The constructor starts the child, in a session of its own, so that Ctrl-C in the terminal
    reaches the program alone. Raise EndpointError when the system cannot start a process.
    """

    def __init__(self, serve: Serve, log: Path) -> None:
        self._model = serve["alias"]
        self._log = log
        with _open_log(log) as stderr:
            try:
                self._child = subprocess.Popen(
                    [sys.executable, "-P", child.__file__],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=stderr,
                    start_new_session=True,
                )
            except OSError as error:
                raise EndpointError(
                    f"the engine of {self._model} cannot be started: {error.strerror}",
                    "close other programs, then start the demo again",
                ) from error
        stdin, stdout = self._child.stdin, self._child.stdout
        assert stdin is not None
        assert stdout is not None
        self._stdin, self._stdout = stdin, stdout
        self.pid = self._child.pid
        """The child's process id."""

        # A child that has already ended is detected when it sends no line.
        with contextlib.suppress(OSError):
            self._stdin.write(json.dumps(serve).encode() + b"\n")
            self._stdin.flush()

    def address(self) -> str:
        """Wait until the model is loaded; return the base URL of its server.

        Raise EndpointError when it cannot be loaded or the child ends.
        """
        line = self._stdout.readline()
        if not line.endswith(b"\n"):
            self._child.wait()
            raise self._ended()
        reply: dict[str, str] = json.loads(line)
        if "address" in reply:
            return reply["address"]
        # llama.cpp writes its log in a thread, which is complete only when the child has ended.
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._child.wait(_GRACE_S)
        raise EndpointError(
            f"{self._model} cannot be loaded: {self._logged_error() or reply['error']}",
            f"the engine's log: {self._log}",
        )

    def ended(self, within_s: float = 0.0) -> EndpointError | None:
        """Return why the child has ended; None if it still runs after `within_s` seconds."""
        try:
            self._child.wait(within_s)
        except subprocess.TimeoutExpired:
            return None
        return self._ended()

    def close(self) -> None:
        """End the child and wait for it. Safe to call twice, from any thread."""
        self._child.terminate()
        try:
            self._child.wait(_GRACE_S)
        except subprocess.TimeoutExpired:
            self._child.kill()
            self._child.wait()
        with contextlib.suppress(OSError):
            self._stdin.close()

    def release(self) -> None:
        """Close the pipe that `address` reads, once no thread waits there."""
        self._stdout.close()

    def _ended(self) -> EndpointError:
        code = self._child.returncode
        fixes = {
            -signal.SIGKILL: "the system may be out of memory: close other programs, "
            "then start the demo again",
            -signal.SIGILL: "this CPU lacks instructions that the installed xllamacpp needs: "
            "pip install --upgrade xllamacpp",
        }
        return EndpointError(
            f"the engine of {self._model} has ended (exit {code})",
            fixes.get(code, f"start the demo again; the engine's log: {self._log}"),
        )

    def _logged_error(self) -> str:
        """Return the first error at the end of the log: later ones only repeat that it failed."""
        try:
            text = self._log.read_bytes()[-_TAIL:].decode("utf-8", "replace")
        except OSError:
            return ""
        match = _ERROR_LINE.search(text)
        return match["text"].strip() if match else ""


def _open_log(log: Path) -> IO[bytes]:
    """Open a new log, or the null device: a folder that cannot be written must not stop the demo.

    The earlier file is unlinked, not emptied: another program may still be writing to it.
    """
    with contextlib.suppress(OSError):
        log.parent.mkdir(parents=True, exist_ok=True)
        log.unlink(missing_ok=True)
        return log.open("wb")
    return Path(os.devnull).open("wb")
