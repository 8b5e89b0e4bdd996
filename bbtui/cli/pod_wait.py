"""Waits until an action on a pod is done, with a line for each state it passes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from bbtui.clients.ports import PodControl
from bbtui.domain.pod import SEE_POD_LOG, Pod, PodAction, action_failed, action_result
from bbtui.domain.polling import poll_after_s
from bbtui.errors import PodError, PodFailure
from bbtui.formatting.durations import format_uptime

#: A line is printed at least this often while nothing changes.
_REMINDER_S = 30.0
_LIMIT_S = 1800.0
_MOST_FAILURES = 5
#: Failures that may have passed at the next poll.
_PASSING: tuple[PodFailure, ...] = ("limited", "broken", "unreachable")


@dataclass(slots=True)
class PodWaiter:
    """Polls one pod until an action is done."""

    name: str
    """The name of the pod in messages."""

    control: PodControl
    """The control of its account."""

    report: Callable[[str], None]
    """Takes each line."""

    sleep: Callable[[float], None]
    """Waits for a number of seconds."""

    _waited_s: float = 0.0
    _reported_s: float = 0.0

    def until_done(self, pod: Pod, action: PodAction) -> Pod:
        """Return the pod when it runs, or is stopped; `pod` is what the action returned.

        Raise `PodError` if it reaches another state, cannot be polled any more, or takes longer
        than half an hour.
        """
        began, reported = pod.changing, pod.status
        while not self._done(pod, action, began):
            if pod.status != reported or self._waited_s - self._reported_s >= _REMINDER_S:
                reported = pod.status
                self._print(f"{pod.state_text} ({format_uptime(self._waited_s)})")
            pod = self._poll(pod)
            began = began or pod.changing
        if self._waited_s:
            self._print(f"{pod.state_text} after {format_uptime(self._waited_s)}")
        return pod

    def _poll(self, pod: Pod) -> Pod:
        """Return the next state; a failure is reported, and the poll repeated at the next time."""
        failure: PodError | None = None
        failures = 0
        while True:
            seconds = poll_after_s(
                pod,
                awaited=True,
                quotas=self.control.quotas,
                retry_after_s=failure.retry_after_s if failure else 0.0,
            )
            if self._waited_s + seconds > _LIMIT_S:
                raise failure or self._too_long(pod)
            self.sleep(seconds)
            self._waited_s += seconds
            try:
                return self.control.pod(pod.id)
            except PodError as error:
                failures += error.kind != "limited"
                if error.kind not in _PASSING or failures >= _MOST_FAILURES:
                    raise
                self._print(f"{error.message}; retrying")
                failure = error

    def _done(self, pod: Pod, action: PodAction, began: bool) -> bool:
        """Return whether the action is done; raise `PodError` if it has failed."""
        result = action_result(pod, action, began=began, waited_s=self._waited_s)
        if result is False:
            raise action_failed(self.name, pod, action, waited_s=self._waited_s)
        return result is True

    def _too_long(self, pod: Pod) -> PodError:
        waited = format_uptime(self._waited_s)
        cause = f"{self.name} is still {pod.state_text} after {waited}; stopped waiting"
        return PodError(cause, SEE_POD_LOG, "refused")

    def _print(self, line: str) -> None:
        self._reported_s = self._waited_s
        self.report(line)
