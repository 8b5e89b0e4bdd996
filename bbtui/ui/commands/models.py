"""The models of an endpoint: which of them a column asks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bbtui.clients.connection import Connection
from bbtui.domain.answer import Cell
from bbtui.engine.comparison import Comparison
from bbtui.engine.model_columns import column_with, connect_model, models_in_use, with_model
from bbtui.ui.naming import Naming

if TYPE_CHECKING:
    from bbtui.ui.screens.main import MainScreen


def has_choice(main: MainScreen) -> bool:
    """Whether the focused pane's endpoint has models to choose from."""
    connection = main.comparison.hosts.connection(main.pane.endpoint.name)
    return connection is not None and connection.catalog is not None


async def choose(main: MainScreen) -> None:
    """Show the endpoint's models, and ask the one that is chosen."""
    connection = main.comparison.hosts.connection(main.pane.endpoint.name)
    if connection is None or connection.catalog is None:
        main.tell(f"{main.pane.endpoint.label} has no models to choose from here")
        return
    from bbtui.ui.screens.models import ModelServer, ModelsScreen

    comparison, endpoint = main.comparison, connection.endpoint
    naming = Naming(comparison.session.endpoints)
    server = ModelServer(
        label=naming.label(endpoint.name),
        address=naming.address(endpoint.name),
        model=endpoint.model,
        in_use=models_in_use(comparison.session, endpoint.configured),
        catalog=connection.catalog,
        manager=connection.manager,
        options=comparison.session.options,
        jobs=comparison.jobs,
        job_key=endpoint.configured,
        adds_column=lambda: comparison.has_run(endpoint.name),
        is_answering=lambda: _is_answering(comparison, connection.machine),
        notify=main.tell,
    )
    dialog = ModelsScreen(server, main.key("endpoint.model"))
    model = await main.app.push_screen_wait(dialog)
    if model is not None:
        await _ask(main, connection, model)


def _is_answering(comparison: Comparison, machine: str) -> bool:
    """Return whether a machine generates an answer now."""
    machines = comparison.hosts.machines
    return any(machines.get(live.endpoint) == machine for live in comparison.queue.live_answers)


async def _ask(main: MainScreen, connection: Connection, model: str) -> None:
    """Let a column ask this model: that of the connection while nothing was asked of it."""
    comparison, name = main.comparison, connection.endpoint.name
    asks_it = column_with(comparison.session, name, model)
    if asks_it is not None:
        main.go_to(Cell(main.cell.task, asks_it.name, main.cell.trial))
        main.tell(f"{asks_it.title} is this column")
        return
    added = comparison.has_run(name)
    endpoint = with_model(comparison.session, name, model, added=added)
    comparison.add_column(connect_model(connection, endpoint), "" if added else name)
    await main.show_columns()
    main.go_to(Cell(main.cell.task, endpoint.name, main.cell.trial))
    if added:
        main.tell(f"{endpoint.title} is a column of its own: space asks it")
    else:
        main.tell(f"this column asks {model} now")
