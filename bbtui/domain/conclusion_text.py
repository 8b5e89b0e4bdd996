"""The sentences of a session's results: which side was better, how sure that is, its price.

A claim is made by the exact test, only when every planned task is scored, or before that when the
e-value is enough. Each figure comes with the number of tasks behind it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from bbtui.domain.bias import left_bias, length_bias
from bbtui.domain.cell_results import SessionResults
from bbtui.domain.conclusions import (
    Conclusions,
    Cost,
    Flag,
    PairResult,
    PairTest,
    SideResult,
    is_clear,
)
from bbtui.domain.score_table import ScoreTable
from bbtui.domain.statistics import LEVEL, Interval
from bbtui.formatting.durations import format_ns
from bbtui.formatting.numbers import format_answer_cost
from bbtui.formatting.text import counted, join_list, sentence, truncate

#: "1 in 20".
_ODDS = f"1 in {round(1 / LEVEL)}"


def verdict_lines(conclusions: Conclusions, tests: Sequence[PairTest]) -> tuple[str, ...]:
    """Return the verdict in few lines: one for each pair of the leading side.

    Of two sides the line has price and time too; of more they are left to a table. What is missing
    follows: sides without answers, and tasks that are not compared.
    """
    if len(conclusions.sides) < 2:
        return (_alone(conclusions),)
    if conclusions.scored:
        lines = [_pair_line(pair, test) for pair, test in _leading(conclusions, tests)]
        if len(conclusions.pairs) != 1:
            lines.insert(0, _mean_scores(conclusions.sides))
    else:
        lines = [_nothing_scored(conclusions)]
        if len(tests) == 1 and (extra := _price_and_time(conclusions.pairs[0], tests[0])):
            lines.append(sentence(f"{conclusions.pairs[0].first.label} {extra}"))
    return (*lines, *missing_lines(conclusions))


def verdict_statements(conclusions: Conclusions, tests: Sequence[PairTest]) -> tuple[str, ...]:
    """Return the verdict of a report, a line for each statement: four to six of two to four sides.

    Which side was better and by how much, how sure that is, what would settle it, the price and
    the time; without scores, how many answers are to be scored. What is missing follows as in
    `verdict_lines`.
    """
    if len(conclusions.sides) < 2:
        return (_alone(conclusions),)
    if not conclusions.scored:
        lines = [_nothing_scored(conclusions)]
    elif len(tests) == 1:
        which, *how_sure = _pair_clauses(conclusions.pairs[0], tests[0]).statements
        lines = [which, _mean_scores(conclusions.sides), *how_sure]
    else:
        lines = [_pair_line(pair, test) for pair, test in _leading(conclusions, tests)]
        lines.insert(0, _mean_scores(conclusions.sides))
    price, time = _prices(conclusions), _times(conclusions, tests)
    if conclusions.scored and not price:
        price = _no_prices(conclusions.sides)
    return (*lines, *filter(None, (price, time)), *missing_lines(conclusions))


def _leading(
    conclusions: Conclusions, tests: Sequence[PairTest]
) -> Iterator[tuple[PairResult, PairTest]]:
    """Yield the pairs of the leading side."""
    leading = conclusions.table.leading_pairs
    for pair, test in zip(conclusions.pairs, tests, strict=True):
        if pair.scores in leading:
            yield pair, test


def _alone(conclusions: Conclusions) -> str:
    side = conclusions.sides[0]
    if side.mean is None:
        return _nothing_scored(conclusions)
    mean = f"{float(side.mean):.1f} of 5 on {counted(side.judged, 'task')}"
    return f"{side.label} has a mean score of {mean}; there is no other side to compare it with."


def _nothing_scored(conclusions: Conclusions) -> str:
    waiting = sum(one.unscored for one in conclusions.results.cells)
    if not waiting:
        return "No answer yet: nothing to score."
    return f"No answer is scored yet: {counted(waiting, 'answer')} to score."


def _mean_scores(sides: Sequence[SideResult]) -> str:
    """Return ``Mean scores: A 4.1 (8 tasks), B 3.5 (8 tasks).``, the best side first."""
    scored = [(float(side.mean), side) for side in sides if side.mean is not None]
    ranked = sorted(scored, key=lambda one: -one[0])
    texts = [f"{side.label} {mean:.1f} ({counted(side.judged, 'task')})" for mean, side in ranked]
    return f"Mean scores: {', '.join(texts)}."


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _pair_line(pair: PairResult, test: PairTest) -> str:
    line = _capital(sentence(pair_sentence(pair, test)))
    # With more pairs a table has it.
    extra = _price_and_time(pair, test) if pair.scores.pairs == 1 else ""
    if not extra:
        return line
    subject = "It" if pair.scores.mean else pair.first.label
    return f"{line} {sentence(f'{subject} {extra}')}"


def pair_sentence(pair: PairResult, test: PairTest) -> str:
    """Return which side of a pair was better, by how much, and how sure that is."""
    return _pair_clauses(pair, test).joined


class _Clauses(NamedTuple):
    """What is said of a pair."""

    which: str
    """Which side was better, and by how much."""
    sure: str = ""
    """How sure that is."""
    settle: str = ""
    """How many more tasks would settle it."""

    @property
    def joined(self) -> str:
        """All in one sentence."""
        return ", ".join(filter(None, ("; ".join(filter(None, self[:2])), self.settle)))

    @property
    def statements(self) -> list[str]:
        """Each as a sentence."""
        clauses = (self.which, self.sure.removeprefix("but "), self.settle)
        return [_capital(sentence(clause)) for clause in clauses if clause]


def _pair_clauses(pair: PairResult, test: PairTest) -> _Clauses:
    scores = pair.scores
    first, second = pair.first.label, pair.second.label
    if not scores.tasks:
        return _Clauses(f"no task has a score of both {first} and {second} yet")
    if not scores.complete:
        return _so_far(pair)
    if not scores.differing:
        on = _on(scores.tasks, scores.tasks)
        return _Clauses(f"{first} and {second} were equal on {on}: cannot tell these apart")
    better = f"{first} was {_counts(pair)}"
    if scores.differing < scores.least_differing:
        few, least = scores.differing, scores.least_differing
        over = f" for {scores.pairs} pairs" if scores.pairs > 1 else ""
        limit = f"but {counted(few, 'differing task')} cannot reach {_ODDS} whatever the scores"
        if scores.tasks == 1:
            limit = "one task cannot tell them apart"
        return _Clauses(better, f"{limit}: at least {least} are needed{over}")
    if not scores.mean:
        return _Clauses(f"{better}, with equal means: cannot tell these apart")
    by = f"{better}, by {float(scores.mean):.1f} points"
    odds = sessions(test.adjusted)
    if scores.pairs > 1:
        odds += f" (corrected for {scores.pairs} pairs)"
    if test.significant:
        within = f" ({_points(test.interval)})" if test.interval else ""
        return _Clauses(f"clear: {by}{within}", f"without a real difference this comes in {odds}")
    more = scores.more_tasks
    return _Clauses(
        f"{by} on average",
        f"without a real difference a gap this large comes in {odds}: cannot tell these apart yet",
        f"about {counted(more, 'more task')} like these would settle it" if more else "",
    )


def _so_far(pair: PairResult) -> _Clauses:
    """Return the same while tasks are still to be scored."""
    scores, so_far = pair.scores, f"{pair.first.label} is {_counts(pair)} so far"
    not_yet = _not_yet(scores.wins_to_go, scores.open)
    if not scores.differing:
        equal = f"{pair.first.label} and {pair.second.label} are equal on"
        return _Clauses(f"{equal} {_on(scores.tasks, scores.tasks)} so far", not_yet)
    if scores.enough:
        return _Clauses(f"enough for a verdict: {so_far}")
    average = " on average" if scores.tasks > 1 else ""
    by = f", by {float(scores.mean):.1f} points{average}" if scores.mean else ", with equal means"
    return _Clauses(f"{so_far}{by}", not_yet)


def _counts(pair: PairResult) -> str:
    """Return ``better on 5, equal on 2, worse on 1 of 8 tasks``, with several pairs than whom.

    For one task only the count that includes it is named.
    """
    scores = pair.scores
    better = f"better than {pair.second.label}" if scores.pairs > 1 else "better"
    counts = {
        better: scores.better,
        "equal": scores.equal,
        "both bad": scores.both_bad,
        "worse": scores.worse,
    }
    always = better if scores.tasks > 1 else None
    *parts, (what, last) = [
        (what, count) for what, count in counts.items() if count or what == always
    ]
    texts = [
        *(f"{what} on {count}" for what, count in parts),
        f"{what} on {_on(last, scores.tasks)}",
    ]
    return ", ".join(texts)


def _on(count: int, tasks: int) -> str:
    """Return ``3 of 8 tasks``; of one, that it is the only one."""
    return f"{count} of {counted(tasks, 'task')}" if tasks > 1 else "the only task compared"


def sessions(p: float) -> str:
    """Return a p as how many sessions: ``1 of 8 sessions``; never rarer than it is."""
    if p <= 1 / 3:
        return f"1 of {int(1 / p):,} sessions"
    if p >= 1:
        return "every session"
    tenths = round(10 * p)
    return "nearly every session" if tenths == 10 else f"{tenths} of 10 sessions"


def _price_and_time(pair: PairResult, test: PairTest) -> str:
    """Return what the first side costs and takes more: ``costs $0.012 more an answer and …``.

    Return "" if neither is known.
    """
    return " and ".join(filter(None, (_price(pair), _time(test))))


def _prices(conclusions: Conclusions) -> str:
    """Return what an answer of each side costs; "" if that is known of none."""
    if len(conclusions.pairs) == 1:
        pair = conclusions.pairs[0]
        return sentence(f"{pair.first.label} {price}") if (price := _price(pair)) else ""
    if all(side.cost.mean is None for side in conclusions.sides):
        return ""
    texts = [f"{side.label} {_cost(side.cost)}" for side in conclusions.sides]
    return f"An answer costs: {', '.join(texts)}."


def _no_prices(sides: Sequence[SideResult]) -> str:
    """Return why it is not known what any answer costs; "" if there is none."""
    reasons = dict.fromkeys(side.cost.reason for side in sides if side.cost.reason)
    return f"What an answer costs is not known: {join_list(list(reasons))}." if reasons else ""


def _cost(cost: Cost) -> str:
    if cost.mean is None:
        return f"not known ({cost.reason or 'no answer'})"
    return format_answer_cost(cost.mean)


def _times(conclusions: Conclusions, tests: Sequence[PairTest]) -> str:
    """Return how long an answer of each side takes, the fastest first.

    Return "" if it is known of fewer than two.
    """
    if len(tests) == 1:
        label = conclusions.pairs[0].first.label
        return sentence(f"{label} {time}") if (time := _time(tests[0])) else ""
    waits = [(side.wait.value, side.label) for side in conclusions.sides if side.wait is not None]
    texts = [f"{label} {format_ns(round(wait))}" for wait, label in sorted(waits)]
    return f"Median time of an answer: {', '.join(texts)}." if len(texts) > 1 else ""


def _price(pair: PairResult) -> str:
    first, second = pair.first.cost, pair.second.cost
    if pair.extra_cost is not None:
        if not pair.extra_cost:
            return "costs the same an answer"
        way = "more" if pair.extra_cost > 0 else "less"
        return f"costs {format_answer_cost(abs(pair.extra_cost))} {way} an answer"
    if first.mean is not None:
        other = f"({pair.second.label}: {second.reason or 'not known'})"
        return f"costs {_each(first.mean)} {other}"
    if second.mean is not None:
        other = f"{pair.second.label}: {_each(second.mean)}"
        return f"costs an unknown amount ({first.reason or 'not known'}; {other})"
    return ""


def _each(cost: float) -> str:
    return f"{format_answer_cost(cost)} an answer" if cost else "nothing"


def _time(test: PairTest) -> str:
    ratio = test.ratio
    if ratio is None:
        return ""
    within = ""
    if ratio.interval is not None:
        within = f" ({times(ratio.interval.low)}–{times(ratio.interval.high)})"
    return f"takes {times(ratio.value)} × as long{within}"


def times(ratio: float) -> str:
    """Return a ratio as ``2.1``, ``31``, ``0.48`` or ``0.004``."""
    if ratio < 0.095:
        return f"{ratio:.1g}"
    return f"{ratio:.0f}" if ratio >= 9.95 else f"{ratio:.1f}" if ratio >= 0.95 else f"{ratio:.2f}"


def _points(interval: Interval) -> str:
    # A minus before a bound would look like the dash between the two.
    low, high = (f"{bound:.1f}".replace("-", "−") for bound in interval)
    return f"{low}–{high}"


# -- enough already? --------------------------------------------------------------------------


def hint(table: ScoreTable) -> str:
    """Return whether one may stop scoring; "" before two sides share a scored task."""
    pairs = table.leading_pairs
    if not any(pair.tasks for pair in pairs):
        return ""
    if is_clear(table):
        return "enough for a verdict"
    if all(pair.complete for pair in pairs):
        return "all scored: cannot tell these apart"
    undecided = [pair for pair in pairs if not pair.complete and not pair.enough]
    if not undecided:  # each is decided, but not in favour of one side
        return "not yet: no side is better than all others"
    return _not_yet(
        max(pair.wins_to_go for pair in undecided), max(pair.open for pair in undecided)
    )


def _not_yet(to_go: int, left: int) -> str:
    """Return ``not yet: 3 more tasks the same way would do``; with those left, if fewer."""
    text = f"not yet: {counted(to_go, 'more task')} the same way would do"
    return text if to_go <= left else f"{text}, {left} {'is' if left == 1 else 'are'} left"


# -- what is missing, flags, the judge --------------------------------------------------------


def missing_lines(conclusions: Conclusions) -> tuple[str, ...]:
    """Return which sides have no answers to some tasks, and why; not what is still to be run."""
    lines = []
    for place, side in enumerate(conclusions.sides):
        reasons = [
            one.reasons[place]
            for one in conclusions.tasks
            if one.reasons[place] and not one.open[place]
        ]
        if not reasons:
            continue
        causes = join_list([truncate(cause, 80) for cause in dict.fromkeys(reasons)])
        of = len(conclusions.tasks)
        tasks = f"{len(reasons)} of {counted(of, 'task')}" if of > 1 else "the only task"
        lines.append(f"{side.label} has no answer to {tasks}: {sentence(causes)}")
    return tuple(lines)


def flag_text(flag: Flag) -> str:
    """Return the text of a task's flag."""
    about = f" ({join_list(flag.labels)})" if flag.labels else ""
    return f"{flag.kind}{about}"


#: What each flag means, for a legend.
FLAG_MEANINGS = {
    "no signal": "all sides have the same score",
    "all failed": "no side has more than 2 of 5",
    "flaky": "the scores of a side's trials differ by 2 or more",
    "inverted": "the side with the best mean loses by 2 or more",
}


def bias_lines(results: SessionResults) -> tuple[str, ...]:
    """Return how often the left and the longer one of two answers won, each with its p."""
    found = {"left": left_bias(results), "longer": length_bias(results)}
    return tuple(
        f"the {which} one won {bias.won} of {bias.of} (p = {bias.p:.2f})"
        for which, bias in found.items()
        if bias is not None and bias.of
    )
