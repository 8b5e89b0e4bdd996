"""What is known of a pod from its last check and from the actions on it."""

from __future__ import annotations

from typing import NamedTuple

from bbtui.domain.pod import Pod, PodAction, action_failed, action_result
from bbtui.domain.pod_polling import STEADY_S
from bbtui.domain.problem import Problem
from bbtui.errors import BbtuiError, PodError

#: After this number of periods without a new check, the last one is stale.
_STALE_PERIODS = 3


class PodCheck(NamedTuple):
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

        A provider that only requests a delay hides nothing of what was seen.
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

    def updated(self, pod: Pod | None, now: float) -> PodCheck:
        """Return what is known after a check; `pod` is None where its provider has no such pod."""
        paid_s = self.paid_s(now)
        after = self._replace(
            paid_until_check_s=paid_s,
            pod=pod,
            gone=pod is None,
            checked_at=now,
            check_error=None,
        )
        if pod is None:
            return after._replace(accepted=None)
        began = self.pod is not None and self.pod.changing
        if self.accepted is None:
            changed = self.pod is None or self.pod.status != pod.status
            return after._replace(since=now) if changed and not (began and pod.changing) else after
        waited_s = now - self.accepted_at
        match action_result(pod, self.accepted, began=began, waited_s=waited_s):
            case True:
                return after._replace(accepted=None)
            case False:
                error = action_failed("the pod", pod, self.accepted, waited_s=waited_s)
                return after._replace(accepted=None, action_error=error)
        return after
