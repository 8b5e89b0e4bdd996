"""bbtui in a process that has imported its modules: forked, so that a test waits for no import.

It neither starts nor ends as an interpreter does: a test of either has a new one
(`new_interpreter`).
"""

from __future__ import annotations

import faulthandler
import fcntl
import functools
import gc
import multiprocessing
import os
import runpy
import signal
import subprocess
import sys
import termios
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from multiprocessing import forkserver, reduction
from multiprocessing.context import ForkServerContext, ForkServerProcess
from pathlib import Path
from typing import Any
from unittest import mock

ROOT = Path(__file__).parents[2]
_EVERY_MODULE = "tests.cli.every_module"


class Preloaded:
    """A process of bbtui in a terminal that it controls, used as a `subprocess.Popen` is."""

    def __init__(
        self, words: Sequence[str], terminal: int, here: Path, environ: Mapping[str, str]
    ) -> None:
        """Start it; `terminal` is a file descriptor."""
        arguments = (list(words), _Descriptor(terminal), here, dict(environ))
        self._process: ForkServerProcess = _context().Process(target=_become, args=arguments)
        self._process.start()
        assert self._process.pid is not None
        self.pid: int = self._process.pid

    def wait(self, timeout: float) -> int:
        """Wait for its end, and return its exit code; TimeoutExpired after `timeout` seconds."""
        self._process.join(timeout)
        code = self._process.exitcode
        if code is None:
            raise subprocess.TimeoutExpired("bbtui", timeout)
        return code

    def send_signal(self, number: int) -> None:
        """Send it a signal unless it has ended."""
        if self._process.exitcode is None:
            with suppress(ProcessLookupError):  # it ends just now
                os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


@functools.cache
def _context() -> ForkServerContext:
    """Start the process that all others are forked from."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([_EVERY_MODULE])
    # Not that of the test which happens to be the first: modules read some of it when imported.
    environ = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "PYTHONPATH": str(ROOT)}
    with mock.patch.dict(os.environ, environ, clear=True):
        forkserver.ensure_running()
    return context


class _Descriptor:
    """A file descriptor of this process that becomes one of the new process."""

    def __init__(self, number: int) -> None:
        self.number = number

    def __reduce__(self) -> tuple[Any, ...]:
        return _received, (reduction.DupFd(self.number),)


def _received(duplicate: Any) -> int:
    number: int = duplicate.detach()
    return number


def _become(words: Sequence[str], terminal: int, here: Path, environ: Mapping[str, str]) -> None:
    """Be what `python -m bbtui` in a terminal is."""
    assert _EVERY_MODULE in sys.modules, "a module of bbtui cannot be imported by itself"
    gc.freeze()
    os.setsid()
    for number in range(3):
        os.dup2(terminal, number)
    os.close(terminal)
    fcntl.ioctl(1, termios.TIOCSCTTY, 0)
    os.chdir(here)
    os.environ.clear()
    os.environ.update(environ)
    time.tzset()
    for number, (name, mode) in enumerate((("stdin", "r"), ("stdout", "w"), ("stderr", "w"))):
        stream = open(number, mode, encoding="utf-8", closefd=False)  # noqa: SIM115
        setattr(sys, name, stream)
        setattr(sys, f"__{name}__", stream)
    faulthandler.enable()
    sys.argv[1:] = words
    sys.modules.pop("bbtui.__main__", None)  # of what started the tests: runpy would warn
    runpy.run_module("bbtui", run_name="__main__", alter_sys=True)
