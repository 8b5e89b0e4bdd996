"""The models of an endpoint, and which of them a column uses."""

from __future__ import annotations

from bbtui.clients.ports import Connection
from bbtui.domain.answer import Cell
from bbtui.engine.comparison import Comparison
from bbtui.engine.model_columns import column_with, connect_model, models_in_use, with_model
from bbtui.ui.context import Context


def has_choice(context: Context) -> bool:
    """Return whether the focused endpoint has models to choose from."""
    connection = context.comparison.hosts.connections.get(context.cursor.cell.endpoint)
    return connection is not None and connection.catalog is not None


async def choose(context: Context) -> None:
    """Show the endpoint's models, and use the one that is chosen."""
    name = context.cursor.cell.endpoint
    connection = context.comparison.hosts.connections.get(name)
    if connection is None or connection.catalog is None:
        context.show_message(f"{context.naming.label(name)}: no model list available")
        return
    from bbtui.ui.screens.models import ModelServer, ModelsScreen

    comparison, endpoint = context.comparison, connection.endpoint
    server = ModelServer(
        label=context.naming.label(name),
        address=context.naming.address(name),
        model=context.naming.model(name),
        in_use=models_in_use(comparison.session, endpoint.configured),
        catalog=connection.catalog,
        manager=connection.manager,
        options=comparison.session.options,
        jobs=comparison.jobs,
        job_key=endpoint.configured,
        adds_column=lambda: comparison.has_run(name),
        is_answering=lambda: _is_answering(comparison, connection.machine),
        notify=context.show_message,
    )
    model = await context.ask(ModelsScreen(server))
    if model is not None:
        _use(context, connection, model)


def _is_answering(comparison: Comparison, machine: str) -> bool:
    """Return whether a machine generates an answer now."""
    machines = comparison.hosts.machines
    return any(machines.get(live.endpoint) == machine for live in comparison.queue.live_answers)


def _use(context: Context, connection: Connection, model: str) -> None:
    """Let the connection's column use a model, or a new column where it has run already."""
    comparison, name = context.comparison, connection.endpoint.name
    here = context.cursor.cell
    column = column_with(comparison.session, name, model)
    if column is not None:
        context.cursor.go_to(Cell(here.task, column.name, here.trial))
        context.show_message(f"already a column: {context.naming.title(column.name)}")
        return
    added = comparison.has_run(name)
    endpoint = with_model(comparison.session, name, model, added=added)
    comparison.add_column(connect_model(connection, endpoint), "" if added else name)
    context.cursor.go_to(Cell(here.task, endpoint.name, here.trial))
    if added:
        title, key = context.naming.title(endpoint.name), context.key("round.run")
        context.show_message(f"added a column for {title}; {key} runs it")
    else:
        context.show_message(f"column now uses {model}")
