"""How long the answers to come will take, and what they will cost, from those of the session."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from bbtui.domain.answer import Cell, LiveAnswer
from bbtui.domain.cost import rental_cost
from bbtui.domain.session import Session
from bbtui.formatting.durations import format_uptime
from bbtui.formatting.numbers import format_cost, format_price
from bbtui.formatting.text import counted

_NS_PER_S = 1e9


@dataclass(frozen=True, slots=True)
class Estimate:
    """The answers that an endpoint is about to give, one after the other."""

    answers: int
    """How many they are."""

    seconds: float | None
    """How long they will take; None while no answer of the endpoint is known."""

    price: float | None
    """What its machine costs, in US dollars per hour; None is unknown."""

    @property
    def dollars(self) -> float | None:
        """What its machine costs in that time; None where the time or the price is unknown."""
        return rental_cost(self.price, self.seconds)

    def text(self, label: str) -> str:
        """Return ``40 answers on Big Brain: about 12 min, $0.16``."""
        answers = f"{counted(self.answers, 'answer')} on {label}"
        if self.seconds is None:
            rent = format_price(self.price)
            return f"{answers} at {rent}: no answer yet to estimate the time from"
        return f"{answers}: about {format_uptime(self.seconds)}, {format_cost(self.dollars)}"


def mean_seconds(session: Session) -> dict[str, float]:
    """Return the mean time of an answered answer by endpoint, a separate load included.

    An endpoint without one is left out.
    """
    total_ns: Counter[str] = Counter()
    count: Counter[str] = Counter()
    for answer in session.answers:
        if answer.state.answered and answer.end_ns is not None:
            total_ns[answer.cell.endpoint] += answer.end_ns + (answer.preload_ns or 0)
            count[answer.cell.endpoint] += 1
    return {name: total_ns[name] / count[name] / _NS_PER_S for name in count}


def estimate(session: Session, cells: Iterable[Cell], name: str, price: float | None) -> Estimate:
    """Return the estimate for the cells of an endpoint; `price` is US dollars per hour."""
    answers = sum(cell.endpoint == name for cell in cells)
    mean_s = mean_seconds(session).get(name)
    seconds = None if mean_s is None else mean_s * answers
    return Estimate(answers, seconds, price)


def seconds_left(
    mean_s: Mapping[str, float],
    lanes: Mapping[str, int],
    waiting: Iterable[Cell],
    live: Iterable[LiveAnswer],
    now_ns: int,
    cooldown_s: float = 0.0,
) -> float | None:
    """Return how long the queue will take: as long as its slowest lane.

    Each waiting answer is preceded by a pause of `cooldown_s`.

    `mean_s` has the mean time of an answer, `lanes` the lane of each endpoint, by name; a lane runs
    one request at a time. `now_ns` is by the monotonic clock of `LiveAnswer`. None while nothing is
    queued, or an endpoint with a queued cell has no mean.
    """
    left_s: dict[int, float] = {}
    names = [(cell.endpoint, -cooldown_s) for cell in waiting]
    names += [(one.cell.endpoint, (now_ns - one.asked_ns) / _NS_PER_S) for one in live]
    for name, elapsed_s in names:
        if name not in mean_s:
            return None
        lane = lanes.get(name, 0)
        left_s[lane] = left_s.get(lane, 0.0) + max(0.0, mean_s[name] - elapsed_s)
    return max(left_s.values(), default=None)
