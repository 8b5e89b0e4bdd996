"""A graphics card as its driver tells it."""

from __future__ import annotations

from dataclasses import dataclass

_GB = 1e9


@dataclass(frozen=True, slots=True)
class GpuReading:
    """One look at a card; None, or "" for the name, is a figure that the driver does not tell.

    `utilisation` is the percentage of time in which anything computed on it. Memory in bytes,
    temperature in °C, power in watts.
    """

    name: str = ""
    utilisation: int | None = None
    memory_used: int | None = None
    memory_total: int | None = None
    temperature: int | None = None
    power: float | None = None

    @property
    def words(self) -> str:
        """Its figures in a line, as far as they are known: ``RTX 4090 94 % 17.8/24.0 GB 67 °C``."""
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
