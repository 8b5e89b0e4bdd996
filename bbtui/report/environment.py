"""The environment of a session: model, hardware, server, options and status of each endpoint."""

from __future__ import annotations

from bbtui.domain.address import mask_url
from bbtui.domain.cell_results import SessionResults
from bbtui.domain.endpoint import Endpoint
from bbtui.formatting.numbers import UNKNOWN, format_count
from bbtui.formatting.text import join_list, sentences, truncate
from bbtui.report.costs import pod_text, price_text, session_cost_text
from bbtui.report.fairness import unsent
from bbtui.report.method import options_text
from bbtui.report.styled_text import Code, StyledText, Table, concat, parse_code_spans


def environment_table(results: SessionResults) -> Table:
    """Return a row per fact, a column per endpoint; a fact known of none has no row."""
    endpoints = results.session.endpoints
    columns = [_facts(results, endpoint) for endpoint in endpoints]
    rows = [
        (name, *(column[name] or UNKNOWN for column in columns))
        for name in (columns[0] if columns else ())
        if any(column[name] for column in columns)
    ]
    return Table(("", *(results.label(endpoint) for endpoint in endpoints)), tuple(rows))


def _facts(results: SessionResults, endpoint: Endpoint) -> dict[str, StyledText]:
    build = results.session.host_record(endpoint).build
    return {
        "Model": Code(endpoint.model),
        "Hardware": endpoint.hardware,
        "Endpoint": (Code(mask_url(endpoint.address)), f" ({endpoint.api})"),
        "Parameters": build.parameters,
        "Quantization": build.quantisation,
        "Digest": Code(build.digest[:12]) if build.digest else "",
        "Server": build.server,
        "Context": f"{format_count(build.context_length)} tokens" if build.context_length else "",
        "Pod": pod_text(results, endpoint),
        "Price": price_text(endpoint),
        "Cost": session_cost_text(results, endpoint),
        "Options": "" if shared_options(results) else _sent(results, endpoint),
        "Status": _status(results, endpoint),
    }


def shared_options(results: SessionResults) -> StyledText:
    """Return the options sent, if the same ones were sent to every endpoint; else empty."""
    session = results.session
    missing = {tuple(unsent(session, endpoint)) for endpoint in session.endpoints}
    if len(missing) != 1:
        return ""
    return concat("Options sent: ", _sent(results, session.endpoints[0]), ".")


def _sent(results: SessionResults, endpoint: Endpoint) -> StyledText:
    missing = unsent(results.session, endpoint)
    sent = options_text(results.session, leave_out=missing) or "none"
    return concat(sent, f"; not sent: {join_list(missing)}") if missing else sent


def _status(results: SessionResults, endpoint: Endpoint) -> StyledText:
    """Return the state at the time of the run, with the diagnosis if it did not work."""
    seen = results.session.host_record(endpoint)
    cells = results.of_endpoint(endpoint)
    if seen.problem:
        return parse_code_spans(
            f"not operational: {sentences(seen.problem.cause, seen.problem.fix)}"
        )
    if any(cell.whole for cell in cells):
        return "operational"
    if any(cell.unfinished for cell in cells):
        return "still running when this report was written"
    tried = [cell for cell in cells if cell.answer is not None]
    if tried:
        return parse_code_spans(f"no answers: {truncate(tried[-1].problem.cause)}")
    return "not run"
