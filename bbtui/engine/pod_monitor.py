"""The pods of one account: checked as often as its rate limit allows, started, stopped, metered."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from functools import partial

from bbtui.clients.ports import PodControl
from bbtui.crashes import Crash, attempt
from bbtui.domain.pod import Pod, PodAction, action_failed, action_result
from bbtui.domain.polling import STEADY_S, poll_after_s
from bbtui.domain.problem import Problem
from bbtui.engine.jobs import Job
from bbtui.errors import BbtuiError, PodError

#: After so many periods without a new check, the last one is stale.
_STALE_PERIODS = 3


@dataclass(frozen=True, slots=True)
class PodSighting:
    """What is known of a pod; times are those of the monitor's clock, in seconds."""

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
    """The last sighting of each pod of an account."""

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
        self._sightings: dict[str, PodSighting] = {}
        self._actions = 0
        self._closed = False
        self.focused = True
        """Whether the terminal window has the focus; without it, checks are rarer."""

    def add(self, pod_id: str) -> None:
        """Check one more pod."""
        with self._lock:
            self._sightings.setdefault(pod_id, PodSighting())
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

    def sighting(self, pod_id: str) -> PodSighting:
        """Return what is known of a pod."""
        with self._lock:
            return self._sightings[pod_id]

    def check(self) -> float:
        """Check every pod once, in this thread; return the seconds until the next check."""
        with self._lock:
            ids, actions = list(self._sightings), self._actions
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
                seen = self._sightings[pod_id]
                # A check that began before an action was done shows nothing of its effect.
                if error is not None:
                    seen = replace(seen, check_error=error)
                elif pods is not None and actions == self._actions:
                    seen = self._updated(seen, pods.get(pod_id))
                awaited = seen.accepted is not None or seen.requested is not None
                self._sightings[pod_id] = replace(
                    seen, next_check_s=poll(seen.pod, awaited=awaited)
                )
            period_s = min((self._sightings[one].next_check_s for one in ids), default=STEADY_S)
        self._notify()
        return period_s

    def act(self, pod_id: str, action: PodAction) -> bool:
        """Send an action, in a thread; return False if one is being sent already."""
        with self._lock:
            seen = self._sightings[pod_id]
            if seen.requested is not None:
                return False
            self._sightings[pod_id] = replace(seen, requested=action, action_error=None)
        send = partial(self._send, pod_id, action)
        Job(f"sending the {action}", send, partial(self._sent, pod_id)).start()
        return True

    def _send(self, pod_id: str, action: PodAction, _: Job[None]) -> None:
        pod = self._make_control().perform(pod_id, action)
        with self._lock:
            self._actions += 1
            now = self._clock()
            seen = self._sightings[pod_id]
            seen = replace(seen, requested=None, accepted=action, accepted_at=now, since=now)
            self._sightings[pod_id] = self._updated(seen, pod)

    def _sent(self, pod_id: str, job: Job[None]) -> None:
        if job.failure is not None:
            with self._lock:
                self._actions += 1
                seen = self._sightings[pod_id]
                self._sightings[pod_id] = replace(seen, requested=None, action_error=job.failure)
        self.check_soon()
        self._notify()

    def _updated(self, seen: PodSighting, pod: Pod | None) -> PodSighting:
        """Return the sighting after a check; None is a pod that its provider does not have."""
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
                    for pod_id, seen in self._sightings.items():
                        failed = replace(seen, check_error=error, next_check_s=period_s)
                        self._sightings[pod_id] = failed
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
