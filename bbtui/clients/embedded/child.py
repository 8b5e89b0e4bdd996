"""One model served on 127.0.0.1: the process the embedded engine starts for each of its models.

It reads one line of JSON from stdin (see `Serve`), loads, and writes one line of JSON to stdout:
``{"address": "http://127.0.0.1:41234"}`` or ``{"error": "…"}``. Everything llama.cpp prints goes
to stderr. The process ends when stdin does: whoever started it holds the other end and is gone.

This file imports nothing of bbtui, so that it runs by its path from any folder.
"""

from __future__ import annotations

import json
import os
import select
import sys
import threading
from typing import Any, NoReturn, TypedDict

#: Seconds between two looks at whether the parent is still the one that started this process.
_LOOK_S = 1.0


class Serve(TypedDict):
    """What to serve, and how.

    `context` is in tokens. `template` is a Jinja chat template ("" for the model's own), `stop`
    the texts that end an answer besides the model's own end, `repeat_penalty` the sampler's
    (1 for none), `key` what a client must send as a bearer token, `parent` a process id.
    """

    path: str
    alias: str
    context: int
    threads: int
    template: str
    stop: list[str]
    repeat_penalty: float
    key: str
    parent: int


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
        # It lives in this variable: the server stops when the object goes.
        server = _server(serve)
    except ImportError as error:
        _tell(out, {"error": f"xllamacpp cannot be loaded: {error}"})
        os._exit(3)
    except RuntimeError as error:
        _tell(out, {"error": str(error)})
        sys.exit(4)  # in order: llama.cpp writes the rest of its log on the way out
    _tell(out, {"address": server.listening_address})
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
    # The processor only, on every machine: that is what the endpoint's hardware line says.
    params.n_gpu_layers = 0
    params.fit_params = False
    params.chat_template = serve["template"]
    params.antiprompt = serve["stop"]
    params.sampling.penalty_repeat = serve["repeat_penalty"]
    # Other users and the pages in a browser reach 127.0.0.1 too.
    params.api_keys = [serve["key"]]
    params.endpoint_slots = False
    params.ui = False
    # By default up to 8 GiB of memory for prompts that were asked before.
    params.cache_ram_mib = 0
    params.cache_idle_slots = False
    params.port = 0
    params.verbosity = 2
    return xllamacpp.Server(params)


def _tell(out: Any, message: dict[str, str]) -> None:
    try:
        out.write(json.dumps(message) + "\n")
        out.flush()
    except OSError:
        os._exit(0)


def _end_with(parent: int) -> None:
    """End this process when stdin ends, or when another process has become its parent.

    The second holds where a fork of the parent still has the pipe open.
    """
    while os.getppid() == parent:
        readable, _, _ = select.select([0], [], [], _LOOK_S)
        if readable and not os.read(0, 1):
            break
    os._exit(0)


def _end_with_stdin_even_while_loading() -> None:
    """Let the kernel end this process when stdin does, where it can.

    llama.cpp holds the interpreter's lock while it loads, so the thread above cannot run then.
    On Linux a pipe set to O_ASYNC sends SIGIO when its other end closes, and SIGIO ends a
    process that does not handle it.
    """
    if sys.platform != "linux":
        return
    import fcntl

    fcntl.fcntl(0, fcntl.F_SETOWN, os.getpid())
    fcntl.fcntl(0, fcntl.F_SETFL, fcntl.fcntl(0, fcntl.F_GETFL) | os.O_ASYNC)
    # The end may have come before it could be signalled.
    if select.select([0], [], [], 0)[0] and not os.read(0, 1):
        os._exit(0)


if __name__ == "__main__":
    main()
