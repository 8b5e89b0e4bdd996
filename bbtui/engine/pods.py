"""The pods behind the endpoints of a session: their checks, their actions, what they cost."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial

from bbtui.clients.ports import (
    AnswerSource,
    CancelToken,
    Connection,
    Event,
    PodBinding,
    PodControl,
    Probe,
    Request,
    StreamEnded,
)
from bbtui.crashes import Crash, attempt
from bbtui.domain.answer import AnswerState
from bbtui.domain.cost import PodUse
from bbtui.domain.diagnosis import Diagnosis
from bbtui.domain.endpoint import Endpoint
from bbtui.domain.host import UNKNOWN_HOST, Host, HostState
from bbtui.domain.observation import Observation
from bbtui.domain.pod import Pod, PodAction, action_failed, action_result
from bbtui.domain.pod_host import diagnose_pod, host_on_pod, is_off
from bbtui.domain.polling import STEADY_S, poll_after_s
from bbtui.domain.problem import Problem
from bbtui.engine.jobs import Job
from bbtui.errors import BbtuiError, PodError
from bbtui.formatting.durations import NS_PER_S

#: After this number of periods without a new check, the last one is stale.
_STALE_PERIODS = 3


@dataclass(frozen=True, slots=True)
class PodCheck:
    """What is known of a pod from its last check and the actions on it.

    Times are those of the monitor's clock, in seconds.
    """

    pod: Pod | None = None
    """The pod at the last check; None if it was never seen, or is gone."""

    checked_at: float = 0.0
    """When that check was made."""

    since: float = 0.0
    """When it was first seen in its present state, or an action on it was accepted."""

    gone: bool = False
    """Whether its provider has no such pod."""

    requested: PodAction | None = None
    """The action being sent."""

    accepted: PodAction | None = None
    """The action that was accepted and has not taken effect."""

    accepted_at: float = 0.0
    """When it was accepted."""

    check_error: PodError | None = None
    """Why the last check failed."""

    action_error: BbtuiError | None = None
    """Why the last action failed."""

    paid_until_check_s: float = 0.0
    """How long it was billed while this program ran, up to the last check."""

    next_check_s: float = STEADY_S
    """How long after the last check the next one follows."""

    @property
    def checked(self) -> bool:
        """Whether it was checked, successfully or not."""
        return self.pod is not None or self.gone or self.check_error is not None

    @property
    def unknown_reason(self) -> Problem | None:
        """Why nothing is known of it, although it was checked."""
        if self.pod is not None or self.gone or self.check_error is None:
            return None
        return Problem.of(self.check_error)

    @property
    def billing(self) -> bool:
        """Whether its GPU is being billed."""
        return self.pod is not None and self.pod.bills

    @property
    def starting(self) -> bool:
        """Whether a start was sent: it will be billed, whatever its state is yet."""
        return PodAction.START in (self.requested, self.accepted)

    @property
    def off(self) -> bool:
        """Whether it is off or gone, and no action on it is under way."""
        off = self.gone or (self.pod is not None and not (self.pod.changing or self.pod.running))
        return off and self.requested is None and self.accepted is None

    @property
    def unknown(self) -> bool:
        """Whether its state is unknown: it was never seen, or the last check failed.

        A provider that only asks to wait hides nothing of what was seen.
        """
        if self.check_error is None:
            return self.pod is None and not self.gone
        return self.pod is None or self.check_error.kind != "limited"

    @property
    def price(self) -> float | None:
        """Dollars per hour: the present price, else the last that was seen."""
        return None if self.pod is None else self.pod.cost_per_hour or self.pod.last_cost_per_hour

    def stale(self, now: float) -> bool:
        """Return whether the last check is too old to be relied on."""
        period_s = max(self.next_check_s, STEADY_S)
        return self.pod is not None and now - self.checked_at > _STALE_PERIODS * period_s

    def uptime_s(self, now: float) -> float | None:
        """Return how long its container is up, counted on since the check; None if unknown."""
        if self.pod is None or self.pod.uptime_s is None:
            return None
        return self.pod.uptime_s + max(0.0, now - self.checked_at)

    def paid_s(self, now: float) -> float:
        """Return how long it was billed while this program ran."""
        return self.paid_until_check_s + (max(0.0, now - self.checked_at) if self.billing else 0.0)


class PodMonitor:
    """The last check of each pod of an account."""

    def __init__(
        self,
        make_control: Callable[[], PodControl],
        clock: Callable[[], float],
        changed: Callable[[], None],
    ) -> None:
        """Prepare the monitor; `clock` returns monotonic seconds.

        `changed` is called from the threads that check and act.
        """
        self._make_control = make_control
        self._clock = clock
        self._changed = changed
        self._lock = threading.Lock()
        self._due = threading.Event()
        self._checks: dict[str, PodCheck] = {}
        self._actions = 0
        self._closed = False
        self.focused = True
        """Whether the terminal window has the focus; without it, checks are rarer."""

    def add(self, pod_id: str) -> None:
        """Check one more pod."""
        with self._lock:
            self._checks.setdefault(pod_id, PodCheck())
        self.check_soon()

    def start(self) -> None:
        """Begin to check, in a thread."""
        threading.Thread(target=self._poll, name="pods", daemon=True).start()

    def close(self) -> None:
        """Check nothing more; a request under way ends by its own time limit, unreported."""
        self._closed = True
        self._due.set()

    def check_soon(self) -> None:
        """Check now, and not only when the period is over."""
        self._due.set()

    def last_check(self, pod_id: str) -> PodCheck:
        """Return what is known of a pod."""
        with self._lock:
            return self._checks[pod_id]

    def check(self) -> float:
        """Check every pod once, in this thread; return the seconds until the next check."""
        with self._lock:
            ids, actions = list(self._checks), self._actions
        error, pods, control = None, None, None
        try:
            control = self._make_control()
            pods = _fetch(control, ids)
        except PodError as failed:
            error = failed
        quotas = control.quotas if control is not None else ()
        retry_s = error.retry_after_s if error is not None else 0.0
        poll = partial(poll_after_s, focused=self.focused, quotas=quotas, retry_after_s=retry_s)
        with self._lock:
            for pod_id in ids:
                seen = self._checks[pod_id]
                # A check that began before an action was done shows nothing of its effect.
                if error is not None:
                    seen = replace(seen, check_error=error)
                elif pods is not None and actions == self._actions:
                    seen = self._updated(seen, pods.get(pod_id))
                awaited = seen.accepted is not None or seen.requested is not None
                self._checks[pod_id] = replace(seen, next_check_s=poll(seen.pod, awaited=awaited))
            period_s = min((self._checks[one].next_check_s for one in ids), default=STEADY_S)
        self._notify()
        return period_s

    def act(self, pod_id: str, action: PodAction) -> bool:
        """Send an action, in a thread; return False if one is being sent already."""
        with self._lock:
            seen = self._checks[pod_id]
            if seen.requested is not None:
                return False
            self._checks[pod_id] = replace(seen, requested=action, action_error=None)
        send = partial(self._send, pod_id, action)
        Job(f"sending the {action}", send, partial(self._sent, pod_id)).start()
        return True

    def _send(self, pod_id: str, action: PodAction, _: Job[None]) -> None:
        pod = self._make_control().perform(pod_id, action)
        with self._lock:
            self._actions += 1
            now = self._clock()
            seen = self._checks[pod_id]
            seen = replace(seen, requested=None, accepted=action, accepted_at=now, since=now)
            self._checks[pod_id] = self._updated(seen, pod)

    def _sent(self, pod_id: str, job: Job[None]) -> None:
        if job.failure is not None:
            with self._lock:
                self._actions += 1
                seen = self._checks[pod_id]
                self._checks[pod_id] = replace(seen, requested=None, action_error=job.failure)
        self.check_soon()
        self._notify()

    def _updated(self, seen: PodCheck, pod: Pod | None) -> PodCheck:
        """Return the state after a check; `pod` is None where its provider has no such pod."""
        now = self._clock()
        seen = replace(seen, paid_until_check_s=seen.paid_s(now))
        after = replace(seen, pod=pod, gone=pod is None, checked_at=now, check_error=None)
        if pod is None:
            return replace(after, accepted=None)
        began = seen.pod is not None and seen.pod.changing
        if seen.accepted is None:
            changed = seen.pod is None or seen.pod.status != pod.status
            return replace(after, since=now) if changed and not (began and pod.changing) else after
        waited_s = now - seen.accepted_at
        match action_result(pod, seen.accepted, began=began, waited_s=waited_s):
            case True:
                return replace(after, accepted=None)
            case False:
                error = action_failed("the pod", pod, seen.accepted, waited_s=waited_s)
                return replace(after, accepted=None, action_error=error)
        return after

    def _poll(self) -> None:
        while not self._closed:
            self._due.clear()
            period_s = attempt(self.check)
            if isinstance(period_s, Crash):
                error = PodError(period_s.during("checking the pods"), period_s.fix, "broken")
                period_s = STEADY_S
                with self._lock:
                    for pod_id, seen in self._checks.items():
                        failed = replace(seen, check_error=error, next_check_s=period_s)
                        self._checks[pod_id] = failed
                self._notify()
            self._due.wait(period_s)

    def _notify(self) -> None:
        if not self._closed:
            attempt(self._changed)


def _fetch(control: PodControl, ids: Collection[str]) -> dict[str, Pod]:
    """Return the pods of these ids, with one request however many; without those that are gone."""
    if len(ids) != 1:
        return {pod.id: pod for pod in control.pods() if pod.id in ids}
    try:
        return {pod_id: control.pod(pod_id) for pod_id in ids}
    except PodError as error:
        if error.kind == "gone":
            return {}
        raise


#: A server that boots is checked no more often than this, in s.
BOOTING_S = 2.0
#: How long a server is not checked until its pod was, in s.
UNCHECKED_S = 10.0


@dataclass(frozen=True, slots=True)
class PodSnapshot:
    """The pod of an endpoint."""

    last_check: PodCheck
    """What its provider last reported, and the action under way."""

    now_s: float
    """The time of this snapshot, by the clock that dates `last_check`."""

    endpoints: tuple[str, ...]
    """The names of all endpoints on this pod, in the order of the session."""

    paid_s: float
    """How long it was billed in this session, earlier runs of the program included."""

    busy_s: float
    """How long its endpoints spent on answers that have ended."""

    awaited: bool
    """Whether answers of this endpoint start by themselves once it is ready."""

    runs_bbtui: bool
    """Whether this program runs on the pod, and would end with it."""

    @property
    def may_bill(self) -> bool:
        """Whether it is, will be or may be billed after this program has ended."""
        seen = self.last_check
        return not self.runs_bbtui and (seen.billing or seen.starting or seen.unknown)


class PodProbe:
    """See `Probe`: sends nothing while the pod is off."""

    def __init__(self, connection: Connection, pods: Pods) -> None:
        self._connection = connection
        self._pods = pods
        self._host = UNKNOWN_HOST
        self._since = time.monotonic()
        self._probed_at = -BOOTING_S

    def check(self) -> Host:
        """See `Probe`."""
        endpoint = self._connection.endpoint
        seen = self._pods.last_check(endpoint.name)
        now = time.monotonic()
        if not seen.checked and now - self._since < UNCHECKED_S:
            detail = "pod state unknown: waiting for its provider"
            self._host = Host(HostState.PREPARING, detail=detail)
        elif is_off(seen.pod):
            self._host = self._pods.host_with_pod(endpoint, UNKNOWN_HOST)
        elif self._host.state is not HostState.LOADING or now - self._probed_at >= BOOTING_S:
            self._probed_at = now
            self._host = self._pods.host_with_pod(endpoint, self._connection.probe.check())
        return self._host


class PodSource:
    """See `AnswerSource`: the cause of a failed request includes what is known of the pod."""

    def __init__(self, connection: Connection, pods: Pods) -> None:
        self._connection = connection
        self._pods = pods

    def stream(self, request: Request, cancel_token: CancelToken) -> Iterator[Event]:
        """See `AnswerSource`."""
        for event in self._connection.source.stream(request, cancel_token):
            if isinstance(event, StreamEnded) and event.state is AnswerState.FAILED:
                diagnosis = self._pods.diagnose(self._connection.endpoint, event.observed)
                yield event if diagnosis is None else event._replace(problem=diagnosis.problem)
            else:
                yield event


def probe_of(connection: Connection, pods: Pods) -> Probe:
    """Return what checks a connection's server."""
    return connection.probe if connection.pod is None else PodProbe(connection, pods)


def source_of(connection: Connection, pods: Pods) -> AnswerSource:
    """Return what sends requests to a connection's server."""
    return connection.source if connection.pod is None else PodSource(connection, pods)


class Pods:
    """The pods by the names of their endpoints; several endpoints may be on one."""

    def __init__(
        self,
        connections: Iterable[Connection],
        earlier_use_s: Mapping[str, float] = {},
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Prepare a monitor for each account; nothing is sent before `start`.

        `earlier_use_s` is how long the pod of each endpoint was up in earlier runs of the session,
        `clock` returns the time by which checks are dated; both in seconds.
        """
        self._clock = clock
        self._earlier_use_s = earlier_use_s
        self._wake: Callable[[], None] | None = None
        self._monitors: dict[Hashable, PodMonitor] = {}
        self._bindings: dict[str, PodBinding] = {}
        for connection in connections:
            self.add(connection)

    def add(self, connection: Connection) -> None:
        """Watch the pod of one more endpoint, if it is on one."""
        binding = connection.pod
        if binding is None:
            return
        monitor = self._monitors.get(binding.account)
        if monitor is None:
            monitor = PodMonitor(binding.control, self._clock, self._changed)
            self._monitors[binding.account] = monitor
            if self._wake is not None:
                monitor.start()
        monitor.add(binding.id)
        self._bindings[connection.endpoint.name] = binding

    def remove(self, name: str) -> None:
        """Remove an endpoint; its pod is still watched."""
        self._bindings.pop(name, None)

    def start(self, wake: Callable[[], None]) -> None:
        """Begin to check; `wake` is called from other threads when something has changed."""
        self._wake = wake
        for monitor in self._monitors.values():
            monitor.start()

    def close(self) -> None:
        """Check nothing more."""
        for monitor in self._monitors.values():
            monitor.close()

    def set_focused(self, focused: bool) -> None:
        """Check less often while the terminal window is in the background, and at once after."""
        for monitor in self._monitors.values():
            if focused and not monitor.focused:
                monitor.check_soon()
            monitor.focused = focused

    def check_soon(self) -> None:
        """Check every pod now."""
        for monitor in self._monitors.values():
            monitor.check_soon()

    def endpoints_with(self, name: str) -> tuple[str, ...]:
        """Return all endpoints that are on the same pod as this one."""
        own = self._bindings[name]
        pod = (own.account, own.id)
        return tuple(one for one, at in self._bindings.items() if (at.account, at.id) == pod)

    def last_check(self, name: str) -> PodCheck:
        """Return what is known of an endpoint's pod; an empty check where it is on none."""
        binding = self._bindings.get(name)
        if binding is None:
            return PodCheck()
        return self._monitors[binding.account].last_check(binding.id)

    def snapshot(
        self, name: str, busy_ns: Mapping[str, int], *, awaited: bool
    ) -> PodSnapshot | None:
        """Return the state of an endpoint's pod; None where it is on none.

        `busy_ns` is the time spent on answers by endpoint, `awaited` whether cells are deferred.
        """
        if name not in self._bindings:
            return None
        endpoints = self.endpoints_with(name)
        return PodSnapshot(
            last_check=self.last_check(name),
            now_s=self._clock(),
            endpoints=endpoints,
            paid_s=self.paid_s(name),
            busy_s=sum(busy_ns.get(one, 0) for one in endpoints) / NS_PER_S,
            awaited=awaited,
            runs_bbtui=self._bindings[name].here,
        )

    def act(self, name: str, action: PodAction) -> bool:
        """Send an action in the background; return False if one is being sent already.

        How it went is in `last_check`.
        """
        binding = self._bindings[name]
        return self._monitors[binding.account].act(binding.id, action)

    def host_with_pod(self, endpoint: Endpoint, host: Host) -> Host:
        """Return the state of an endpoint's machine, from a check of its server and of its pod."""
        seen = self.last_check(endpoint.name)
        unknown = seen.unknown_reason
        return host_on_pod(endpoint, host, seen.pod, gone=seen.gone, pod_unknown=unknown)

    def diagnose(self, endpoint: Endpoint, observed: Observation | None) -> Diagnosis | None:
        """Return why a request to an endpoint failed, if what is known of its pod explains it."""
        seen = self.last_check(endpoint.name)
        return diagnose_pod(
            endpoint, seen.pod, gone=seen.gone, pod_unknown=seen.unknown_reason, seen=observed
        )

    def use(self, name: str) -> PodUse | None:
        """Return what the session used of an endpoint's pod; None if that was never seen."""
        seen = self.last_check(name)
        if seen.pod is None:
            return None
        # Counted up to the last check: a figure that moves all the time would be saved each time.
        up_s = self._earlier_use_s.get(name, 0.0) + seen.paid_until_check_s
        first = self.endpoints_with(name)[0]
        same_as = "" if first == name else first
        return PodUse(seen.pod.hardware_text, seen.price, round(up_s), same_as)

    def paid_s(self, name: str) -> float:
        """Return how long an endpoint's pod was billed in this session, in seconds."""
        return self._earlier_use_s.get(name, 0.0) + self.last_check(name).paid_s(self._clock())

    def _changed(self) -> None:
        if self._wake is not None:
            self._wake()
