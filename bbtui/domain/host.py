"""The machine behind an endpoint, as one check of it found it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bbtui.domain.observation import Observation
from bbtui.domain.problem import NO_PROBLEM, Problem

_GB = 1e9


@dataclass(frozen=True, slots=True)
class Build:
    """Which weights and server answered: the facts that make two runs comparable.

    Empty or None: the server did not report it.
    """

    server: str = ""
    """Name and version."""

    parameters: str = ""
    """The number of parameters, such as "1.0B"."""
    quantisation: str = ""
    """The quantization, such as "Q4_K_M"."""
    digest: str = ""
    """The digest of the weights."""

    context_length: int | None = None
    """In tokens, as running."""


class HostState(StrEnum):
    """What the machine behind an endpoint is doing."""

    UNKNOWN = "unknown"
    PREPARING = "preparing"
    LOADING = "loading"
    READY = "ready"
    UNREACHABLE = "unreachable"
    STOPPED = "stopped"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class GpuReading:
    """One reading of a graphics card; None, or "" for the name, is not reported by its driver."""

    name: str = ""
    """The name of the card."""

    utilisation: int | None = None
    """Percentage of time in which anything was computed."""

    memory_used: int | None = None
    """In bytes."""

    memory_total: int | None = None
    """In bytes."""

    temperature: int | None = None
    """In °C."""

    power: float | None = None
    """In watts."""

    @property
    def summary(self) -> str:
        """Return the known figures in a line: ``RTX 4090 94 % 17.8/24.0 GB 67 °C``."""
        name = self.name.removeprefix("NVIDIA ").removeprefix("GeForce ")
        parts = [name or "GPU"]
        if self.utilisation is not None:
            parts.append(f"{self.utilisation} %")
        if self.memory_used is not None and self.memory_total:
            parts.append(f"{self.memory_used / _GB:.1f}/{self.memory_total / _GB:.1f} GB")
        if self.temperature is not None:
            parts.append(f"{self.temperature} °C")
        if self.power is not None:
            parts.append(f"{self.power:.0f} W")
        return " ".join(parts) if len(parts) > 1 else ""


@dataclass(frozen=True, slots=True)
class Host:
    """The result of one check of the machine behind an endpoint; None is not known."""

    state: HostState
    """What the host can do now."""

    problem: Problem = NO_PROBLEM
    """Why it does not answer, or not as it should."""

    build: Build = Build()
    """Which weights and server it has."""

    loaded: bool | None = None
    """Whether the model is in memory."""

    gpu_share: float | None = None
    """The part of the loaded model on a GPU, 0 to 1."""

    unloads_at: datetime | None = None
    """When the server will unload the model, with a zone; None if not known or never.

    Only the end of a request moves it: while it is in the past, the model is busy.
    """

    stays_loaded: bool = False
    """Whether the model is never unloaded."""

    gpu_there: bool | None = None
    """Whether the machine has a GPU."""

    full: bool | None = None
    """Whether every slot for a request is taken."""

    cards: tuple[GpuReading, ...] = ()
    """The graphics cards of this computer, if it is the host."""

    observed: Observation | None = None
    """What the problem was diagnosed from."""

    detail: str = ""
    """Progress or state in words, such as "assembling weights 61 %"."""

    @property
    def description(self) -> str:
        """Return the cause of the problem, or else the detail."""
        return self.problem.cause or self.detail


UNKNOWN_HOST = Host(HostState.UNKNOWN)
