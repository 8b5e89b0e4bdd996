"""Conditions that differ between endpoints, and how to make them equal."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from bbtui.domain.cell_results import SessionResults
from bbtui.domain.endpoint import Endpoint
from bbtui.domain.session import Session
from bbtui.domain.timing import LOADS, Start, start_of
from bbtui.formatting.numbers import format_count
from bbtui.formatting.text import join_list
from bbtui.report.styled_text import StyledText, parse_code_spans

#: Returns the value of a condition at an endpoint, "" if it is unknown.
_ValueOf = Callable[[SessionResults, Endpoint], str]


@dataclass(frozen=True, slots=True)
class Difference:
    """A condition that was not equal for all endpoints."""

    what: str
    """The name of the condition."""
    sides: tuple[tuple[str, str], ...]
    """The label of each endpoint with its value."""
    remedy: StyledText = ""
    """How to make it equal; empty if nothing can be done."""

    @property
    def text(self) -> str:
        """The condition with its values: ``context (Big: 8,192 tokens, Local: 4,096 tokens)``."""
        return f"{self.what} ({', '.join(f'{label}: {value}' for label, value in self.sides)})"


def unsent(session: Session, endpoint: Endpoint) -> list[str]:
    """Return the names of the options that are set but not supported by the endpoint's API.

    Ollama's API supports all of them. The OpenAI API has neither top_k nor num_ctx, supports think
    only as an effort of low, medium or high, and num_predict only above 0.
    """
    options = session.options
    if endpoint.api == "ollama":
        return []
    unsupported = {"top_k", "num_ctx"}
    if options.think not in ("low", "medium", "high"):
        unsupported.add("think")
    if options.num_predict is not None and options.num_predict <= 0:
        unsupported.add("num_predict")
    return [name for name in options.sent() if name in unsupported]


def differences(results: SessionResults) -> tuple[Difference, ...]:
    """Return every condition known to differ between endpoints; unknown values do not count."""
    endpoints = results.session.endpoints
    not_sent = {name for endpoint in endpoints for name in unsent(results.session, endpoint)}
    conditions: tuple[tuple[str, _ValueOf, StyledText], ...] = (
        (
            "context",
            _context,
            parse_code_spans(
                "Use the same context length for every endpoint: set `num_ctx` in `[options]`; "
                "for an OpenAI-compatible server, set it when starting the server."
            ),
        ),
        ("server", _server, "Use the same server version for every endpoint."),
        (
            "weights",
            _weights,
            "Use the same weights for every endpoint: they differ under the same model name.",
        ),
        (
            "options sent",
            _options,
            f"The OpenAI API does not support {join_list(sorted(not_sent))}: configure the same "
            "values when starting that server, or unset them for every endpoint.",
        ),
        ("cold starts", _cold_starts, ""),
        (
            "buffered answers",
            _buffered,
            parse_code_spans(
                "Turn off buffering in the proxy in between (nginx: `proxy_buffering off`): the "
                "time to the first token is the proxy's."
            ),
        ),
    )
    found: list[Difference] = []
    for what, value_of, remedy in conditions:
        values = [(results.label(endpoint), value_of(results, endpoint)) for endpoint in endpoints]
        sides = tuple(side for side in values if side[1])
        if len({value for _, value in sides}) > 1:
            found.append(Difference(what, sides, remedy))
    return tuple(found)


def _context(results: SessionResults, endpoint: Endpoint) -> str:
    length = results.session.host_record(endpoint).build.context_length
    return f"{format_count(length)} tokens" if length else ""


def _server(results: SessionResults, endpoint: Endpoint) -> str:
    return results.session.host_record(endpoint).build.server


def _weights(results: SessionResults, endpoint: Endpoint) -> str:
    """Return the weights of one model name; different models are the subject of the comparison."""
    if len({endpoint.model for endpoint in results.session.endpoints}) > 1:
        return ""
    build = results.session.host_record(endpoint).build
    return f"{build.quantisation} {build.digest[:12]}".strip()


def _options(results: SessionResults, endpoint: Endpoint) -> str:
    names = unsent(results.session, endpoint)
    return f"without {join_list(names)}" if names else "all"


def _cold_starts(results: SessionResults, endpoint: Endpoint) -> str:
    """Return in how many answers the first token has a load, and how many were reloads."""
    starts = starts_of(results, endpoint)
    known = len(starts) - starts.count(Start.UNKNOWN)
    cold, reloaded = sum(map(starts.count, LOADS)), starts.count(Start.RELOADED)
    if not cold:
        return "none" if known else ""
    return f"{cold} of {known}" + (f", {reloaded} reloaded" if reloaded else "")


def _buffered(results: SessionResults, endpoint: Endpoint) -> str:
    """Return how many answers a proxy buffered."""
    whole = results.whole(endpoint)
    buffered = sum(result.timing.first_buffered for result in whole)
    return f"{buffered} of {len(whole)}" if buffered else "none" if whole else ""


def starts_of(results: SessionResults, endpoint: Endpoint) -> list[Start]:
    """Return how each complete answer of an endpoint started."""
    return [
        start_of(result.answer.warmth, result.timing.load_ns)
        for result in results.whole(endpoint)
        if result.answer is not None
    ]
