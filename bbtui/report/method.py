"""The method: how each figure is defined, which conditions were equal, and the limitations."""

from __future__ import annotations

from collections.abc import Collection

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
        "from the request being written to the end of the answer; N/A for an incomplete answer",
    ),
    (
        "First token (TTFT)",
        "from the request being written to the first read with any text, thinking included; "
        "first answer text (TTFA) excludes thinking",
    ),
    (
        "tok/s",
        "(n − 1) / (last text read − first text read), where n is the server's token count; "
        "~ marks a figure that counts chunks because the server reported no token count",
    ),
    ("Load", "the server's time to load the model into memory within this request"),
    ("Queue", "the server's total minus load, prefill and generation: waiting and overhead"),
    ("Prefill", "the server's time to process the prompt; cached tokens take no time"),
    (
        "Start",
        "warm if the model was in memory before the request; "
        "a load step before it has its own clock and is in no other figure",
    ),
    ("Score", "one person's judgement from 1 (useless) to 5 (excellent)"),
    ("Checks", "automatic checks of the text; not part of the score"),
)
#: Only in reports of sessions with pods.
COST = (
    "Cost",
    "the provider's price per hour times the time from the request being written to the end; "
    "for a session, times the time the pod was seen running while the session was open; "
    "storage is not included",
)


def definitions(results: SessionResults) -> tuple[tuple[str, str], ...]:
    """Return each name and its meaning, that of the cost only for a session with pods."""
    return (*DEFINITIONS, COST) if uses_pods(results) else DEFINITIONS


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


def equal_conditions(session: Session) -> tuple[StyledText, ...]:
    """Return what was the same for all endpoints."""
    lines: list[StyledText] = ["Prompts, sent without a system prompt or history."]
    missing = {name for endpoint in session.endpoints for name in unsent(session, endpoint)}
    alike = options_text(session, leave_out=missing)
    if not session.options.sent():
        lines.append("No options sent: server defaults apply.")
    elif alike:
        lines.append(concat("Options sent to every endpoint: ", alike, "."))
    order = "One request at a time per endpoint"
    if len(session.endpoints) == 1:
        lines.append(f"{order}.")
    elif session.mode == "at once":
        lines.append(f"{order}, endpoints in parallel.")
    else:
        lines.append(f"{order}, endpoints sequentially.")
    return tuple(lines)


def unequal_conditions(results: SessionResults) -> tuple[StyledText, ...]:
    """Return what differed between endpoints, and the options that none of them supports."""
    session = results.session
    lines: list[StyledText] = [
        f"{difference.text[:1].upper()}{difference.text[1:]}."
        for difference in differences(results)
    ]
    everywhere = [set(unsent(session, endpoint)) for endpoint in session.endpoints]
    nowhere = set.intersection(*everywhere) if everywhere else set()
    if nowhere:
        names = [name for name in session.options.sent() if name in nowhere]
        lines.append(f"Set but not sent (not supported by the OpenAI API): {join_list(names)}.")
    return tuple(lines)


def limits(results: SessionResults) -> tuple[StyledText, ...]:
    """Return what the figures do not show."""
    session = results.session
    tasks, trials = counted(len(session.tasks), "task"), counted(session.trials, "trial")
    lines: list[StyledText] = [
        f"Scores of one person over {tasks}, {trials} each: an indication, not proof.",
        "Latency, first token and tok/s are measured by the client and include the network.",
        "A chunk is not a token: a read may return several chunks, and a chunk several tokens.",
    ]
    shared = _sharing_a_host(results)
    if shared and session.mode == "at once":
        lines.append(
            f"{join_list(shared)} ran in parallel on one host and may have slowed each other down."
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
