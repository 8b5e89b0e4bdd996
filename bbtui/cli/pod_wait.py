"""Following a pod after an action: a line for each state, until it is where it should be."""

from __future__ import annotations

from collections.abc import Callable

from bbtui.clients.ports import PodControl
from bbtui.domain.pod import AT_ITS_LOG, Pod, PodAction, action_failed, action_result
from bbtui.domain.polling import poll_after_s
from bbtui.errors import PodError, PodFailure
from bbtui.formatting.durations import format_uptime

#: While nothing changes, a line tells so often that it is still being watched.
_SIGN_OF_LIFE_S = 30.0
_LIMIT_S = 1800.0
_MOST_MISSES = 5
#: What may be over at the next look.
_PASSING: tuple[PodFailure, ...] = ("limited", "broken", "unreachable")


class PodWaiter:
    """Looks at one pod until an action is done.

    `say` takes each line; `pause` waits for so many seconds.
    """

    def __init__(
        self,
        name: str,
        control: PodControl,
        say: Callable[[str], None],
        pause: Callable[[float], None],
    ) -> None:
        self._name = name
        self._control = control
        self._say = say
        self._pause = pause
        self._waited_s = 0.0
        self._said_s = 0.0

    def until_done(self, pod: Pod, action: PodAction) -> Pod:
        """The pod when it runs, or is stopped. `pod` is what the action returned.

        Raises PodError if it comes to something else, cannot be looked at any more, or takes longer
        than half an hour.
        """
        began, told = pod.changing, pod.status
        while not self._reached(pod, action, began):
            if pod.status != told or self._waited_s - self._said_s >= _SIGN_OF_LIFE_S:
                told = pod.status
                self._tell(f"{pod.state_words} ({format_uptime(self._waited_s)})")
            pod = self._next(pod)
            began = began or pod.changing
        if self._waited_s:
            self._tell(f"{pod.state_words} after {format_uptime(self._waited_s)}")
        return pod

    def _next(self, pod: Pod) -> Pod:
        """The next look at it; one that fails is told, and tried again at the next time."""
        failure: PodError | None = None
        misses = 0
        while True:
            seconds = poll_after_s(
                pod,
                awaited=True,
                quotas=self._control.quotas,
                retry_after_s=failure.retry_after_s if failure else 0.0,
            )
            if self._waited_s + seconds > _LIMIT_S:
                raise failure or self._too_long(pod)
            self._pause(seconds)
            self._waited_s += seconds
            try:
                return self._control.pod(pod.id)
            except PodError as error:
                misses += error.trouble != "limited"
                if error.trouble not in _PASSING or misses >= _MOST_MISSES:
                    raise
                self._tell(f"{error.message}; looking again")
                failure = error

    def _reached(self, pod: Pod, action: PodAction, began: bool) -> bool:
        """Whether it is done. Raises if it has come to something else than was asked for."""
        found = action_result(pod, action, began=began, waited_s=self._waited_s)
        if found is False:
            raise action_failed(self._name, pod, action, waited_s=self._waited_s)
        return found is True

    def _too_long(self, pod: Pod) -> PodError:
        waited = format_uptime(self._waited_s)
        cause = f"{self._name} is still {pod.state_words} after {waited}, and no longer watched"
        return PodError(cause, AT_ITS_LOG, "refused")

    def _tell(self, words: str) -> None:
        self._said_s = self._waited_s
        self._say(words)
