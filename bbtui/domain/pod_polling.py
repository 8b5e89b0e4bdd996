"""How often a pod is polled: often enough to see it change, within its rate limit."""

from __future__ import annotations

from dataclasses import dataclass

from bbtui.domain.pod import Pod

STEADY_S = 10.0
CHANGING_S = 3.0
UNFOCUSED_S = 30.0

#: Below this part of a window's requests, half as many are sent.
_SCARCE = 0.25


@dataclass(frozen=True, slots=True)
class Quota:
    """What is left of one window of a provider's rate limit.

    The limit is shared by everything that uses the account.
    """

    limit: int
    """Requests allowed in the window."""

    remaining: int
    """Requests left in the window."""

    resets_s: float
    """Seconds until the next window."""


def poll_after_s(
    pod: Pod | None,
    *,
    focused: bool = True,
    awaited: bool = False,
    quotas: tuple[Quota, ...] = (),
    retry_after_s: float = 0.0,
) -> float:
    """Return the seconds to wait before the next poll.

    `pod` is its last known state (None: unknown). 3 s while it starts or the result of an action is
    `awaited`, whatever the focus, because the user waits for it; 30 s while it is stopped or the
    terminal is not focused; else 10 s. Twice as long when a window's requests run out, until the
    end of a window that has none left, and never before `retry_after_s`.
    """
    if awaited or (pod is not None and pod.changing):
        wait = CHANGING_S
    elif not focused or (pod is not None and pod.stopped):
        wait = UNFOCUSED_S
    else:
        wait = STEADY_S
    if any(quota.remaining < quota.limit * _SCARCE for quota in quotas):
        wait *= 2
    spent = (quota.resets_s for quota in quotas if quota.remaining <= 0)
    return max(wait, retry_after_s, *spent)
