"""Whether this machine has a GPU that a model could run on, by what the system shows to anyone."""

from __future__ import annotations

import contextlib
import platform
import sys
from pathlib import Path

_NVIDIA = Path("/proc/driver/nvidia/gpus")
_CARDS = Path("/sys/class/drm")
#: AMD's number among the makers of PCI devices.
_AMD = "0x1002"


def has_gpu(nvidia: Path = _NVIDIA, cards: Path = _CARDS) -> bool | None:
    """True if there is one; None if none is seen, which need not mean that there is none.

    NVIDIA's driver lists its cards, AMD's has a file for the memory of each; every Apple Silicon
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
