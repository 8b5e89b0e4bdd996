"""What is flagged in a pane: of the machine as it is, and of the answer in view."""

from __future__ import annotations

from bbtui.domain.answer import Answer, Cell
from bbtui.domain.flags import context_flag, machine_flag, narrow_flag
from bbtui.domain.problem import Problem
from bbtui.domain.session import HostRecord
from bbtui.engine.comparison import Comparison


def flags_of(comparison: Comparison, cell: Cell) -> tuple[Problem, ...]:
    """The flags of a cell's endpoint and of its latest answer, the machine's first."""
    session = comparison.session
    endpoint = session.endpoint(cell.endpoint)
    host = comparison.hosts.monitor.sighting(cell.endpoint).host
    answer = comparison.latest(cell)
    pod = comparison.hosts.pods.sighting(cell.endpoint).pod
    found = [machine_flag(host, endpoint.model, pod)] if host.loaded else []
    if answer is not None and host.loaded:
        # Before a question it says little: the next one may load the model with another context.
        running = host.build.context_length
        wanted = session.options.num_ctx
        found.append(narrow_flag(running, wanted, endpoint.model, endpoint.api))
    if isinstance(answer, Answer):
        build = session.seen.get(cell.endpoint, HostRecord()).build
        found.append(context_flag(session.task(cell.task).prompt, answer.server, build))
    return tuple(flag for flag in found if flag is not None)
