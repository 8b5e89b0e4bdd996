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


def next_steps(stands: SessionResults) -> tuple[Phrase, ...]:
    """In the order one would take them; one sentence that says so when nothing is left."""
    steps = [
        *_repairs(stands),
        *_missing(stands),
        *(one.remedy for one in differences(stands) if one.remedy),
        *_longer(stands),
        *_open_scores(stands),
    ]
    return tuple(steps) or ("Nothing is left to do.",)


def _repairs(stands: SessionResults) -> list[Phrase]:
    """What keeps an endpoint from answering, each cause once, with the fix."""
    steps: list[Phrase] = []
    for endpoint in stands.session.endpoints:
        seen = stands.session.seen.get(endpoint.name, HostRecord())
        broken = [one for one in stands.of_endpoint(endpoint) if not one.whole]
        causes = {cause: group[0].hint for cause, group in by_cause(broken).items()}
        if seen.words:
            causes.setdefault(" ".join(seen.words.split()), seen.hint)
        label = stands.label(endpoint)
        for cause, hint in causes.items():
            if hint:
                steps.append(with_code(sentence(f"{label}, {cause}: {hint}")))
            elif _POD_IS_OFF.search(cause):
                command = Code(f"bbtui pods start {endpoint.name}")
                steps.append((f"Start the pod of {label}: ", command))
    return steps


def _missing(stands: SessionResults) -> list[Phrase]:
    session = stands.session
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


def _longer(stands: SessionResults) -> list[Phrase]:
    cut = sum(one.cut for one in stands.cells)
    if not cut:
        return []
    limit = stands.session.options.num_predict
    now = "" if limit is None else f" (now {limit:,})"
    were = counted(cut, "answer was", "answers were")
    return [("Raise ", Code("num_predict"), f"{now} for a new session: {were} cut at the limit.")]


def _open_scores(stands: SessionResults) -> list[Phrase]:
    count = sum(one.available and one.marks.score is None for one in stands.cells)
    if not count:
        return []
    command = Code(f"bbtui score {reference(stands.session)}")
    return [(f"Score what has no score yet, {counted(count, 'answer')}: ", command)]
