"""Reads this machine's NVIDIA GPUs through NVML: the ``nvidia`` extra (package nvidia-ml-py).

Without the package or without a driver there are none, which is no error. A value that a GPU does
not report leaves the others as they are.
"""

from __future__ import annotations

import contextlib
import importlib
import platform
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

from bbtui.clients.ports import Probe
from bbtui.domain.host import GpuReading, Host, HostState

T = TypeVar("T")

#: The driver is read no more often than this, however many endpoints are on this machine.
PERIOD_S = 2.0
_MILLIWATTS = 1000

_NVIDIA_GPUS = Path("/proc/driver/nvidia/gpus")
_DRM_CARDS = Path("/sys/class/drm")
#: AMD's vendor id on the PCI bus.
_AMD = "0x1002"


def has_gpu(nvidia: Path = _NVIDIA_GPUS, cards: Path = _DRM_CARDS) -> bool | None:
    """Return True if this machine has a GPU; None if none is found, which proves nothing.

    NVIDIA's driver lists its GPUs, AMD's has a file for the memory of each; every Apple Silicon
    has one.
    """
    if sys.platform == "darwin":
        return True if platform.machine() == "arm64" else None
    with contextlib.suppress(OSError):
        if any(nvidia.iterdir()):
            return True
    with contextlib.suppress(OSError):
        for card in cards.glob("card*/device"):
            own_memory = (card / "mem_info_vram_total").exists()
            if own_memory and (card / "vendor").read_text().strip() == _AMD:
                return True
    return None


def _load() -> Any:
    """Return the module; None where the package is not installed."""
    try:
        return importlib.import_module("pynvml")
    except ImportError:
        return None


class GpuReader:
    """Reads this machine's GPUs for all probes; may be used from any thread."""

    def __init__(
        self, load: Callable[[], Any] = _load, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._load = load
        self._clock = clock
        self._lock = threading.Lock()
        self._nvml: Any = None
        self._started = False
        self._readings: tuple[GpuReading, ...] = ()
        self._read_at = -PERIOD_S

    def read(self) -> tuple[GpuReading, ...]:
        """Return the state of each GPU, at most two seconds old; empty if none is known."""
        with self._lock:
            if not self._started:
                self._started, self._nvml = True, self._start()
            if self._nvml is not None and self._clock() - self._read_at >= PERIOD_S:
                count = _value(self._nvml, self._nvml.nvmlDeviceGetCount) or 0
                readings = (_read_gpu(self._nvml, index) for index in range(count))
                self._readings = tuple(reading for reading in readings if reading.summary)
                self._read_at = self._clock()
            return self._readings

    def _start(self) -> Any:
        """Return the module once NVML is initialised; None without a driver. Called once."""
        nvml = self._load()
        if nvml is None:
            return None
        try:
            nvml.nvmlInit()
        except nvml.NVMLError:
            return None
        return nvml


def _read_gpu(nvml: Any, index: int) -> GpuReading:
    handle = _value(nvml, lambda: nvml.nvmlDeviceGetHandleByIndex(index))
    if handle is None:
        return GpuReading()
    name = _value(nvml, lambda: nvml.nvmlDeviceGetName(handle))
    rates = _value(nvml, lambda: nvml.nvmlDeviceGetUtilizationRates(handle))
    memory = _value(nvml, lambda: nvml.nvmlDeviceGetMemoryInfo(handle))
    celsius = nvml.NVML_TEMPERATURE_GPU
    power = _value(nvml, lambda: nvml.nvmlDeviceGetPowerUsage(handle))
    return GpuReading(
        # Older versions of the package give bytes.
        name=name.decode(errors="replace") if isinstance(name, bytes) else name or "",
        utilisation=None if rates is None else rates.gpu,
        memory_used=None if memory is None else memory.used,
        memory_total=None if memory is None else memory.total,
        temperature=_value(nvml, lambda: nvml.nvmlDeviceGetTemperature(handle, celsius)),
        power=None if power is None else power / _MILLIWATTS,
    )


def _value(nvml: Any, read: Callable[[], T]) -> T | None:
    """Return a value; None if this GPU, driver or version of the package has none."""
    try:
        return read()
    except (nvml.NVMLError, AttributeError):
        return None


@dataclass(frozen=True, slots=True)
class LocalProbe:
    """Checks a server on this machine, and reads this machine's GPUs with it."""

    probe: Probe
    """Checks the server."""
    gpus: GpuReader
    """Reads the GPUs."""

    def check(self) -> Host:
        """See `Probe`."""
        host = self.probe.check()
        if host.state is HostState.UNREACHABLE:
            return host
        readings = self.gpus.read()
        return replace(host, cards=readings, gpu_there=True if readings else has_gpu())
