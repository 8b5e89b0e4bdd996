"""Serves one model of the demo: finds its weights, starts its process, and reports its state."""

from __future__ import annotations

import contextlib
import json
import os
import re
import secrets
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from subprocess import PIPE
from typing import IO

from bbtui.clients.embedded import child
from bbtui.clients.embedded.child import Serve
from bbtui.clients.embedded.weights import AssemblyProgress, StoppedError, Weights
from bbtui.crashes import Crash, attempt
from bbtui.domain.host import Build, Host, HostState
from bbtui.domain.problem import Problem
from bbtui.errors import EndpointError

#: The sampler's penalty on repeated tokens, the same for all models of the demo. Models this small
#: repeat one sentence without it; `Build.server` names it.
REPEAT_PENALTY = 1.1
SERVER = f"llama.cpp (embedded), repeat penalty {REPEAT_PENALTY:g}"

_GRACE_S = 2.0
_TAIL = 8192
#: A line of llama.cpp's log of the level "error": time, E, function, text.
_ERROR_LINE = re.compile(r"^[\d.]+ E +(?:[\w~ ]+: +)?(?P<text>.+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class DemoModel:
    """A model of the demo."""

    name: str
    """The name of its endpoint."""

    label: str
    """The label of its endpoint."""
    model: str
    """Its name, as in requests."""
    parameters: str
    """Its number of parameters, such as "270M"."""
    quantisation: str
    """Its quantization, such as "Q8_0"."""

    trained_context: int
    """In tokens."""

    find: Callable[[Path, AssemblyProgress], Weights]
    """Returns its weights, which it may assemble in a folder."""

    template: str = ""
    """A Jinja chat template, for a model whose file has none."""

    stop: tuple[str, ...] = ()
    """Texts that end an answer, besides the model's own end token."""


class ServedModel:
    """One served model. A thread prepares it; every member may be used from any thread."""

    def __init__(
        self, model: DemoModel, weights: Path, logs: Path, *, context: int, threads: int
    ) -> None:
        self.model = model
        self.key = secrets.token_urlsafe(16)
        self._folder = weights
        self._log = logs / f"engine-{model.name}.log"
        self._context = min(context, model.trained_context)
        self._threads = threads
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._process: EngineProcess | None = None
        self._address = ""
        self._thread = threading.Thread(target=self._run, name=f"engine {model.model}", daemon=True)
        build = Build(SERVER, model.parameters, model.quantisation, "", self._context)
        self._host = Host(HostState.PREPARING, detail="not started", build=build, loaded=False)

    def check(self) -> Host:
        """See `Probe`. No request is sent; a child that has ended meanwhile is detected here."""
        with self._lock:
            host, process = self._host, self._process
        if host.state is HostState.READY and process is not None and (ended := process.ended()):
            return self._failed(ended)
        return host

    @property
    def address(self) -> str:
        """The base URL of the model's server; "" until it is ready."""
        with self._lock:
            return self._address

    @property
    def pid(self) -> int | None:
        """The process id of the child; None before there is one."""
        with self._lock:
            return self._process.pid if self._process else None

    def start(self) -> None:
        """Start to prepare the model; call once. Returns immediately."""
        self._set(HostState.PREPARING, "preparing weights")
        self._thread.start()

    def host_if_ended(self) -> Host | None:
        """Return the host if the child has ended, else None; for after a stream that broke off.

        The connection of an ending process is lost a moment before its exit code is available.
        """
        with self._lock:
            process = self._process
        ended = process.ended(within_s=0.5) if process else None
        return self._failed(ended) if ended else None

    def close(self) -> None:
        """End the child and the preparing thread; return when both have ended."""
        self._stop.set()
        self._end_child()
        if self._thread.is_alive():
            self._thread.join()
        self._end_child(release=True)
        self._failed(EndpointError(f"the engine of {self.model.model} is closed"))

    def _end_child(self, *, release: bool = False) -> None:
        with self._lock:
            process = self._process
        if process is not None:
            process.close()
            if release:
                process.release()

    def _run(self) -> None:
        crash = attempt(self._serve)
        if isinstance(crash, Crash):
            # A stream waits until the model is ready or has failed.
            cause = crash.during(f"preparing {self.model.model}")
            self._failed(EndpointError(cause, crash.fix))
            self._end_child()

    def _serve(self) -> None:
        name = self.model.model
        progress = AssemblyProgress(lambda step: self._set(HostState.PREPARING, step), self._stop)
        try:
            weights = self.model.find(self._folder, progress)
            self._set(HostState.PREPARING, f"loading {name}", weights.sha256[:12])
            address = self._launch(weights).address()
        except StoppedError:
            return
        except EndpointError as error:
            self._failed(error)
            return
        except (OSError, ImportError) as error:
            reason = getattr(error, "strerror", None) or error
            fix = "reinstall the packages of the demo, in a clone: make clean demo"
            self._failed(EndpointError(f"the weights of {name} cannot be read: {reason}", fix))
            return
        with self._lock:
            self._address = address
        self._set(HostState.READY, "ready")

    def _launch(self, weights: Weights) -> EngineProcess:
        serve = Serve(
            path=str(weights.path),
            alias=self.model.model,
            context=self._context,
            threads=self._threads,
            template=self.model.template,
            stop=list(self.model.stop),
            repeat_penalty=REPEAT_PENALTY,
            key=self.key,
            parent=os.getpid(),
        )
        process = EngineProcess(serve, self._log)
        with self._lock:
            self._process = process
        # `close` sets `_stop` before it reads `_process`: either ends this process.
        if self._stop.is_set():
            process.close()
            raise StoppedError
        return process

    def _set(self, state: HostState, detail: str, digest: str = "") -> None:
        with self._lock:
            build = replace(self._host.build, digest=digest) if digest else self._host.build
            ready = state is HostState.READY
            self._host = Host(state, detail=detail, build=build, loaded=ready, stays_loaded=ready)

    def _failed(self, error: EndpointError) -> Host:
        with self._lock:
            host = Host(HostState.FAILED, Problem.of(error), build=self._host.build, loaded=False)
            self._host = host
        return host


class EngineProcess:
    """One child process, with its address or the reason why it has none.

    The constructor starts the child, in a session of its own, so that Ctrl-C in the terminal
    reaches the program alone. Raise EndpointError when the system cannot start a process.
    """

    def __init__(self, serve: Serve, log: Path) -> None:
        self._model = serve["alias"]
        self._log = log
        command = [sys.executable, "-P", child.__file__]
        with _open_log(log) as stderr:
            try:
                self._child = subprocess.Popen(
                    command, stdin=PIPE, stdout=PIPE, stderr=stderr, start_new_session=True
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
