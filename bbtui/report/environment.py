"""The environment: what answered, where, on what, and in which state it was."""

from __future__ import annotations

from bbtui.domain.address import mask_url
from bbtui.domain.cell_results import SessionResults
from bbtui.domain.endpoint import Endpoint
from bbtui.domain.session import HostRecord
from bbtui.formatting.numbers import UNKNOWN, format_count
from bbtui.formatting.text import join_list, sentences, truncate
from bbtui.report.costs import pod_words, session_words
from bbtui.report.fairness import build, unsent
from bbtui.report.method import option_words
from bbtui.report.phrase import Code, Phrase, Table, joined, with_code


def environment(results: SessionResults) -> Table:
    """A row per fact, a column per endpoint. A fact that nobody knows has no row."""
    endpoints = results.session.endpoints
    columns = [_facts(results, endpoint) for endpoint in endpoints]
    rows = [
        (name, *(column[name] or UNKNOWN for column in columns))
        for name in (columns[0] if columns else ())
        if any(column[name] for column in columns)
    ]
    return Table(("", *(results.label(endpoint) for endpoint in endpoints)), tuple(rows))


def _facts(results: SessionResults, endpoint: Endpoint) -> dict[str, Phrase]:
    known = build(results.session, endpoint)
    return {
        "Model": Code(endpoint.model),
        "Hardware": endpoint.hardware,
        "Endpoint": (Code(mask_url(endpoint.address)), f" ({endpoint.api})"),
        "Parameters": known.parameters,
        "Quantisation": known.quantisation,
        "Digest": Code(known.digest[:12]) if known.digest else "",
        "Server": known.server,
        "Context": f"{format_count(known.context_length)} tokens" if known.context_length else "",
        "Pod": pod_words(results, endpoint),
        "Cost": session_words(results, endpoint),
        "Options": _options(results, endpoint),
        "Status": _status(results, endpoint),
    }


def options_alike(results: SessionResults) -> Phrase:
    """What was sent to every endpoint, if it was the same; empty if it was not."""
    session = results.session
    missing = {tuple(unsent(session, endpoint)) for endpoint in session.endpoints}
    if len(missing) != 1:
        return ""
    return joined("Options sent: ", _sent(results, *missing), ".")


def _options(results: SessionResults, endpoint: Endpoint) -> Phrase:
    if options_alike(results):
        return ""
    return _sent(results, tuple(unsent(results.session, endpoint)))


def _sent(results: SessionResults, missing: tuple[str, ...]) -> Phrase:
    sent = option_words(results.session, leave_out=missing) or "none"
    return joined(sent, f"; not sent: {join_list(missing)}") if missing else sent


def _status(results: SessionResults, endpoint: Endpoint) -> Phrase:
    """Its state at the time of the run, with the diagnosis when it did not work."""
    seen = results.session.seen.get(endpoint.name, HostRecord())
    cells = results.of_endpoint(endpoint)
    if seen.words:
        return with_code(f"not operational: {sentences(seen.words, seen.hint)}")
    if any(one.whole for one in cells):
        return "operational"
    if any(one.unfinished for one in cells):
        return "answering when this report was written"
    tried = [one for one in cells if one.answer is not None]
    if tried:
        return with_code(f"answered nothing: {truncate(tried[-1].cause)}")
    return "not asked"
