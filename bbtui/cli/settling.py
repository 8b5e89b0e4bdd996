"""Waiting until the machines of a session are ready, and telling what they do meanwhile."""

from __future__ import annotations

from bbtui.cli.progress_plain import Progress
from bbtui.domain.endpoint import UNKNOWN_HOST, HostState
from bbtui.domain.session import Session
from bbtui.engine.snapshot import Snapshot
from bbtui.formatting.sanitize import single_line

_CHANGING = (HostState.UNKNOWN, HostState.PREPARING, HostState.LOADING)


class Settling:
    """Follows the machines of a session, and says each state that one comes to."""

    def __init__(self, session: Session, progress: Progress) -> None:
        self._progress = progress
        names = [endpoint.name for endpoint in session.endpoints]
        self._states = dict.fromkeys(names, HostState.UNKNOWN)

    def over(self, snapshot: Snapshot) -> bool:
        """Whether every machine was seen, and none is on its way to being ready."""
        width = max(map(len, self._states), default=0)
        for name, before in self._states.items():
            seen = snapshot.hosts.get(name)
            host = UNKNOWN_HOST if seen is None else seen.sighting.host
            if host.state is not before:
                self._states[name] = host.state
                self._progress.say(f"{name:{width}}  {single_line(host.words) or host.state}")
        return not any(state in _CHANGING for state in self._states.values())
