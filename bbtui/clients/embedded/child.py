"""Serves one model on 127.0.0.1, in a process that the embedded engine starts for it.

It reads one line of JSON from stdin (see `Serve`), loads, and writes one line of JSON to stdout:
``{"address": "http://127.0.0.1:41234"}`` or ``{"error": "…"}``. Everything llama.cpp prints goes
to stderr. The process ends when stdin does: its parent has closed the other end, or has ended.

This file imports nothing of bbtui, so that it runs by its path from any folder.
"""

from __future__ import annotations

import json
import os
import select
import sys
import threading
from typing import Any, NoReturn, TypedDict

#: Seconds between two checks whether the parent still runs.
_POLL_S = 1.0


class Serve(TypedDict):
    """What to serve, and how."""

    path: str
    """The GGUF file."""

    alias: str
    """The name of the model."""

    context: int
    """In tokens."""

    threads: int
    """The number of threads that compute."""

    template: str
    """A Jinja chat template; "" for the model's own."""

    stop: list[str]
    """Texts that end an answer, besides the model's own end token."""

    repeat_penalty: float
    """Of the sampler; 1 for none."""

    key: str
    """The bearer token that a client must send."""

    parent: int
    """The id of the parent process."""


def main() -> NoReturn:
    """Serve until stdin ends."""
    line = sys.stdin.readline()
    if not line:
        os._exit(0)
    serve: Serve = json.loads(line)
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    watcher = threading.Thread(target=_end_with, args=(serve["parent"],), daemon=True)
    watcher.start()
    _end_with_stdin_even_while_loading()
    try:
        # The server stops when this object is deleted.
        server = _server(serve)
    except ImportError as error:
        _send(out, {"error": f"xllamacpp cannot be loaded: {error}"})
        os._exit(3)
    except RuntimeError as error:
        _send(out, {"error": str(error)})
        sys.exit(4)  # a regular exit: llama.cpp writes the rest of its log
    _send(out, {"address": server.listening_address})
    watcher.join()
    os._exit(0)


def _server(serve: Serve) -> Any:
    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path = serve["path"]
    params.model_alias = {serve["alias"]}
    params.n_ctx = serve["context"]
    params.n_parallel = 1
    params.cpuparams.n_threads = serve["threads"]
    params.cpuparams_batch.n_threads = serve["threads"]
    params.n_threads_http = 4
    # The CPU only, on every machine: the hardware line of the endpoint names it.
    params.n_gpu_layers = 0
    params.fit_params = False
    params.chat_template = serve["template"]
    params.antiprompt = serve["stop"]
    params.sampling.penalty_repeat = serve["repeat_penalty"]
    # Other users, and pages in a browser, can connect to 127.0.0.1 too.
    params.api_keys = [serve["key"]]
    params.endpoint_slots = False
    params.ui = False
    # The default is a cache of up to 8 GiB for earlier prompts.
    params.cache_ram_mib = 0
    params.cache_idle_slots = False
    params.port = 0
    params.verbosity = 2
    return xllamacpp.Server(params)


def _send(out: Any, message: dict[str, str]) -> None:
    try:
        out.write(json.dumps(message) + "\n")
        out.flush()
    except OSError:
        os._exit(0)


def _end_with(parent: int) -> None:
    """End this process when stdin ends, or when the parent has ended.

    The second is for a parent whose fork still has the pipe open.
    """
    while os.getppid() == parent:
        readable, _, _ = select.select([0], [], [], _POLL_S)
        if readable and not os.read(0, 1):
            break
    os._exit(0)


def _end_with_stdin_even_while_loading() -> None:
    """Let the kernel end this process when stdin does, where it can.

    llama.cpp holds the interpreter lock while it loads, so no Python thread can run then. On Linux
    a pipe set to O_ASYNC sends SIGIO when its other end closes, and SIGIO ends a process that does
    not handle it.
    """
    if sys.platform != "linux":
        return
    import fcntl

    fcntl.fcntl(0, fcntl.F_SETOWN, os.getpid())
    fcntl.fcntl(0, fcntl.F_SETFL, fcntl.fcntl(0, fcntl.F_GETFL) | os.O_ASYNC)
    # Stdin may have ended before the signal was set up.
    if select.select([0], [], [], 0)[0] and not os.read(0, 1):
        os._exit(0)


if __name__ == "__main__":
    main()
