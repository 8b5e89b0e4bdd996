"""Starts a session from the command line: a new one, or one that is resumed."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from bbtui import __version__
from bbtui.cli.context import CommandContext
from bbtui.cli.launch import Launch, open_existing_store
from bbtui.cli.resume_options import check_resume_options
from bbtui.cli.stdin_prompt import read_prompt
from bbtui.clients.ports import Connection
from bbtui.config.selection import with_models
from bbtui.config.settings import Settings
from bbtui.config.tasks import load_tasks, select_tasks
from bbtui.domain.answer import Cell, Need
from bbtui.domain.endpoint import Endpoint
from bbtui.domain.session import Schedule, Session, too_large
from bbtui.domain.task import Task, own_prompt
from bbtui.engine.comparison import Comparison
from bbtui.engine.pauses import WaitLimits
from bbtui.engine.run_queue import Order, plan
from bbtui.errors import UsageError
from bbtui.locations import shipped
from bbtui.store.sessions import SessionStore
from bbtui.store.uuid7 import new_id

if TYPE_CHECKING:
    from bbtui.ui.workspace import Start

#: Returns the connection of each endpoint that can be reached; others are left out.
Connector = Callable[[Sequence[Endpoint]], tuple[Connection, ...]]


def connector(context: CommandContext, settings: Settings, timeout_s: float | None) -> Connector:
    """Return what connects endpoints by name to the addresses of the configuration.

    Each keeps its own model. A column that was added for another model is reached as the endpoint
    it came from. An endpoint without a URL was served by the program itself: in the configuration
    its name means another one.
    """
    configured = {endpoint.name: endpoint for endpoint in settings.endpoints}

    def connect(endpoint: Endpoint) -> Connection:
        own = replace(configured[endpoint.configured], model=endpoint.model)
        if not endpoint.base:
            return context.connect(own, timeout_s)
        own = replace(own, name=endpoint.name, label=endpoint.label)
        connection = context.connect(own, timeout_s)
        return connection._replace(endpoint=replace(connection.endpoint, base=endpoint.base))

    def connect_known(endpoints: Sequence[Endpoint]) -> tuple[Connection, ...]:
        return tuple(
            connect(endpoint)
            for endpoint in endpoints
            if endpoint.configured in configured and "://" in endpoint.address
        )

    return connect_known


def new_connections(
    args: Namespace, context: CommandContext, settings: Settings
) -> dict[str, Callable[[], Connection]]:
    """Return what connects each endpoint of the configuration, with the model that -m names."""
    models = [pair for pair in args.models if pair.partition("=")[0] in args.endpoints]
    return {
        endpoint.name: partial(context.connect, endpoint, args.timeout)
        for endpoint in with_models(settings, models).endpoints
    }


def read_tasks(args: Namespace, context: CommandContext, file: Path | None) -> tuple[Task, ...]:
    """Return the PROMPT as the only task, else those of a tasks file (None: the shipped one)."""
    if args.prompt is not None:
        return (own_prompt(1, read_prompt(args.prompt, context)),)
    return select_tasks(load_tasks(file or shipped("tasks.toml")), args.task_ids)


def open_new(
    args: Namespace,
    context: CommandContext,
    settings: Settings,
    tasks: tuple[Task, ...],
    connections: Sequence[Connection],
    connect: Connector,
    *,
    demo: bool = False,
) -> Launch:
    """Start a session of these tasks; raise `UsageError` if it would be too large.

    Nothing is written before there is something to save.
    """
    trials = args.trials or 1
    if problem := too_large(len(tasks), len(connections), trials):
        raise UsageError(problem, "lower -n, or select fewer tasks (--task) or endpoints (-e)")
    session = Session(
        id=new_id(),
        started_at=context.now(),
        tasks=tasks,
        endpoints=tuple(connection.endpoint for connection in connections),
        options=settings.options,
        about=settings.about,
        trials=trials,
        schedule=Schedule(args.warmup or 0, args.cooldown or 0.0, args.cache_bust),
        program=__version__,
    )
    order: Order = args.order or ("serial" if trials > 1 else "parallel" if demo else "auto")
    start: Start = "when ready" if demo else "idle" if args.prompt is None else "now"
    store = context.open_store()
    comparison = _comparison(args, session, connections, store, order)
    if settings.blind:
        comparison.set_blind(True, settings.blind_seed)
    reopen = _reopener(args, connect, store)
    return Launch(comparison, store, reopen, settings, session.cells(), start=start, demo=demo)


def open_saved(
    args: Namespace,
    context: CommandContext,
    settings: Settings,
    connect: Connector,
    connect_new: Mapping[str, Callable[[], Connection]] = MappingProxyType({}),
    *,
    demo: bool = False,
) -> Launch:
    """Resume the session that --resume names, with the cells that the flags select.

    An endpoint named by -e that it does not have is added to it, if `connect_new` connects one of
    that name. Raise `SessionNotFoundError` if there is no such session, `UsageError` if no endpoint
    of it is known.
    """
    store = open_existing_store(context, args.resume)
    reopen = _reopener(args, connect, store)
    comparison = reopen(store.load(args.resume))
    check_resume_options(args, context, settings, comparison.session)
    _add_endpoints(comparison, args.endpoints, connect_new)
    session = comparison.session
    names = [endpoint.name for endpoint in session.endpoints]
    absent = tuple(name for name in names if name not in comparison.hosts.connections)
    if len(absent) == len(names):
        place, other = ("the demo", "run") if demo else ("the configuration", "demo")
        raise UsageError(
            f"{place} has none of the endpoints of #{session.number}: {', '.join(absent)}",
            f"if they belong to the other command: bbtui {other} --resume {session.number}",
        )
    check_endpoint_names(args.endpoints, names, f"#{session.number}")
    cells = tuple(
        cell
        for cell in _selected(session, args)
        if cell.endpoint not in absent and (not args.endpoints or cell.endpoint in args.endpoints)
    )
    switch_blind(comparison, args)
    return Launch(comparison, store, reopen, settings, cells, absent, start="now", demo=demo)


def _add_endpoints(
    comparison: Comparison,
    wanted: Sequence[str],
    connect_new: Mapping[str, Callable[[], Connection]],
) -> None:
    """Add the endpoints that the session does not have as columns at its right."""
    known = {endpoint.name for endpoint in comparison.session.endpoints}
    added = [name for name in dict.fromkeys(wanted) if name not in known and name in connect_new]
    session = comparison.session
    columns = len(session.endpoints) + len(added)
    if problem := too_large(len(session.tasks), columns, session.trials):
        raise UsageError(problem, "leave out -e, or compare in a new session")
    for name in added:
        comparison.add_column(connect_new[name]())


def _selected(session: Session, args: Namespace) -> Iterable[Cell]:
    """Return the cells that --resume runs, with --retry-errors or --missing more of them."""
    if args.missing is None:
        return session.missing(Need.STOPPED if args.retry_errors else Need.NOT_RUN)
    return (cell for cell in session.missing(Need.STOPPED) if session.is_unavailable(cell))


def switch_blind(comparison: Comparison, args: Namespace) -> None:
    """Turn blind mode of a saved session on or off by the flags; without one it stays.

    Raise `UsageError` for another seed than that of a session which is blind already.
    """
    blind, seed, number = comparison.blind, args.blind_seed, comparison.session.number
    if seed is not None and blind.on and args.blind is not False and seed != blind.seed:
        raise UsageError(
            f'--blind-seed: #{number} is judged blind with the seed "{blind.seed}"',
            "leave out --blind-seed, or turn blind mode off with --no-blind first",
        )
    if args.blind is not None:
        comparison.set_blind(args.blind, seed or "")


def check_endpoint_names(names: Sequence[str], known: Sequence[str], owner: str) -> None:
    """Raise `UsageError` if a name given with -e is not among those that the `owner` has."""
    for name in names:
        if name not in known:
            fix = f"it has {', '.join(known)}"
            raise UsageError(f'-e {name}: {owner} has no endpoint "{name}"', fix)


def _reopener(
    args: Namespace, connect: Connector, store: SessionStore
) -> Callable[[Session], Comparison]:
    def reopen(session: Session) -> Comparison:
        connections = connect(session.endpoints)
        order = args.order or _order_of(session, connections)
        return _comparison(args, session, connections, store, order)

    return reopen


def _comparison(
    args: Namespace,
    session: Session,
    connections: Sequence[Connection],
    store: SessionStore,
    order: Order,
) -> Comparison:
    """Return a session as it runs with the options of the command line."""
    return Comparison(
        session,
        connections,
        store,
        order=order,
        cold=args.cold,
        timeout_s=args.timeout,
        waits=WaitLimits.choose(args.wait, unattended=args.unattended),
    )


def _order_of(session: Session, connections: Sequence[Connection]) -> Order:
    """Return the order that runs the rest of a session as its beginning was run."""
    machines = {connection.endpoint.name: connection.machine for connection in connections}
    if session.trials > 1 and session.mode == "alone":
        return "serial"
    if plan(machines, "auto").mode == session.mode or len(connections) < 2:
        return "auto"
    return "parallel" if session.mode == "at once" else "serial"
