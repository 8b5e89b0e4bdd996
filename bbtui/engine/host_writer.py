"""What a session keeps of the machines: what is new of each since it was last written down."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from bbtui.domain.host import Host, HostState
from bbtui.domain.session import HostRecord, Session
from bbtui.engine.answer_writer import Store
from bbtui.engine.hosts import Hosts
from bbtui.errors import StoreError
from bbtui.formatting.durations import NS_PER_S


class HostWriter:
    """What is seen of the machines on its way to the store.

    `trouble` is why the last write failed, None when all is well. After a failure nothing is tried
    for a second.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._next_ns = 0
        self.trouble: StoreError | None = None

    def due(self, now_ns: int) -> bool:
        """Whether something may be written, or has to wait after a failure."""
        return now_ns >= self._next_ns

    def failed(self, error: StoreError, now_ns: int) -> None:
        """Let everything wait, for this has failed."""
        self.trouble = error
        self._next_ns = now_ns + NS_PER_S

    def write(
        self, session: Session, machines: Hosts, now_ns: int, *, force: bool = False
    ) -> Session:
        """Write what is new, if it is due or by `force`; the session with what was written."""
        if not (self.due(now_ns) or force):
            return session
        self.trouble = None
        if not session.number:
            return session
        for name, seen in news(session, machines):
            try:
                self._store.saw(session.id, name, seen)
            except StoreError as error:
                self.failed(error, now_ns)
                break
            session = session.with_seen(name, seen)
        return session


def news(session: Session, machines: Hosts) -> Iterator[tuple[str, HostRecord]]:
    """Each endpoint of which there is something new to keep, with all that is to be kept of it."""
    for name in machines.names:
        before = session.seen.get(name, HostRecord())
        host = machines.host(name)
        seen = replace(worth_keeping(host, before), pod=machines.pods.use(name) or before.pod)
        # A pod that is stopped when all is done takes nothing from the session.
        if seen.words and host.state is HostState.STOPPED and not _owes(session, name):
            seen = replace(seen, words="", hint="")
        if seen != before:
            yield name, seen


def worth_keeping(host: Host, before: HostRecord) -> HostRecord:
    """What a session keeps of a look: a build once known stays, and words only for trouble."""
    build = host.build if host.build.server else before.build
    trouble = host.state in (HostState.UNREACHABLE, HostState.STOPPED, HostState.FAILED)
    return HostRecord(
        build, host.description if trouble else "", host.problem.fix if trouble else ""
    )


def used_s(session: Session, name: str) -> float:
    """How long an endpoint's pod was up for the session before this run of the program."""
    pod = session.seen.get(name, HostRecord()).pod
    return 0.0 if pod is None else pod.up_s


def _owes(session: Session, name: str) -> bool:
    return next(session.wanting(name=name), None) is not None
