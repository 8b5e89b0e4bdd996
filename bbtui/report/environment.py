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


def environment(stands: SessionResults) -> Table:
    """A row per fact, a column per endpoint. A fact that nobody knows has no row."""
    endpoints = stands.session.endpoints
    columns = [_facts(stands, endpoint) for endpoint in endpoints]
    rows = [
        (name, *(column[name] or UNKNOWN for column in columns))
        for name in (columns[0] if columns else ())
        if any(column[name] for column in columns)
    ]
    return Table(("", *(stands.label(endpoint) for endpoint in endpoints)), tuple(rows))


def _facts(stands: SessionResults, endpoint: Endpoint) -> dict[str, Phrase]:
    known = build(stands.session, endpoint)
    return {
        "Model": Code(endpoint.model),
        "Hardware": endpoint.hardware,
        "Endpoint": (Code(mask_url(endpoint.address)), f" ({endpoint.api})"),
        "Parameters": known.parameters,
        "Quantisation": known.quantisation,
        "Digest": Code(known.digest[:12]) if known.digest else "",
        "Server": known.server,
        "Context": f"{format_count(known.context_length)} tokens" if known.context_length else "",
        "Pod": pod_words(stands, endpoint),
        "Cost": session_words(stands, endpoint),
        "Options": _options(stands, endpoint),
        "Status": _status(stands, endpoint),
    }


def options_alike(stands: SessionResults) -> Phrase:
    """What was sent to every endpoint, if it was the same; empty if it was not."""
    session = stands.session
    missing = {tuple(unsent(session, endpoint)) for endpoint in session.endpoints}
    if len(missing) != 1:
        return ""
    return joined("Options sent: ", _sent(stands, *missing), ".")


def _options(stands: SessionResults, endpoint: Endpoint) -> Phrase:
    if options_alike(stands):
        return ""
    return _sent(stands, tuple(unsent(stands.session, endpoint)))


def _sent(stands: SessionResults, missing: tuple[str, ...]) -> Phrase:
    sent = option_words(stands.session, leave_out=missing) or "none"
    return joined(sent, f"; not sent: {join_list(missing)}") if missing else sent


def _status(stands: SessionResults, endpoint: Endpoint) -> Phrase:
    """Its state at the time of the run, with the diagnosis when it did not work."""
    seen = stands.session.seen.get(endpoint.name, HostRecord())
    cells = stands.of_endpoint(endpoint)
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
