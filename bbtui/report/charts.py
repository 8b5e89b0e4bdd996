"""What a report draws: the scores and the waits, by task and side, with how far they reach."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bbtui.domain.cell_results import CellResult
from bbtui.domain.conclusions import Conclusions, PairTest
from bbtui.domain.repeats import score_figure, spread_of
from bbtui.domain.statistics import Interval
from bbtui.formatting.durations import NS_PER_S
from bbtui.formatting.numbers import UNKNOWN

#: The best score: the end of its scale.
_BEST = 5


@dataclass(frozen=True, slots=True)
class Bar:
    """A value of one side; all places are in % of the width of the chart."""

    side: int
    """The position of the endpoint, from 0."""
    text: str
    """The value as written: ``4``, ``9.2 s``, or ``–`` where it is missing."""
    value: float | None = None
    """The end of the bar; None where it is missing."""
    low: float | None = None
    """The ends of an interval or a range; None without one."""
    high: float | None = None
    """The upper end; None without one."""


@dataclass(frozen=True, slots=True)
class BarRow:
    """The values of one task, or of all."""

    title: str
    """The title of the task; of all, "mean" or the like."""
    bars: tuple[Bar, ...]
    """A bar for each side."""


@dataclass(frozen=True, slots=True)
class Chart:
    """Rows of bars of one scale."""

    title: str
    """What is charted."""
    caption: str
    """The unit and the scale."""
    rows: tuple[BarRow, ...]
    """The rows, in the order of the session."""


@dataclass(frozen=True, slots=True)
class DifferenceRow:
    """The mean difference of two sides with its interval, in % of the width of the chart."""

    title: str
    """The two sides."""
    text: str
    """The difference and its interval, as written."""
    value: float
    """The mean difference."""
    low: float
    """The lower end of the interval."""
    high: float
    """The upper end of the interval."""


def charts(conclusions: Conclusions) -> tuple[Chart, ...]:
    """Return the charts of scores and of waits; one without any value is left out."""
    found = (_scores(conclusions), _waits(conclusions))
    return tuple(
        one for one in found if any(bar.value is not None for row in one.rows for bar in row.bars)
    )


def differences(conclusions: Conclusions, tests: Sequence[PairTest]) -> tuple[DifferenceRow, ...]:
    """Return the pairs whose mean difference has an interval; the middle of the width is 0."""
    found = []
    for pair, test in zip(conclusions.pairs, tests, strict=True):
        if pair.scores.mean is None or test.interval is None:
            continue
        mean, (low, high) = float(pair.scores.mean), test.interval
        text = f"{mean:+.1f} ({low:+.1f} to {high:+.1f})".replace("-", "−")
        places = (50 + 50 * value / (_BEST - 1) for value in (mean, low, high))
        found.append(DifferenceRow(f"{pair.first.label} − {pair.second.label}", text, *places))
    return tuple(found)


def _scores(conclusions: Conclusions) -> Chart:
    rows = []
    for title, task in zip(
        conclusions.results.task_titles(), conclusions.results.session.tasks, strict=True
    ):
        bars = [
            _score_bar(side, conclusions.results.trials(task, endpoint))
            for side, endpoint in enumerate(conclusions.results.session.endpoints)
        ]
        rows.append(BarRow(title, tuple(bars)))
    means = tuple(
        Bar(at, UNKNOWN) if side.mean is None else _bar(at, float(side.mean), None, _BEST, "{:.2f}")
        for at, side in enumerate(conclusions.sides)
    )
    caption = "1 to 5, the best; the line is the range of several answers."
    return Chart("Scores", caption, (*rows, BarRow("Mean", means)))


def _score_bar(side: int, cells: Sequence[CellResult]) -> Bar:
    spread = spread_of([one.marks.score for one in cells if one.marks.score is not None])
    if spread is None:
        return Bar(side, UNKNOWN)
    reach = Interval(spread.low, spread.high) if spread.low != spread.high else None
    return _bar(side, spread.median, reach, _BEST, score_figure(spread.median))


def _waits(conclusions: Conclusions) -> Chart:
    results = conclusions.results
    columns = [
        [_seconds(results.trials(task, endpoint)) for endpoint in results.session.endpoints]
        for task in results.session.tasks
    ]
    intervals = [None if side.wait is None else side.wait.interval for side in conclusions.sides]
    ends = [interval.high / NS_PER_S for interval in intervals if interval is not None]
    longest = max([*(max(values) for row in columns for values in row if values), *ends], default=1)
    rows = [
        BarRow(title, tuple(_wait_bar(side, values, longest) for side, values in enumerate(row)))
        for title, row in zip(results.task_titles(), columns, strict=True)
    ]
    medians = []
    for at, (side, interval) in enumerate(zip(conclusions.sides, intervals, strict=True)):
        if side.wait is None:
            medians.append(Bar(at, UNKNOWN))
            continue
        reach = interval and Interval(interval.low / NS_PER_S, interval.high / NS_PER_S)
        medians.append(_bar(at, side.wait.value / NS_PER_S, reach, longest, "{:.1f} s"))
    caption = (
        "From the request to the end of the answer. The line is the range of several answers; "
        "at the median it is the interval in which the true one lies in about 19 of 20 cases."
    )
    return Chart("Waits", caption, (*rows, BarRow("Median", tuple(medians))))


def _seconds(cells: Sequence[CellResult]) -> list[float]:
    return [one.timing.e2e_ns / NS_PER_S for one in cells if one.whole and one.timing.e2e_ns]


def _wait_bar(side: int, values: Sequence[float], longest: float) -> Bar:
    spread = spread_of(values)
    if spread is None:
        return Bar(side, UNKNOWN)
    reach = Interval(spread.low, spread.high) if len(values) > 1 else None
    return _bar(side, spread.median, reach, longest, "{:.1f} s")


def _bar(side: int, value: float, reach: Interval | None, end: float, text: str) -> Bar:
    """Return a bar on a scale from 0 to `end`; `text` is a format or the text itself."""
    low, high = (None, None) if reach is None else (100 * bound / end for bound in reach)
    return Bar(side, text.format(value), 100 * value / end, low, high)
