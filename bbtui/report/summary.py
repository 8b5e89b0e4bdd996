"""The summary in sentences: what ran, what did not and why, the scores, the winners."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from bbtui.domain.cell_results import NOT_RUN, CellResult, SessionResults, mean_score, outcome
from bbtui.formatting.text import counted, join_list, sentence
from bbtui.report.costs import session_cost_text
from bbtui.report.fairness import differences
from bbtui.report.scores import mean_text
from bbtui.report.styled_text import Code, StyledText, concat, parse_code_spans


def summary(results: SessionResults) -> tuple[StyledText, ...]:
    """Return one line per fact."""
    lines: list[StyledText] = [_what_ran(results)]
    for endpoint in results.session.endpoints:
        cells = results.of_endpoint(endpoint)
        lines.append(_answered(results.label(endpoint), endpoint.model, cells))
        lines += _shortfalls(results, cells)
    lines += [_scores(results), _won(results), _costs(results)]
    if unequal := "; ".join(difference.text for difference in differences(results)):
        lines.append(f"Conditions differed: {unequal}.")
    return tuple(line for line in lines if line)


def by_cause(cells: Iterable[CellResult]) -> dict[str, list[CellResult]]:
    """Return the cells grouped by cause, in the order in which the causes first appear."""
    groups: dict[str, list[CellResult]] = {}
    for cell in cells:
        groups.setdefault(" ".join(cell.problem.cause.split()), []).append(cell)
    return groups


def _what_ran(results: SessionResults) -> str:
    session = results.session
    tasks = counted(len(session.tasks), "task")
    endpoints = counted(len(session.endpoints), "endpoint")
    trials = f", {session.trials} trials each" if session.trials > 1 else ""
    order = ""
    if len(session.endpoints) > 1:
        order = ", run in parallel" if session.mode == "at once" else ", run sequentially"
    return f"{tasks}, {endpoints}{trials}{order}."


def _answered(label: str, model: str, cells: tuple[CellResult, ...]) -> StyledText:
    whole = sum(cell.whole for cell in cells)
    cut = sum(cell.cut for cell in cells)
    flagged = f", {cut} at the token limit" if cut else ""
    return (f"{label} (", Code(model), f") answered {whole} of {len(cells)}{flagged}.")


def _shortfalls(results: SessionResults, cells: tuple[CellResult, ...]) -> list[StyledText]:
    """Return why an endpoint's answers are missing or incomplete, and which are still running."""
    running = [cell for cell in cells if cell.unfinished]
    ended = [cell for cell in cells if not cell.unfinished and cell.answer is not None]
    not_run = by_cause(cell for cell in cells if cell.answer is None)
    missing = by_cause(cell for cell in ended if not cell.available)
    incomplete = by_cause(cell for cell in ended if cell.available and not cell.whole)
    lines: list[StyledText] = [
        concat(
            f"{group[0].label} was not run on {_which(results, group)}",
            concat(": ", parse_code_spans(sentence(cause))) if cause != NOT_RUN else ".",
        )
        for cause, group in not_run.items()
    ]
    lines += [
        concat(
            f"{group[0].label} gave {what} for {_which(results, group)}: ",
            parse_code_spans(sentence(cause)),
        )
        for what, groups in (("no answer", missing), ("a partial answer", incomplete))
        for cause, group in groups.items()
    ]
    if running:
        titles = join_list([results.title(cell) for cell in running])
        lines.append(
            f"{running[0].label} was still answering {titles} when this report was written."
        )
    return lines


def _which(results: SessionResults, group: list[CellResult]) -> str:
    total = len(results.session.tasks) * results.session.trials
    if len(group) == total and total > 1:
        return f"any of the {total}"
    return join_list([results.title(cell) for cell in group])


def _scores(results: SessionResults) -> str:
    means = [
        f"{results.label(endpoint)} {mean_text(mean)}"
        for endpoint in results.session.endpoints
        if (mean := mean_score(results.of_endpoint(endpoint)))
    ]
    unscored = sum(cell.unscored for cell in results.cells)
    if not means:
        return "No answers scored yet." if unscored else ""
    left = f" {counted(unscored, 'answer')} not scored yet." if unscored else ""
    return f"Mean score out of 5: {', '.join(means)}.{left}"


def _costs(results: SessionResults) -> str:
    """Return what each rented machine cost during the session; empty without one."""
    costs = [
        f"{results.label(endpoint)} {cost}"
        for endpoint in results.session.endpoints
        if (cost := session_cost_text(results, endpoint))
    ]
    return f"Cost of the session: {'; '.join(costs)}." if costs else ""


def _won(results: SessionResults) -> str:
    """Return how many tasks each endpoint won; empty while no task is decided."""
    outcomes = [outcome(results, task) for task in results.session.tasks]
    kinds = Counter(won.kind for won in outcomes)
    if not kinds["endpoint"] + kinds["tie"] + kinds["both bad"]:
        return ""
    wins = Counter(won.labels for won in outcomes if won.kind == "endpoint")
    labels = [results.label(endpoint) for endpoint in results.session.endpoints]
    parts = [f"{label} {wins[label,]}" for label in labels]
    rest = {
        "tied": kinds["tie"],
        "both bad": kinds["both bad"],
        "not scored": kinds["not scored"],
        "not comparable": kinds["missing"],
    }
    parts += [f"{kind} {count}" for kind, count in rest.items() if count]
    return f"Tasks won: {', '.join(parts)}."
