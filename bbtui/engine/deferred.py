"""Cells that run as soon as the pod of their endpoint is ready."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from bbtui.domain.answer import Cell
from bbtui.domain.host import Host, HostState
from bbtui.engine.pods import Pods

_OFF = (HostState.STOPPED, HostState.FAILED, HostState.UNREACHABLE)


class DeferredCells:
    """The endpoints that are awaited, and what then runs on each (None: all that is missing)."""

    def __init__(self, pods: Pods) -> None:
        self._pods = pods
        self._awaited: dict[str, tuple[Cell, ...] | None] = {}

    def add(self, name: str, cells: Sequence[Cell] | None = None) -> None:
        """Run these cells when the endpoint is ready."""
        self._awaited[name] = None if cells is None else tuple(cells)

    def drop(self, name: str) -> None:
        """Await an endpoint no more."""
        self._awaited.pop(name, None)

    def rename(self, old: str, new: str) -> None:
        """Await the endpoint that replaces another, if that was awaited."""
        if old in self._awaited:
            del self._awaited[old]
            self._awaited[new] = None

    def clear(self) -> None:
        """Await no endpoint."""
        self._awaited.clear()

    def __contains__(self, name: str) -> bool:
        """Return whether an endpoint is awaited."""
        return name in self._awaited

    def runnable(
        self, host_of: Callable[[str], Host], missing: Callable[[], Iterable[Cell]]
    ) -> dict[str, list[Cell]]:
        """Return what can run now, by endpoint; drop those whose pod did not start."""
        runnable = {}
        for name, cells in list(self._awaited.items()):
            host = host_of(name)
            if host.state is HostState.READY:
                wanted = missing() if cells is None else cells
                runnable[name] = [cell for cell in wanted if cell.endpoint == name]
            elif host.state in _OFF and self._start_failed(name):
                self.drop(name)
        return runnable

    def _start_failed(self, name: str) -> bool:
        """Return whether the pod is off, and no action on it is under way."""
        seen = self._pods.sighting(name)
        off = seen.gone or (seen.pod is not None and not (seen.pod.changing or seen.pod.running))
        return off and seen.requested is None and seen.accepted is None
