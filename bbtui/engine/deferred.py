"""Cells that are asked as soon as their endpoint can answer, because its pod is on its way."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from bbtui.domain.answer import Cell
from bbtui.domain.host import Host, HostState
from bbtui.engine.pods import Pods

_OFF = (HostState.STOPPED, HostState.FAILED, HostState.UNREACHABLE)


class DeferredCells:
    """Which endpoints are waited for, and what is then asked of each (None: all that is open)."""

    def __init__(self, pods: Pods) -> None:
        self._pods = pods
        self._wanted: dict[str, tuple[Cell, ...] | None] = {}

    def add(self, name: str, cells: Sequence[Cell] | None = None) -> None:
        """Wait for an endpoint."""
        self._wanted[name] = None if cells is None else tuple(cells)

    def drop(self, name: str) -> None:
        """Wait for it no more."""
        self._wanted.pop(name, None)

    def rename(self, old: str, new: str) -> None:
        """Another column stands in the place of one that was waited for."""
        if old in self._wanted:
            self._wanted.pop(old)
            self._wanted[new] = None

    def clear(self) -> None:
        """Wait for none."""
        self._wanted.clear()

    def __contains__(self, name: str) -> bool:
        return name in self._wanted

    def due(
        self, host_of: Callable[[str], Host], missing: Callable[[], Sequence[Cell]]
    ) -> dict[str, list[Cell]]:
        """What can be asked now, by endpoint; one whose pod did not come up is dropped."""
        due = {}
        for name, cells in list(self._wanted.items()):
            host = host_of(name)
            if host.state is HostState.READY:
                wanted = missing() if cells is None else cells
                due[name] = [cell for cell in wanted if cell.endpoint == name]
            elif host.state in _OFF and self._fell(name):
                self.drop(name)
        return due

    def _fell(self, name: str) -> bool:
        """Whether the pod is off, and nothing is being done about it."""
        seen = self._pods.sighting(name)
        off = seen.gone or (seen.pod is not None and not (seen.pod.changing or seen.pod.running))
        return off and seen.acting is None and seen.aim is None
