"""The method: which conditions were equal, which were not, and the limitations."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection

from bbtui.domain.address import host_key
from bbtui.domain.answer import Answer, Round
from bbtui.domain.cell_results import SessionResults
from bbtui.domain.flags import endpoint_flag
from bbtui.domain.repeats import cache_flag, identical_flag
from bbtui.domain.session import Session
from bbtui.domain.timing import Start
from bbtui.formatting.text import counted, join_list
from bbtui.report.costs import uses_pods
from bbtui.report.fairness import differences, starts_of, unsent
from bbtui.report.styled_text import Code, Span, StyledText, concat

#: The definitions of bbtui/domain/timing.py for readers.
_DEFINITIONS = (
    (
        "Latency (E2E)",
        "from the request being written to the end of the answer; N/A for an incomplete answer.",
    ),
    (
        "First token (TTFT)",
        "from the request being written to the first read with any text, thinking included; first "
        "answer text (TTFA) excludes thinking.",
    ),
    (
        "tok/s",
        "(n − k) / (end − first text read), where n is the server's token count and k of them "
        "came with that read; ~ marks a figure that counts chunks because the server reported no "
        "token count, or one from fewer than 20 tokens because a buffer held back the others.",
    ),
    (
        "Load",
        "the server's time to load the model into memory within this request.",
    ),
    (
        "Queue",
        "the server's total minus load, prefill and generation, at most what the client's clock "
        "leaves before the first token: waiting and overhead.",
    ),
    (
        "Prefill",
        "the server's time to process the prompt; cached tokens take no time.",
    ),
    (
        "Start",
        "warm if the model was in memory before the request, reloaded if the server listed it "
        "there and loaded it again, by its own load time; a load step before it has its own clock "
        "and is in no other figure.",
    ),
    (
        "Score",
        "one person's judgement from 1 (useless) to 5 (excellent).",
    ),
    (
        "Checks",
        "automatic checks of the text; not part of the score.",
    ),
)
_COST_ON_A_POD = (
    "Cost on a pod",
    "the provider's price per hour times the time from the request being written to the end; for "
    "a session, times the time the pod was seen running while the session was open; storage is "
    "not included.",
)
_COST_OF_AN_API = (
    "Cost of an API",
    "the server's counts of tokens, times the configured prices.",
)


def definitions(results: SessionResults) -> tuple[tuple[str, str], ...]:
    """Return what each figure is, by its name."""
    costs = [_COST_ON_A_POD] if uses_pods(results) else []
    if any(endpoint.price for endpoint in results.session.endpoints):
        costs.append(_COST_OF_AN_API)
    return (*_DEFINITIONS, *costs)


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
    if len(session.endpoints) > 1:
        order += ", endpoints " + ("in parallel" if session.mode == "at once" else "sequentially")
    lines.append(f"{order}.")
    lines += _schedule(session)
    return tuple(lines)


def _schedule(session: Session) -> list[StyledText]:
    """Return what surrounded the measured requests, and the order of the sides."""
    lines: list[StyledText] = []
    if len(session.endpoints) > 1 and session.mode == "alone":
        lines += _turns(session)
    if count := session.schedule.warmup:
        requests = counted(count, "warm-up request")
        lines.append(f"{requests} to each endpoint before its first measured one; not counted.")
    if pause_s := session.schedule.cooldown_s:
        lines.append(f"A pause of {pause_s:g} s between two requests to one machine.")
    if session.schedule.cache_bust:
        marker = next((one.marker.strip() for one in session.answers if one.marker), "")
        such = (" such as ", Code(marker)) if marker else ()
        lines.append(
            concat(
                "A marker",
                such,
                ", another one for each answer, before every prompt: none is served from the "
                "prefix cache.",
            )
        )
    return lines


def _turns(session: Session) -> list[StyledText]:
    """Return how often each side ran first in a round, by the times the answers began."""
    rounds: dict[Round, list[Answer]] = {}
    for answer in session.answers:
        if answer.attempt == 1:
            rounds.setdefault(answer.cell.round, []).append(answer)
    compared = [found for found in rounds.values() if len(found) > 1]
    first = Counter(
        min(found, key=lambda answer: answer.started_at).cell.endpoint for found in compared
    )
    shares = ", ".join(f"{one.label or one.name} {first[one.name]}" for one in session.endpoints)
    return [f"First in a round: {shares} of {len(compared)}."] if compared else []


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
    lowered = (endpoint_flag(session, endpoint) for endpoint in session.endpoints)
    lines += (f"{flag.cause}." for flag in lowered if flag is not None)
    lines += _reloads(results)
    if repeated := _from_prefix_cache(results):
        lines.append(
            concat(
                f"{join_list(repeated)} answered one prompt several times: a repeat may be served "
                "from the prefix cache, with an earlier first token and less prefill than a new "
                "prompt (",
                Code("--cache-bust"),
                " prevents it).",
            )
        )
    return (*lines, *_identical(results))


def _reloads(results: SessionResults) -> list[StyledText]:
    """Return for which endpoints the server loaded a model that it listed as loaded."""
    lines: list[StyledText] = []
    for endpoint in results.session.endpoints:
        count = starts_of(results, endpoint).count(Start.RELOADED)
        if count:
            lines.append(
                f"{results.label(endpoint)} reloaded its model for {counted(count, 'answer')}: the "
                "first token includes the load."
            )
    return lines


def _from_prefix_cache(results: SessionResults) -> list[str]:
    """Return the labels of endpoints with an answer whose prompt may have been cached."""
    flagged = {
        result.label: None
        for result in results.cells
        for answer in (result.answer, *(one.answer for one in result.earlier))
        if answer is not None and cache_flag(results.session, answer)
    }
    return list(flagged)


def _identical(results: SessionResults) -> list[StyledText]:
    """Return which endpoints answered all trials of a task alike, and why."""
    lines: list[StyledText] = []
    session = results.session
    for endpoint in session.endpoints:
        flags = [identical_flag(session, task.id, endpoint.name) for task in session.tasks]
        found = [flag for flag in flags if flag is not None]
        if found:
            why = found[0].cause.partition(": ")[2]
            of = len(flags)
            tasks = f"{len(found)} of {counted(of, 'task')}" if of > 1 else "the only task"
            lines.append(
                f"{results.label(endpoint)} gave identical answers to every trial of {tasks}"
                + (f" ({why})" if why else "")
                + ": these repeats do not show how much its answers vary."
            )
    return lines


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
