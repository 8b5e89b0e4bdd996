"""The next steps of a session, each with the command that does it."""

from __future__ import annotations

import re

from bbtui.domain.cell_results import SessionResults
from bbtui.domain.session import Session
from bbtui.formatting.text import counted, sentence
from bbtui.report.fairness import differences
from bbtui.report.styled_text import Code, StyledText, parse_code_spans
from bbtui.report.summary import by_cause

_POD_IS_OFF = re.compile(r"\bpod\b.*\b(stopped|off|not running|exited|gone)\b", re.IGNORECASE)


def reference(session: Session) -> str:
    """Return what identifies a session on the command line: its number, or its id without one."""
    return str(session.number) if session.number else session.id


def next_steps(results: SessionResults) -> tuple[StyledText, ...]:
    """Return the steps in the order to take them; one sentence if nothing is left to do."""
    steps = [
        *_fixes(results),
        *_missing(results),
        *(difference.remedy for difference in differences(results) if difference.remedy),
        *_token_limit(results),
        *_unscored(results),
    ]
    return tuple(steps) or ("None: nothing is missing.",)


def _fixes(results: SessionResults) -> list[StyledText]:
    """Return what keeps an endpoint from answering, each cause once, with its fix."""
    steps: list[StyledText] = []
    for endpoint in results.session.endpoints:
        seen = results.session.host_record(endpoint)
        broken = [cell for cell in results.of_endpoint(endpoint) if not cell.whole]
        causes = {cause: group[0].problem.fix for cause, group in by_cause(broken).items()}
        if seen.problem:
            causes.setdefault(" ".join(seen.problem.cause.split()), seen.problem.fix)
        label = results.label(endpoint)
        for cause, hint in causes.items():
            if hint:
                steps.append(parse_code_spans(sentence(f"{label}: {cause} — {hint}")))
            elif _POD_IS_OFF.search(cause):
                command = Code(f"bbtui pods start {endpoint.name}")
                steps.append((f"Start {label}'s pod: ", command))
    return steps


def _missing(results: SessionResults) -> list[StyledText]:
    session = results.session
    missing = session.missing()
    if not missing:
        return []
    tried = any(session.latest(cell) is not None for cell in missing)
    partial = any(not session.is_unavailable(cell) for cell in missing)
    program, of = "demo" if session.embedded else "run", reference(session)
    command = f"bbtui {program} --{'missing' if tried and not partial else 'resume'} {of}"
    command += " --retry-errors" if partial else ""
    answers = "missing answer" if len(missing) == 1 else f"{len(missing)} missing answers"
    return [(f"{'Rerun' if tried else 'Run'} the {answers}: ", Code(command))]


def _token_limit(results: SessionResults) -> list[StyledText]:
    cut = sum(cell.cut for cell in results.cells)
    if not cut:
        return []
    limit = results.session.options.num_predict
    now = "" if limit is None else f" (now {limit:,})"
    reached = f"{now} in a new session: {counted(cut, 'answer')} reached the token limit."
    return [("Raise ", Code("num_predict"), reached)]


def _unscored(results: SessionResults) -> list[StyledText]:
    count = sum(cell.unscored for cell in results.cells)
    if not count:
        return []
    command = Code(f"bbtui score {reference(results.session)}")
    return [(f"Score the {counted(count, 'unscored answer')}: ", command)]
