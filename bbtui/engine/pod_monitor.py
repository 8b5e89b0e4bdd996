"""The polling of an account's pods, and the actions on them, in threads."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection
from functools import partial

from bbtui.clients.ports import (
    PodControl,
)
from bbtui.crashes import Crash, attempt
from bbtui.domain.pod import Pod, PodAction
from bbtui.domain.pod_polling import STEADY_S, poll_after_s
from bbtui.engine.jobs import Job
from bbtui.engine.pod_check import PodCheck
from bbtui.errors import PodError


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
                    seen = seen._replace(check_error=error)
                elif pods is not None and actions == self._actions:
                    seen = seen.updated(pods.get(pod_id), self._clock())
                awaited = seen.accepted is not None or seen.requested is not None
                self._checks[pod_id] = seen._replace(next_check_s=poll(seen.pod, awaited=awaited))
            period_s = min((self._checks[one].next_check_s for one in ids), default=STEADY_S)
        self._notify()
        return period_s

    def act(self, pod_id: str, action: PodAction) -> bool:
        """Send an action, in a thread; return False if one is being sent already."""
        with self._lock:
            seen = self._checks[pod_id]
            if seen.requested is not None:
                return False
            self._checks[pod_id] = seen._replace(requested=action, action_error=None)
        send = partial(self._send, pod_id, action)
        Job(f"sending the {action}", send, partial(self._sent, pod_id)).start()
        return True

    def _send(self, pod_id: str, action: PodAction, _: Job[None]) -> None:
        pod = self._make_control().perform(pod_id, action)
        with self._lock:
            self._actions += 1
            now = self._clock()
            seen = self._checks[pod_id]
            seen = seen._replace(requested=None, accepted=action, accepted_at=now, since=now)
            self._checks[pod_id] = seen.updated(pod, now)

    def _sent(self, pod_id: str, job: Job[None]) -> None:
        if job.failure is not None:
            with self._lock:
                self._actions += 1
                seen = self._checks[pod_id]
                self._checks[pod_id] = seen._replace(requested=None, action_error=job.failure)
        self.check_soon()
        self._notify()

    def _poll(self) -> None:
        while not self._closed:
            self._due.clear()
            period_s = attempt(self.check)
            if isinstance(period_s, Crash):
                error = PodError(period_s.during("checking the pods"), period_s.fix, "broken")
                period_s = STEADY_S
                with self._lock:
                    for pod_id, seen in self._checks.items():
                        failed = seen._replace(check_error=error, next_check_s=period_s)
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
