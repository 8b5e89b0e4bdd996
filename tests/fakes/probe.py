"""A Probe that sees what it is told to."""

from __future__ import annotations

from bbtui.domain.endpoint import Build, Host, HostState

READY = Host(HostState.READY, "ready", build=Build(server="ollama 0.33.3"), loaded=True)


class StillProbe:
    """A Probe that sees what it is told to: set `host` at any time. `looks` counts the looks."""

    def __init__(self, host: Host = READY) -> None:
        self.host = host
        self.looks = 0

    def look(self) -> Host:
        self.looks += 1
        return self.host
