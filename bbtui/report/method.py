"""The method: how each figure is defined, which conditions were equal, and the limitations."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from bbtui.domain.address import host_key
from bbtui.domain.cell_results import SessionResults
from bbtui.domain.session import Session
from bbtui.formatting.text import counted, join_list
from bbtui.report.costs import uses_pods
from bbtui.report.fairness import differences, unsent
from bbtui.report.styled_text import Code, Span, StyledText, concat

#: Each name and its meaning: the definitions of bbtui/domain/timing.py for readers.
DEFINITIONS: tuple[tuple[str, str], ...] = (
    (
        "Latency (E2E)",
        "from the moment the request was written to the end of the answer; "
        "none where the answer broke off",
    ),
    (
        "First token (TTFT)",
        "from the request written to the first read that brought any text, thinking included; "
        "first answer text (TTFA) leaves thinking out",
    ),
    (
        "tok/s",
        "(n − 1) / (last text read − first text read), n being the server's own count of tokens; "
        "a figure marked ~ counts chunks, because the server gave no count",
    ),
    ("Load", "the server's time to bring the model into memory, as part of this request"),
    ("Queue", "the server's total less load, prefill and writing: waiting and overhead"),
    ("Prefill", "the server's time to read the prompt; tokens it had cached cost it nothing"),
    (
        "Start",
        "warm: the model was in memory before the request; "
        "a load step before it is on a clock of its own and in no other figure",
    ),
    ("Score", "one person's judgement from 1 (useless) to 5 (as good as it gets)"),
    ("Checks", "facts about the text found by a program, and no part of the score"),
)
#: Only in reports of sessions with pods.
COST = (
    "Cost",
    "the pod's price per hour, as its provider tells it, times the time from the request written "
    "to the end; of a session times the time the pod was seen up while it was open; "
    "storage is not in it",
)


@dataclass(frozen=True, slots=True)
class Method:
    """The content of the section."""

    definitions: tuple[tuple[str, str], ...]
    equal: tuple[StyledText, ...]
    unequal: tuple[StyledText, ...]
    limits: tuple[StyledText, ...]


def method(results: SessionResults) -> Method:
    """Return the definitions, the conditions and the limitations of a session's figures."""
    definitions = (*DEFINITIONS, COST) if uses_pods(results) else DEFINITIONS
    return Method(definitions, _equal(results.session), _unequal(results), _limits(results))


def options_text(session: Session, leave_out: Collection[str] = ()) -> StyledText:
    """Return the options that are set, separated by commas; empty without any."""
    found: list[Span] = []
    for name, value in session.options.sent().items():
        if name not in leave_out:
            found += [", "] if found else []
            found.append(Code(f"{name} {_value(value)}"))
    return tuple(found)


def _value(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, tuple):
        return " ".join(repr(item) for item in value)
    return str(value)


def _equal(session: Session) -> tuple[StyledText, ...]:
    lines: list[StyledText] = [
        "The prompts are the same, sent with no system prompt and no history."
    ]
    missing = {name for endpoint in session.endpoints for name in unsent(session, endpoint)}
    alike = options_text(session, leave_out=missing)
    if not session.options.sent():
        lines.append("No options were sent: every server used its own defaults.")
    elif alike:
        lines.append(concat("Options sent to every endpoint: ", alike, "."))
    order = "One request at a time to each endpoint"
    if len(session.endpoints) == 1:
        lines.append(f"{order}.")
    elif session.mode == "at once":
        lines.append(f"{order}, all endpoints at once.")
    else:
        lines.append(f"{order}, and each endpoint ran alone while the others waited.")
    return tuple(lines)


def _unequal(results: SessionResults) -> tuple[StyledText, ...]:
    session = results.session
    lines: list[StyledText] = [
        f"{_capital(difference.text)}." for difference in differences(results)
    ]
    everywhere = [set(unsent(session, endpoint)) for endpoint in session.endpoints]
    nowhere = set.intersection(*everywhere) if everywhere else set()
    if nowhere:
        names = [name for name in session.options.sent() if name in nowhere]
        lines.append(
            f"Set but sent to none, because the dialect has no word for it: {join_list(names)}."
        )
    return tuple(lines)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _limits(results: SessionResults) -> tuple[StyledText, ...]:
    session = results.session
    tasks, trials = counted(len(session.tasks), "task"), counted(session.trials, "trial")
    lines: list[StyledText] = [
        f"One person's scores over {tasks} and {trials} each: an impression, not a proof.",
        "Every time is the client's own clock at the read; the network is part of it.",
        "A chunk is not a token: several may arrive in one read, and one may hold several.",
    ]
    shared = _sharing_a_host(results)
    if shared and session.mode == "at once":
        lines.append(
            f"{join_list(shared)} ran at once on one machine and may have slowed each other down."
        )
    return tuple(lines)


def _sharing_a_host(results: SessionResults) -> list[str]:
    """Return the labels of the first endpoints that share a host."""
    hosts: dict[str, list[str]] = {}
    for endpoint in results.session.endpoints:
        try:
            where = host_key(endpoint.address)
        except ValueError:  # a masked address need not be a valid one
            continue
        if where and "…" not in where:  # of a masked pod the name is not known
            hosts.setdefault(where, []).append(results.label(endpoint))
    return next((labels for labels in hosts.values() if len(labels) > 1), [])
