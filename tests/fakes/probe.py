"""A probe that returns what the test sets."""

from __future__ import annotations

from bbtui.domain.host import Build, Host, HostState

READY = Host(HostState.READY, detail="ready", build=Build(server="ollama 0.33.3"), loaded=True)


class StillProbe:
    """A probe that returns `host`, which a test may set at any time; `checks` counts the calls."""

    def __init__(self, host: Host = READY) -> None:
        self.host = host
        self.checks = 0

    def check(self) -> Host:
        self.checks += 1
        return self.host
