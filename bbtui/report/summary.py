"""The summary: what ran, what could not and why, and how it was scored, in sentences."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from bbtui.domain.cell_results import CellResult, SessionResults
from bbtui.domain.outcome import mean_score, outcome
from bbtui.formatting.numbers import format_mean
from bbtui.formatting.text import counted, join_list, sentence
from bbtui.report.fairness import differences
from bbtui.report.phrase import Code, Phrase, joined, with_code


def summary(results: SessionResults) -> tuple[Phrase, ...]:
    """One phrase per fact, the plainest first."""
    lines: list[Phrase] = [_what_ran(results)]
    for endpoint in results.session.endpoints:
        cells = results.of_endpoint(endpoint)
        lines.append(_answered(results.label(endpoint), endpoint.model, cells))
        lines += _shortfalls(results, cells)
    lines.append(_scores(results))
    won = _won(results)
    if won:
        lines.append(won)
    unequal = differences(results)
    if unequal:
        lines.append(f"Conditions were not equal: {'; '.join(one.words for one in unequal)}.")
    return tuple(line for line in lines if line)


def by_cause(cells: Iterable[CellResult]) -> dict[str, list[CellResult]]:
    """The cells grouped by why they fell short, in the order the causes first appear."""
    groups: dict[str, list[CellResult]] = {}
    for one in cells:
        groups.setdefault(" ".join(one.cause.split()), []).append(one)
    return groups


def _what_ran(results: SessionResults) -> str:
    session = results.session
    tasks = counted(len(session.tasks), "task")
    endpoints = counted(len(session.endpoints), "endpoint")
    trials = f", {session.trials} times each" if session.trials > 1 else ""
    order = ""
    if len(session.endpoints) > 1:
        together = session.mode == "at once"
        order = ", all at the same time" if together else ", one after the other"
    return f"{tasks} for {endpoints}{trials}{order}."


def _answered(label: str, model: str, cells: tuple[CellResult, ...]) -> Phrase:
    whole = sum(one.whole for one in cells)
    cut = sum(one.cut for one in cells)
    flagged = f", {cut} of them cut at the limit" if cut else ""
    return (f"{label} (", Code(model), f") answered {whole} of {len(cells)}{flagged}.")


def _shortfalls(results: SessionResults, cells: tuple[CellResult, ...]) -> list[Phrase]:
    """Why an endpoint's cells are missing, and which of its answers broke off or still came."""
    coming = [one for one in cells if one.unfinished]
    ended = [one for one in cells if not one.unfinished]
    missing = by_cause(one for one in ended if not one.available)
    broken = by_cause(one for one in ended if one.available and not one.whole)
    lines = [
        joined(
            f"{group[0].label} has no answer to {_which(results, group)}: ",
            with_code(sentence(cause)),
        )
        for cause, group in missing.items()
    ]
    lines += [
        joined(
            f"{group[0].label} broke off on {_which(results, group)} and its text is kept: ",
            with_code(sentence(cause)),
        )
        for cause, group in broken.items()
    ]
    if coming:
        at = join_list([results.title(one) for one in coming])
        lines.append(f"{coming[0].label} was still at {at} when this report was written.")
    return lines


def _which(results: SessionResults, group: list[CellResult]) -> str:
    everything = len(results.session.tasks) * results.session.trials
    if len(group) == everything and everything > 1:
        return f"any of the {everything}"
    return join_list([results.title(one) for one in group])


def _scores(results: SessionResults) -> str:
    means = []
    for endpoint in results.session.endpoints:
        mean = mean_score(results.of_endpoint(endpoint))
        if mean is not None:
            figure, count = mean
            means.append(
                f"{results.label(endpoint)} {format_mean(figure)} ({counted(count, 'score')})"
            )
    open_cells = sum(one.available and one.marks.score is None for one in results.cells)
    if not means:
        return "No answer has been scored yet." if open_cells else ""
    left = (
        f" {counted(open_cells, 'answer has', 'answers have')} no score yet." if open_cells else ""
    )
    return f"Mean score out of 5: {', '.join(means)}.{left}"


def _won(results: SessionResults) -> str:
    """How many tasks each side took; nothing while no task is decided."""
    outcomes = [outcome(results, task) for task in results.session.tasks]
    kinds = Counter(one.kind for one in outcomes)
    if not kinds["endpoint"] + kinds["tie"] + kinds["both bad"]:
        return ""
    wins = Counter(one.labels for one in outcomes if one.kind == "endpoint")
    labels = [results.label(endpoint) for endpoint in results.session.endpoints]
    parts = [f"{label} {counted(wins[label,], 'task')}" for label in labels]
    rest = {
        "tied": kinds["tie"],
        "both bad": kinds["both bad"],
        "not scored": kinds["not scored"],
        "not comparable": kinds["missing"],
    }
    parts += [f"{words} {count}" for words, count in rest.items() if count]
    return f"Won: {', '.join(parts)}."
