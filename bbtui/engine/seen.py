"""What a session keeps of the machines: what was new of each since it was last written down."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from bbtui.domain.endpoint import Host, HostState
from bbtui.domain.session import Seen, Session
from bbtui.engine.machines import Machines


def news(session: Session, machines: Machines) -> Iterator[tuple[str, Seen]]:
    """Each endpoint of which there is something new to keep, with all that is to be kept of it."""
    for name in machines.names:
        before = session.seen.get(name, Seen())
        host = machines.host(name)
        seen = replace(worth_keeping(host, before), pod=machines.pods.use(name) or before.pod)
        # A pod that is stopped when all is done takes nothing from the session.
        if seen.words and host.state is HostState.STOPPED and not _owes(session, name):
            seen = replace(seen, words="", hint="")
        if seen != before:
            yield name, seen


def worth_keeping(host: Host, before: Seen) -> Seen:
    """What a session keeps of a look: a build once known stays, and words only for trouble."""
    build = host.build if host.build.server else before.build
    trouble = host.state in (HostState.UNREACHABLE, HostState.STOPPED, HostState.FAILED)
    return Seen(build, host.words if trouble else "", host.hint if trouble else "")


def used_s(session: Session, name: str) -> float:
    """How long an endpoint's pod was up for the session before this run of the program."""
    pod = session.seen.get(name, Seen()).pod
    return 0.0 if pod is None else pod.up_s


def _owes(session: Session, name: str) -> bool:
    return next(session.wanting(name=name), None) is not None
