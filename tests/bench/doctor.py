"""`bbtui doctor` against two dead endpoints: one waits no longer than the other."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

from bbtui.clients.doctor import run, server
from tests.bench import Figure
from tests.loopback import SILENT, Loopback, Reply

_TABLE = '[[endpoints]]\nname = "{name}"\nmodel = "m"\nurl = "{url}"\n'


def figures() -> Iterable[Figure]:
    """Yield the wall time of the process: one address does not accept, one server is silent."""
    longest_s = max(run.NEAR_S, server.NEAR_S)
    with Loopback() as mute, socket.create_server(("127.0.0.1", 0), backlog=0) as full:
        mute.on("GET /api/version", Reply((SILENT,)))
        place = full.getsockname()
        with closing(_Crowd(place)), tempfile.TemporaryDirectory() as folder:
            config = Path(folder) / "config.toml"
            urls = {"full": f"http://127.0.0.1:{place[1]}", "mute": mute.url}
            config.write_text("".join(_TABLE.format(name=n, url=u) for n, u in urls.items()))
            begun = time.perf_counter()
            done = subprocess.run(
                [sys.executable, "-m", "bbtui", "doctor", "-c", str(config)],
                env={**os.environ, "HOME": folder},
                capture_output=True,
                text=True,
                check=False,
            )
            took_s = time.perf_counter() - begun
    assert done.returncode == 3, done.stderr
    assert done.stdout.count("cause:") == 2, done.stdout
    yield Figure(
        "two dead endpoints, start-up included",
        took_s,
        "s",
        at_most=longest_s + 1,
        detail=f"longest single wait {longest_s:g} s",
    )


class _Crowd:
    """Fill the backlog of a socket, so that the next connection waits."""

    def __init__(self, place: tuple[str, int]) -> None:
        self._sockets = [socket.socket() for _ in range(4)]
        for sock in self._sockets:
            sock.setblocking(False)
            sock.connect_ex(place)

    def close(self) -> None:
        for sock in self._sockets:
            sock.close()
