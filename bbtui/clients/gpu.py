"""The NVIDIA cards of this machine, through NVML: the ``nvidia`` extra (package nvidia-ml-py).

Without the package or without a driver there are none, and nothing is said about it. A figure that
a card does not tell leaves the others as they are.
"""

from __future__ import annotations

import importlib
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeVar

from bbtui.clients.gpu_detect import has_gpu
from bbtui.clients.ports import Probe
from bbtui.domain.endpoint import Host, HostState
from bbtui.domain.gpu import GpuReading

T = TypeVar("T")

#: The driver is asked no more often than this, however many endpoints are on this machine.
PERIOD_S = 2.0
_MILLIWATTS = 1000


def _load() -> Any:
    """The module; None where the package is not installed."""
    try:
        return importlib.import_module("pynvml")
    except ImportError:
        return None


class GpuReader:
    """This machine's cards, shared by all who look; may be asked from any thread."""

    def __init__(
        self, load: Callable[[], Any] = _load, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._load = load
        self._clock = clock
        self._lock = threading.Lock()
        self._nvml: Any = None
        self._started = False
        self._seen: tuple[GpuReading, ...] = ()
        self._seen_at = -PERIOD_S

    def read(self) -> tuple[GpuReading, ...]:
        """Every card, as it is now or was within the last two seconds; empty if none is known."""
        with self._lock:
            if not self._started:
                self._started, self._nvml = True, self._start()
            if self._nvml is not None and self._clock() - self._seen_at >= PERIOD_S:
                self._seen, self._seen_at = self._read_all(self._nvml), self._clock()
            return self._seen

    def _start(self) -> Any:
        """The module with the driver behind it; None where there is none. Tried once."""
        nvml = self._load()
        if nvml is None:
            return None
        try:
            nvml.nvmlInit()
        except nvml.NVMLError:
            return None
        return nvml

    def _read_all(self, nvml: Any) -> tuple[GpuReading, ...]:
        count = _told(nvml, nvml.nvmlDeviceGetCount) or 0
        cards = (_card(nvml, index) for index in range(count))
        return tuple(card for card in cards if card.words)


def _card(nvml: Any, index: int) -> GpuReading:
    handle = _told(nvml, lambda: nvml.nvmlDeviceGetHandleByIndex(index))
    if handle is None:
        return GpuReading()
    name = _told(nvml, lambda: nvml.nvmlDeviceGetName(handle))
    rates = _told(nvml, lambda: nvml.nvmlDeviceGetUtilizationRates(handle))
    memory = _told(nvml, lambda: nvml.nvmlDeviceGetMemoryInfo(handle))
    celsius = nvml.NVML_TEMPERATURE_GPU
    power = _told(nvml, lambda: nvml.nvmlDeviceGetPowerUsage(handle))
    return GpuReading(
        # Older versions of the package give bytes.
        name=name.decode(errors="replace") if isinstance(name, bytes) else name or "",
        utilisation=None if rates is None else rates.gpu,
        memory_used=None if memory is None else memory.used,
        memory_total=None if memory is None else memory.total,
        temperature=_told(nvml, lambda: nvml.nvmlDeviceGetTemperature(handle, celsius)),
        power=None if power is None else power / _MILLIWATTS,
    )


def _told(nvml: Any, ask: Callable[[], T]) -> T | None:
    """One figure; None if this card, this driver or this version of the package has none."""
    try:
        return ask()
    except (nvml.NVMLError, AttributeError):
        return None


class LocalProbe:
    """Looks at a server of this machine, and at this machine's cards with it."""

    def __init__(self, probe: Probe, cards: GpuReader) -> None:
        self._probe = probe
        self._cards = cards

    def check(self) -> Host:
        """See `Probe`."""
        host = self._probe.check()
        if host.state is HostState.UNREACHABLE:
            return host
        cards = self._cards.read()
        return replace(host, cards=cards, gpu_there=True if cards else has_gpu())
