"""Saves what is known of hosts when it changes; failed writes are retried later."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from bbtui.domain.host import Host, HostState
from bbtui.domain.problem import NO_PROBLEM
from bbtui.domain.session import HostRecord, Session
from bbtui.engine.answer_writer import Store
from bbtui.engine.hosts import Hosts
from bbtui.errors import StoreError
from bbtui.formatting.durations import NS_PER_S


class HostWriter:
    """Saves what is new of each machine; after a failure nothing is tried for a second."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._next_ns = 0
        self.error: StoreError | None = None
        """Why the last write failed; None when it succeeded."""

    def may_write(self, now_ns: int) -> bool:
        """Return whether a write may be tried: not within a second of a failure."""
        return now_ns >= self._next_ns

    def failed(self, error: StoreError, now_ns: int) -> None:
        """Note a failed write; the next is tried in a second."""
        self.error = error
        self._next_ns = now_ns + NS_PER_S

    def write(self, session: Session, hosts: Hosts, now_ns: int, *, force: bool = False) -> Session:
        """Save what is new, and return the session with it; `force` ignores an earlier failure."""
        if not (self.may_write(now_ns) or force):
            return session
        self.error = None
        if not session.number:
            return session
        for name, record in new_records(session, hosts):
            try:
                self._store.save_host(session.id, name, record)
            except StoreError as error:
                self.failed(error, now_ns)
                break
            session = session.with_host_record(name, record)
        return session


def new_records(session: Session, hosts: Hosts) -> Iterator[tuple[str, HostRecord]]:
    """Iterate over the endpoints whose record has changed, each with its whole new record."""
    for name in hosts.connections:
        before = session.seen.get(name, HostRecord())
        host = hosts.host(name)
        record = replace(host_record(host, before), pod=hosts.pods.use(name) or before.pod)
        # A pod that is stopped when all is done takes nothing from the session.
        stopped = host.state is HostState.STOPPED
        if record.problem and stopped and not any(session.iter_missing(name=name)):
            record = replace(record, problem=NO_PROBLEM)
        if not record.problem and name in hosts.given_up:
            record = replace(record, problem=hosts.given_up[name])
        if record != before:
            yield name, record


def host_record(host: Host, before: HostRecord) -> HostRecord:
    """Return what is kept of a machine: its last known build, and why it does not answer."""
    build = host.build if host.build.server else before.build
    if host.loaded is False and build.digest == before.build.digest:
        # It was unloaded: its answers had the context of before.
        build = replace(build, context_length=before.build.context_length)
    failed = host.state in (HostState.UNREACHABLE, HostState.STOPPED, HostState.FAILED)
    return HostRecord(build, host.problem if failed else NO_PROBLEM)
