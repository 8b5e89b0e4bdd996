"""The next steps: what the facts of a session ask for, each with the command that does it."""

from __future__ import annotations

import re

from bbtui.domain.cell_results import SessionResults
from bbtui.domain.session import HostRecord, Session
from bbtui.formatting.text import counted, sentence
from bbtui.report.fairness import differences
from bbtui.report.phrase import Code, Phrase, with_code
from bbtui.report.summary import by_cause

_POD_IS_OFF = re.compile(r"\bpod\b.*\b(stopped|off|not running|exited|gone)\b", re.IGNORECASE)


def reference(session: Session) -> str:
    """How the command line names a session: its number, or its id where it has none."""
    return str(session.number) if session.number else session.id


def next_steps(results: SessionResults) -> tuple[Phrase, ...]:
    """In the order one would take them; one sentence that says so when nothing is left."""
    steps = [
        *_repairs(results),
        *_missing(results),
        *(one.remedy for one in differences(results) if one.remedy),
        *_longer(results),
        *_open_scores(results),
    ]
    return tuple(steps) or ("Nothing is left to do.",)


def _repairs(results: SessionResults) -> list[Phrase]:
    """What keeps an endpoint from answering, each cause once, with the fix."""
    steps: list[Phrase] = []
    for endpoint in results.session.endpoints:
        seen = results.session.seen.get(endpoint.name, HostRecord())
        broken = [one for one in results.of_endpoint(endpoint) if not one.whole]
        causes = {cause: group[0].hint for cause, group in by_cause(broken).items()}
        if seen.words:
            causes.setdefault(" ".join(seen.words.split()), seen.hint)
        label = results.label(endpoint)
        for cause, hint in causes.items():
            if hint:
                steps.append(with_code(sentence(f"{label}, {cause}: {hint}")))
            elif _POD_IS_OFF.search(cause):
                command = Code(f"bbtui pods start {endpoint.name}")
                steps.append((f"Start the pod of {label}: ", command))
    return steps


def _missing(results: SessionResults) -> list[Phrase]:
    session = results.session
    missing = session.missing()
    if not missing:
        return []
    tried = any(session.latest(cell) is not None for cell in missing)
    command = f"bbtui {'demo' if session.embedded else 'run'} --resume {reference(session)}"
    command += " --retry-errors" if tried else ""
    count = "" if len(missing) == 1 else f"{len(missing)} "
    answers = "answer" if len(missing) == 1 else "answers"
    what = f"Run the {count}missing {answers}{' again' if tried else ''}: "
    return [(what, Code(command))]


def _longer(results: SessionResults) -> list[Phrase]:
    cut = sum(one.cut for one in results.cells)
    if not cut:
        return []
    limit = results.session.options.num_predict
    now = "" if limit is None else f" (now {limit:,})"
    were = counted(cut, "answer was", "answers were")
    return [("Raise ", Code("num_predict"), f"{now} for a new session: {were} cut at the limit.")]


def _open_scores(results: SessionResults) -> list[Phrase]:
    count = sum(one.available and one.marks.score is None for one in results.cells)
    if not count:
        return []
    command = Code(f"bbtui score {reference(results.session)}")
    return [(f"Score what has no score yet, {counted(count, 'answer')}: ", command)]
