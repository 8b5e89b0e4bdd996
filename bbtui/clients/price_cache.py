"""The last price of each pod: a provider says 0 for a stopped one, and one asks before a start."""

from __future__ import annotations

import contextlib
import hashlib
import os
import threading
from dataclasses import replace
from pathlib import Path

import msgspec

from bbtui.domain.pod import Pod


class PriceCache:
    """Prices that were seen, kept in a file of the user alone (None: for this run only).

    A pod's id lets a stranger in, so the file has only its hash. The file is a convenience: one
    that cannot be read or written is done without.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._known = _read(path) if path else {}

    def remembered(self, pod: Pod) -> Pod:
        """The pod with its last price, which is its present one if it has one."""
        key = hashlib.sha256(pod.id.encode()).hexdigest()[:16]
        with self._lock:
            before = self._known.get(key)
            if pod.cost_per_hour is None:
                return replace(pod, last_cost_per_hour=before)
            if pod.cost_per_hour != before:
                self._known[key] = pod.cost_per_hour
                self._keep()
        return replace(pod, last_cost_per_hour=pod.cost_per_hour)

    def _keep(self) -> None:
        if self._path is None:
            return
        # Another process, or another account in this one, may have seen others meanwhile.
        self._known = _read(self._path) | self._known
        part = self._path.with_suffix(f".{os.getpid()}")
        with contextlib.suppress(OSError):
            self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(msgspec.json.encode(self._known))
            part.replace(self._path)


def _read(path: Path) -> dict[str, float]:
    try:
        return msgspec.json.decode(path.read_bytes(), type=dict[str, float])
    except (OSError, msgspec.DecodeError, UnicodeDecodeError):
        return {}
