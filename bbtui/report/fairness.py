"""Conditions: what was the same for every endpoint, what was not, and how to make it so."""

from __future__ import annotations

from dataclasses import dataclass

from bbtui.domain.answer import Warmth
from bbtui.domain.cell_results import SessionResults
from bbtui.domain.endpoint import Build, Endpoint
from bbtui.domain.session import HostRecord, Session
from bbtui.formatting.numbers import format_count
from bbtui.formatting.text import join_list
from bbtui.report.phrase import Code, Phrase


@dataclass(frozen=True, slots=True)
class Difference:
    """One condition that was not equal: `what` it is, each side's value, and the remedy if any."""

    what: str
    sides: tuple[tuple[str, str], ...]
    remedy: Phrase = ""

    @property
    def words(self) -> str:
        """Such as ``context (Big Brain 8,192 tokens, Local 4,096 tokens)``."""
        return f"{self.what} ({', '.join(f'{label} {value}' for label, value in self.sides)})"


def unsent(session: Session, endpoint: Endpoint) -> list[str]:
    """The names of options that are set and that this endpoint's dialect cannot send.

    Ollama's own API takes all of them. The openai dialect has no word for top_k and num_ctx, knows
    thinking only as an effort of three degrees, and a limit only as a number above 0.
    """
    options = session.options
    if endpoint.api == "ollama":
        return []
    wordless = {"top_k", "num_ctx"}
    if options.think not in ("low", "medium", "high"):
        wordless.add("think")
    if options.num_predict is not None and options.num_predict <= 0:
        wordless.add("num_predict")
    return [name for name in options.sent() if name in wordless]


def build(session: Session, endpoint: Endpoint) -> Build:
    """What is known of the weights and the server behind an endpoint."""
    return session.seen.get(endpoint.name, HostRecord()).build


def differences(results: SessionResults) -> tuple[Difference, ...]:
    """Every condition known to differ between endpoints. What is not known is not claimed."""
    found = (
        _context(results),
        _server(results),
        _weights(results),
        _options(results),
        _warmth(results),
    )
    return tuple(one for one in found if one is not None)


def _differ(
    results: SessionResults, what: str, values: dict[str, str], remedy: Phrase = ""
) -> Difference | None:
    """A difference if the known `values`, by endpoint name, are not all the same."""
    known = {name: value for name, value in values.items() if value}
    if len(set(known.values())) < 2:
        return None
    sides = tuple(
        (results.label(endpoint), known[endpoint.name])
        for endpoint in results.session.endpoints
        if endpoint.name in known
    )
    return Difference(what, sides, remedy)


def _context(results: SessionResults) -> Difference | None:
    lengths = {
        endpoint.name: build(results.session, endpoint).context_length
        for endpoint in results.session.endpoints
    }
    values = {name: f"{format_count(length)} tokens" for name, length in lengths.items() if length}
    remedy = (
        "Run every endpoint with one context: set ",
        Code("num_ctx"),
        " under ",
        Code("[options]"),
        ", and on servers of the openai dialect where they are started.",
    )
    return _differ(results, "context", values, remedy)


def _server(results: SessionResults) -> Difference | None:
    values = {
        endpoint.name: build(results.session, endpoint).server
        for endpoint in results.session.endpoints
    }
    remedy = "Serve every endpoint with the same server in the same version."
    return _differ(results, "server", values, remedy)


def _weights(results: SessionResults) -> Difference | None:
    """Other weights under one model name; with different models they are what is compared."""
    if len({endpoint.model for endpoint in results.session.endpoints}) > 1:
        return None
    values = {}
    for endpoint in results.session.endpoints:
        known = build(results.session, endpoint)
        values[endpoint.name] = " ".join(filter(None, (known.quantisation, known.digest[:12])))
    remedy = "Give every endpoint the same weights: the model's name is one, the weights are not."
    return _differ(results, "weights", values, remedy)


def _options(results: SessionResults) -> Difference | None:
    names = {
        endpoint.name: unsent(results.session, endpoint) for endpoint in results.session.endpoints
    }
    values = {
        name: f"without {join_list(missing)}" if missing else "all that are set"
        for name, missing in names.items()
    }
    missing = join_list(sorted({option for options in names.values() for option in options}))
    remedy = (
        f"The openai dialect cannot send {missing}: set the same where that server is started, "
        "or leave them out for all.",
    )
    return _differ(results, "options sent", values, remedy)


def _warmth(results: SessionResults) -> Difference | None:
    values = {}
    for endpoint in results.session.endpoints:
        known = [
            one.answer.warmth
            for one in results.of_endpoint(endpoint)
            if one.answer is not None and one.whole and one.answer.warmth is not Warmth.UNKNOWN
        ]
        cold = known.count(Warmth.COLD)
        if known:
            values[endpoint.name] = f"cold in {cold} of {len(known)}" if cold else "always warm"
    return _differ(results, "cold or warm", values)
