"""Runs the checks of answers in a child process, which a time limit ends.

A pattern may backtrack without end, a parser may crash the interpreter, and
neither can be interrupted in a thread. A child is ended by the kernel, whatever it does. It runs
the same Python, so that every pattern means what it always meant.
"""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
import threading
from contextlib import suppress

from bbtui.clients.bash_syntax import parse_bash
from bbtui.domain.check import Check, CheckResult, run_check, undecided

#: How long a check may take, in s, and how long once checks have used up the budget undecided.
LIMIT_S = 2.0
SHORT_LIMIT_S = 0.2
BUDGET_S = 20.0
#: How much longer is waited for the kernel to end the child, in s.
_GRACE_S = 5.0
#: How often `close` looks for a child that is being started, in s.
_POLL_S = 0.02
#: How much memory the child may use, in bytes.
_MEMORY = 2 << 30
#: Keys and streams come first.
_NICENESS = 10
#: How many results are kept.
_KEPT = 10_000


class CheckProcess:
    """Runs one check at a time, from any thread; the child is started when it is needed."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._child: subprocess.Popen[bytes] | None = None
        self._closed = False
        self._undecided_s = 0.0
        self._results: dict[tuple[Check, int, int], CheckResult] = {}

    def __call__(self, check: Check, text: str) -> CheckResult:
        """Return the result of a check; undecided if it takes too long. Never raises."""
        key = (check, len(text), hash(text))
        with self._lock:
            if (known := self._results.get(key)) is not None:
                return known
            if self._closed:
                return undecided(check, "not decided: bbtui is closing")
            try:
                result = self._ask(check, text)
            except OSError as error:
                return undecided(
                    check, f"not decided: its process could not start ({error.strerror})"
                )
            except BaseException:  # an interrupt too: the next check would get this one's result
                self._end()
                raise
            if len(self._results) >= _KEPT:
                self._results.clear()
            self._results[key] = result
            return result

    def close(self) -> None:
        """End the child, and with it a check that is running."""
        self._closed = True
        while not self._lock.acquire(timeout=_POLL_S):
            if (child := self._child) is not None:
                child.kill()
        try:
            self._end()
        finally:
            self._lock.release()

    def _ask(self, check: Check, text: str) -> CheckResult:
        limit_s = LIMIT_S if self._undecided_s < BUDGET_S else SHORT_LIMIT_S
        child = self._child = self._child or _start()
        assert child.stdin is not None
        assert child.stdout is not None
        request = json.dumps([limit_s, check.kind, check.value, check.on, text])
        reply = b""
        with suppress(BrokenPipeError):
            child.stdin.write(request.encode() + b"\n")
            child.stdin.flush()
            if select.select([child.stdout], [], [], limit_s + _GRACE_S)[0]:
                reply = child.stdout.readline()
        if reply:
            decided, passed, detail = json.loads(reply)
            return CheckResult(check, passed, detail, decided=decided)
        code = self._end()
        if code in (-signal.SIGALRM, -signal.SIGKILL) and not self._closed:
            self._undecided_s += limit_s
            return undecided(check, f"not decided within {limit_s:g} s")
        return undecided(check, f"not decided: the process for it ended ({-code})")

    def _end(self) -> int:
        """End the child and what it has started; return how it ended."""
        child, self._child = self._child, None
        if child is None:
            return 0
        # Itself and a bash that it waits for.
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(child.pid, signal.SIGKILL)
        with suppress(OSError):
            child.communicate()
        return child.returncode


def _start() -> subprocess.Popen[bytes]:
    child = subprocess.Popen(
        # -P: nothing is imported from the current folder.
        [sys.executable, "-P", "-m", "bbtui.clients.check_process"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        # ctrl+c in the terminal is not for it.
        start_new_session=True,
    )
    # From its first moment on: where no check is decided, a child is started again and again.
    with suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, child.pid, _NICENESS)
    return child


def main() -> None:
    """Answer one request a line on stdin, until it ends."""
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    with suppress(ImportError, OSError, ValueError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    for line in sys.stdin.buffer:
        limit_s, kind, value, on, text = json.loads(line)
        signal.setitimer(signal.ITIMER_REAL, limit_s)
        try:
            result = run_check(Check(kind, value, on), text, parse_bash)
        except Exception as error:  # noqa: BLE001 - the top of the child process
            result = undecided(Check(kind, value, on), f"not decided: {error!r}")
        signal.setitimer(signal.ITIMER_REAL, 0)
        reply = json.dumps([result.decided, result.passed, result.detail])
        sys.stdout.write(reply + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
