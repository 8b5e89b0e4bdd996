"""Remembers the price of each pod: the provider reports 0 for one that is stopped."""

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
    """Known prices, kept in a file that only the user can read (None: in memory only).

    Knowing a pod's id is enough to reach it, so the file has only its hash. A file that cannot be
    read or written is ignored.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._prices = _read(path) if path else {}

    def with_last_price(self, pod: Pod) -> Pod:
        """Return the pod with its last price, which is its present one if it has one."""
        key = hashlib.sha256(pod.id.encode()).hexdigest()[:16]
        with self._lock:
            previous = self._prices.get(key)
            if pod.cost_per_hour is None:
                return replace(pod, last_cost_per_hour=previous)
            if pod.cost_per_hour != previous:
                self._prices[key] = pod.cost_per_hour
                self._save()
        return replace(pod, last_cost_per_hour=pod.cost_per_hour)

    def _save(self) -> None:
        if self._path is None:
            return
        # Another process, or another account in this one, may have added others meanwhile.
        self._prices = _read(self._path) | self._prices
        part = self._path.with_suffix(f".{os.getpid()}")
        with contextlib.suppress(OSError):
            self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(msgspec.json.encode(self._prices))
            part.replace(self._path)


def _read(path: Path) -> dict[str, float]:
    try:
        return msgspec.json.decode(path.read_bytes(), type=dict[str, float])
    except (OSError, msgspec.DecodeError, UnicodeDecodeError):
        return {}
