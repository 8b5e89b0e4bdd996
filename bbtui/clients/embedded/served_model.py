"""Serves one model of the demo: finds its weights, starts its process, and reports its state."""

from __future__ import annotations

import os
import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from bbtui.clients.embedded.child import Serve
from bbtui.clients.embedded.process import EngineProcess
from bbtui.clients.embedded.weights import Progress, StoppedError, Weights
from bbtui.crashes import Crash, attempt
from bbtui.domain.host import Build, Host, HostState
from bbtui.domain.problem import Problem
from bbtui.errors import EndpointError

#: The sampler's penalty on repeated tokens, the same for all models of the demo. Models this small
#: repeat one sentence without it; `Build.server` names it.
REPEAT_PENALTY = 1.1
SERVER = f"llama.cpp (embedded), repeat penalty {REPEAT_PENALTY:g}"


@dataclass(frozen=True, slots=True)
class DemoModel:
    """A model of the demo."""

    name: str
    """The name of its endpoint."""

    label: str
    model: str
    parameters: str
    quantisation: str

    trained_context: int
    """In tokens."""

    find: Callable[[Path, Progress], Weights]
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
        progress = Progress(lambda step: self._set(HostState.PREPARING, step), self._stop)
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
