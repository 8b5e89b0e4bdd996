"""Conditions that differ between endpoints, and how to make them equal."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from bbtui.domain.answer import Warmth
from bbtui.domain.cell_results import SessionResults
from bbtui.domain.endpoint import Endpoint
from bbtui.domain.session import Session
from bbtui.formatting.numbers import format_count
from bbtui.formatting.text import join_list
from bbtui.report.styled_text import Code, StyledText


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
    conditions = (
        _context(results),
        _server(results),
        _weights(results),
        _options(results),
        _warmth(results),
    )
    return tuple(condition for condition in conditions if condition is not None)


def _differ(
    results: SessionResults,
    what: str,
    value_of: Callable[[Endpoint], str],
    remedy: StyledText = "",
) -> Difference | None:
    """Return a difference if the values of the endpoints, "" for unknown, are not all the same."""
    sides = tuple(
        (results.label(endpoint), value)
        for endpoint in results.session.endpoints
        if (value := value_of(endpoint))
    )
    return Difference(what, sides, remedy) if len({value for _, value in sides}) > 1 else None


def _context(results: SessionResults) -> Difference | None:
    def tokens(endpoint: Endpoint) -> str:
        length = results.session.host_record(endpoint).build.context_length
        return f"{format_count(length)} tokens" if length else ""

    remedy = (
        "Use the same context length for every endpoint: set ",
        Code("num_ctx"),
        " in ",
        Code("[options]"),
        "; for an OpenAI-compatible server, set it when starting the server.",
    )
    return _differ(results, "context", tokens, remedy)


def _server(results: SessionResults) -> Difference | None:
    def server(endpoint: Endpoint) -> str:
        return results.session.host_record(endpoint).build.server

    remedy = "Use the same server version for every endpoint."
    return _differ(results, "server", server, remedy)


def _weights(results: SessionResults) -> Difference | None:
    """Compare the weights of one model name; different models are the subject of the comparison."""
    if len({endpoint.model for endpoint in results.session.endpoints}) > 1:
        return None

    def weights(endpoint: Endpoint) -> str:
        build = results.session.host_record(endpoint).build
        return f"{build.quantisation} {build.digest[:12]}".strip()

    remedy = "Use the same weights for every endpoint: they differ under the same model name."
    return _differ(results, "weights", weights, remedy)


def _options(results: SessionResults) -> Difference | None:
    missing = {
        endpoint.name: unsent(results.session, endpoint) for endpoint in results.session.endpoints
    }
    every = join_list(sorted({name for names in missing.values() for name in names}))

    def sent(endpoint: Endpoint) -> str:
        names = missing[endpoint.name]
        return f"without {join_list(names)}" if names else "all"

    remedy = (
        f"The OpenAI API does not support {every}: configure the same values when starting that "
        "server, or unset them for every endpoint."
    )
    return _differ(results, "options sent", sent, remedy)


def _warmth(results: SessionResults) -> Difference | None:
    def cold_starts(endpoint: Endpoint) -> str:
        known = [
            result.answer.warmth
            for result in results.of_endpoint(endpoint)
            if result.answer is not None
            and result.whole
            and result.answer.warmth is not Warmth.UNKNOWN
        ]
        cold = known.count(Warmth.COLD)
        return f"{cold} of {len(known)}" if cold else "none" if known else ""

    return _differ(results, "cold starts", cold_starts)
