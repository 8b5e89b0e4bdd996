"""The pods of one account: looked at as often as it allows, started, stopped, and metered."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from bbtui.clients.ports import PodControl
from bbtui.crashes import Crash, attempt
from bbtui.domain.pod import Pod, PodAction, action_failed, action_result
from bbtui.domain.polling import STEADY_S, poll_after_s
from bbtui.domain.problem import Problem
from bbtui.errors import PodError

#: After so many waits without a new look, what is known counts as old.
_STALE_WAITS = 3


@dataclass(frozen=True, slots=True)
class PodSighting:
    """What is known of a pod. Times are those of the account's clock, in seconds.

    `pod` is the last look, made `at`; `since` is when it was first seen as it is, or asked to be.
    `acting` is an action being sent, `aim` one that was accepted and is not done, asked for at
    `aimed_at`. `failure` is why the last look failed, `refused` why the last action did. `up_s` is
    how long it was paid for while this program looked, up to `at`. The next look is in `wait_s`.
    """

    pod: Pod | None = None
    at: float = 0.0
    since: float = 0.0
    gone: bool = False
    acting: PodAction | None = None
    aim: PodAction | None = None
    aimed_at: float = 0.0
    failure: PodError | None = None
    refused: PodError | None = None
    up_s: float = 0.0
    wait_s: float = STEADY_S

    @property
    def looked(self) -> bool:
        """Whether there was a look, successful or not."""
        return self.pod is not None or self.gone or self.failure is not None

    @property
    def untold(self) -> Problem | None:
        """Why nothing is known of it, although its provider was asked."""
        if self.pod is not None or self.gone or self.failure is None:
            return None
        return Problem.of(self.failure)

    @property
    def billing(self) -> bool:
        """Whether its GPU is being paid for."""
        return self.pod is not None and self.pod.bills

    @property
    def starting(self) -> bool:
        """Whether a start of it is under way: it will be paid for, however it looks yet."""
        return PodAction.START in (self.acting, self.aim)

    @property
    def unknown(self) -> bool:
        """Whether nobody can say how it is: it was never seen, or the last look failed.

        A provider that only wants to be left alone for a while hides nothing of what was seen.
        """
        if self.failure is None:
            return self.pod is None and not self.gone
        return self.pod is None or self.failure.trouble != "limited"

    @property
    def price(self) -> float | None:
        """Dollars an hour: the present price, else the last that was seen."""
        return None if self.pod is None else self.pod.cost_per_hour or self.pod.last_cost_per_hour

    def stale(self, now: float) -> bool:
        """Whether it was seen too long ago to be taken for how it is."""
        return self.pod is not None and now - self.at > _STALE_WAITS * max(self.wait_s, STEADY_S)

    def uptime_s(self, now: float) -> float | None:
        """How long its container is up, counted on since the look; None where not told."""
        if self.pod is None or self.pod.uptime_s is None:
            return None
        return self.pod.uptime_s + max(0.0, now - self.at)

    def paid_s(self, now: float) -> float:
        """How long it has been paid for in this session."""
        return self.up_s + (max(0.0, now - self.at) if self.billing else 0.0)


class PodMonitor:
    """Keeps the last sighting of each pod. `changed` is called from the threads that look and act.

    `clock` is monotonic seconds. `look` may also be called by hand, where no thread does.
    """

    def __init__(
        self,
        control: Callable[[], PodControl],
        clock: Callable[[], float],
        changed: Callable[[], None],
    ) -> None:
        self._make = control
        self._clock = clock
        self._changed = changed
        self._lock = threading.Lock()
        self._turn = threading.Event()
        self._seen: dict[str, PodSighting] = {}
        self._acted = 0
        self._closed = False
        self.focused = True

    def add(self, pod_id: str) -> None:
        """Look at one more pod."""
        with self._lock:
            self._seen.setdefault(pod_id, PodSighting())
        self.look_soon()

    def start(self) -> None:
        """Begin to look, in a thread."""
        threading.Thread(target=self._watch, name="pods", daemon=True).start()

    def close(self) -> None:
        """Look no more; a request under way ends by its own time limit and tells nobody."""
        self._closed = True
        self._turn.set()

    def look_soon(self) -> None:
        """Look now and not only when it is time again."""
        self._turn.set()

    def sighting(self, pod_id: str) -> PodSighting:
        """What is known of a pod."""
        with self._lock:
            return self._seen[pod_id]

    def look(self) -> float:
        """Look at every pod once; the seconds until the next look."""
        with self._lock:
            ids, acted = list(self._seen), self._acted
        failure, found, control = None, None, None
        try:
            control = self._make()
            found = _pods(control, ids)
        except PodError as error:
            failure = error
        quotas = control.quotas if control is not None else ()
        retry_s = failure.retry_after_s if failure is not None else 0.0
        waits = []
        with self._lock:
            for pod_id in ids:
                seen = self._seen[pod_id]
                # What was asked before an action was done says nothing of how things are after.
                if failure is not None:
                    seen = replace(seen, failure=failure)
                elif found is not None and acted == self._acted:
                    seen = self._noted(seen, found.get(pod_id))
                wait = poll_after_s(
                    seen.pod,
                    focused=self.focused,
                    awaited=seen.aim is not None or seen.acting is not None,
                    quotas=quotas,
                    retry_after_s=retry_s,
                )
                waits.append(wait)
                self._seen[pod_id] = replace(seen, wait_s=wait)
        self._tell()
        return min(waits, default=STEADY_S)

    def act(self, pod_id: str, action: PodAction) -> bool:
        """Ask for an action, in a thread; False if one is being asked for already."""
        with self._lock:
            seen = self._seen[pod_id]
            if seen.acting is not None:
                return False
            self._seen[pod_id] = replace(seen, acting=action, refused=None)
        threading.Thread(
            target=self._act, args=(pod_id, action), name=f"{action} pod", daemon=True
        ).start()
        return True

    def _act(self, pod_id: str, action: PodAction) -> None:
        crash = attempt(lambda: self._ask(pod_id, action))
        if isinstance(crash, Crash):
            # Who waits for the end of the action would wait for ever.
            refused = _failed(crash, f"asked for the {action}")
            with self._lock:
                self._acted += 1
                seen = self._seen[pod_id]
                self._seen[pod_id] = replace(seen, acting=None, refused=refused)
        self.look_soon()
        self._tell()

    def _ask(self, pod_id: str, action: PodAction) -> None:
        pod, refused = None, None
        try:
            pod = self._make().perform(pod_id, action)
        except PodError as error:
            refused = error
        with self._lock:
            self._acted += 1
            seen = replace(self._seen[pod_id], acting=None, refused=refused)
            if pod is not None:
                now = self._clock()
                seen = replace(seen, aim=action, aimed_at=now, since=now)
                seen = self._noted(seen, pod)
            self._seen[pod_id] = seen

    def _noted(self, seen: PodSighting, pod: Pod | None) -> PodSighting:
        """The sighting after a look; None is a pod that its provider does not have."""
        now = self._clock()
        up_s = seen.paid_s(now)
        if pod is None:
            return replace(seen, pod=None, at=now, gone=True, failure=None, aim=None, up_s=up_s)
        changed = seen.pod is None or seen.pod.status != pod.status
        kept = seen.pod is not None and (seen.pod.changing and pod.changing)
        since = now if changed and not kept and seen.aim is None else seen.since
        after = replace(seen, pod=pod, at=now, since=since, gone=False, failure=None, up_s=up_s)
        return _aimed(after, began=seen.pod is not None and seen.pod.changing, now=now)

    def _watch(self) -> None:
        while not self._closed:
            self._turn.clear()
            wait_s = attempt(self.look)
            self._turn.wait(self._not_seen(wait_s) if isinstance(wait_s, Crash) else wait_s)

    def _not_seen(self, crash: Crash) -> float:
        failure = _failed(crash, "looked at its pods")
        with self._lock:
            for pod_id, seen in self._seen.items():
                self._seen[pod_id] = replace(seen, failure=failure, wait_s=STEADY_S)
        self._tell()
        return STEADY_S

    def _tell(self) -> None:
        if not self._closed:
            attempt(self._changed)


def _pods(control: PodControl, ids: Iterable[str]) -> dict[str, Pod]:
    """The pods of these ids, one request however many; those that are gone are left out."""
    wanted = list(ids)
    if len(wanted) != 1:
        return {pod.id: pod for pod in control.pods() if pod.id in wanted}
    try:
        return {wanted[0]: control.pod(wanted[0])}
    except PodError as error:
        if error.trouble == "gone":
            return {}
        raise


def _failed(crash: Crash, did: str) -> PodError:
    return PodError(crash.during(did), crash.fix, "broken")


def _aimed(seen: PodSighting, *, began: bool, now: float) -> PodSighting:
    """Whether what was asked for is done, or has come to something else."""
    pod, aim = seen.pod, seen.aim
    if pod is None or aim is None:
        return seen
    waited_s = now - seen.aimed_at
    match action_result(pod, aim, began=began, waited_s=waited_s):
        case True:
            return replace(seen, aim=None)
        case False:
            refused = action_failed("the pod", pod, aim, waited_s=waited_s)
            return replace(seen, aim=None, refused=refused)
    return seen
