"""Settings and tasks as files: what is read, and every sentence about what cannot be."""

from __future__ import annotations

from pathlib import Path

from bbtui.locations import Locations


def locations(folder: Path) -> Locations:
    """Every folder of a user inside one."""
    return Locations(
        config=folder / "config",
        data=folder / "data",
        cache=folder / "cache",
        state=folder / "state",
    )


def written(folder: Path, text: str) -> Locations:
    """Return the folders of a user whose config.toml holds `text`."""
    found = locations(folder)
    found.config.mkdir()
    found.config_file.write_text(text, encoding="utf-8")
    return found


TWO = """
theme = "big-brain"
[[endpoints]]
name = "big-brain"
label = "Big Brain"
url = "https://abc123-11434.proxy.runpod.net"
model = "gemma3:27b"
hardware = "RunPod L40S 48 GB"
headers = { Authorization = "env:BIG_BRAIN_AUTH", X-Team = "hush" }
[endpoints.pod]
provider = "runpod"
id = "abc123"
[[endpoints]]
name = "local"
model = "gemma3:1b"
"""
