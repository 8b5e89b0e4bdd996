"""From arguments to a session that can run: a new one, or one that is resumed."""

from __future__ import annotations

import shlex
from argparse import Namespace
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from bbtui import __version__
from bbtui.cli.context import Context
from bbtui.cli.saved import open_existing_store
from bbtui.clients.connection import Connection
from bbtui.config.settings import Settings
from bbtui.config.tasks import load_tasks, select_tasks
from bbtui.domain.answer import Cell, Need
from bbtui.domain.endpoint import Endpoint, Options
from bbtui.domain.session import Session, SessionInfo, too_large
from bbtui.domain.task import Task, own_prompt
from bbtui.engine.comparison import Comparison
from bbtui.engine.schedule import Order, plan
from bbtui.errors import UsageError
from bbtui.locations import shipped
from bbtui.store.sessions import SessionStore
from bbtui.store.uuid7 import new_id

#: Gives each endpoint of a session that can be reached its connection; others are left out.
Connector = Callable[[Sequence[Endpoint]], tuple[Connection, ...]]
#: Brings a saved session to life, under the flags of this program.
Reopen = Callable[[Session], Comparison]


@dataclass(frozen=True, slots=True)
class OpenSession:
    """A session at hand.

    `cells` are what the command line asks for. `revive` is for any saved session, so that a face
    may open others. `absent` are endpoints of the session that have no connection: their cells
    cannot run.
    """

    comparison: Comparison
    store: SessionStore
    revive: Reopen
    cells: tuple[Cell, ...]
    absent: tuple[str, ...] = ()


def connector(context: Context, settings: Settings, timeout_s: float | None) -> Connector:
    """Connects endpoints by name to the addresses of the configuration, with their own models.

    A column that was added for another model is reached as the endpoint it came from. One without
    a URL was served by the program itself: its name here means another one.
    """
    known = {endpoint.name: endpoint for endpoint in settings.endpoints}

    def connected(one: Endpoint) -> Connection:
        own = replace(known[one.configured], model=one.model)
        if not one.base:
            return context.connect(own, timeout_s)
        made = context.connect(replace(own, name=one.name, label=one.label), timeout_s)
        return replace(made, endpoint=replace(made.endpoint, base=one.base))

    def link(endpoints: Sequence[Endpoint]) -> tuple[Connection, ...]:
        return tuple(
            connected(one) for one in endpoints if one.configured in known and "://" in one.address
        )

    return link


def chosen_tasks(args: Namespace, context: Context, file: Path | None) -> tuple[Task, ...]:
    """The one task that a PROMPT is, else those of the tasks file (`file`, or the shipped one)."""
    if args.prompt is not None:
        return (own_prompt(1, _prompt(args.prompt, context)),)
    return select_tasks(load_tasks(file or shipped("tasks.toml")), args.task_ids)


def open_new(
    args: Namespace,
    context: Context,
    tasks: tuple[Task, ...],
    connections: Sequence[Connection],
    link: Connector,
    *,
    options: Options,
    about: SessionInfo,
    order: Order | None = None,
) -> OpenSession:
    """A new session of these tasks; `order` holds where no flag gives another.

    Nothing is written before there is something to keep. `UsageError` if it would be too large.
    """
    trials = args.trials or 1
    if problem := too_large(len(tasks), len(connections), trials):
        raise UsageError(problem, "lower -n, or take fewer tasks (--task) or endpoints (-e)")
    session = Session(
        id=new_id(),
        started_at=context.now(),
        tasks=tasks,
        endpoints=tuple(connection.endpoint for connection in connections),
        options=options,
        about=about,
        trials=trials,
        program=__version__,
    )
    order = args.order or ("serial" if trials > 1 else order or "auto")
    store = context.open_store()
    comparison = Comparison(
        session, connections, store, order=order, cold=args.cold, timeout_s=args.timeout
    )
    return OpenSession(comparison, store, _reviver(args, link, store), session.cells())


def open_saved(
    args: Namespace, context: Context, link: Connector, *, place: str, elsewhere: str
) -> OpenSession:
    """The session that --resume names, with the cells that it asks to run again.

    `SessionNotFoundError` if there is none, `UsageError` if none of its endpoints can be asked.
    `place` is where they were looked for, `elsewhere` the command that may find them.
    """
    store = open_existing_store(context, args.resume)
    revive = _reviver(args, link, store)
    comparison = revive(store.load(args.resume))
    session = comparison.session
    names = [endpoint.name for endpoint in session.endpoints]
    absent = tuple(name for name in names if name not in comparison.hosts)
    if len(absent) == len(names):
        raise UsageError(
            f"#{session.number} asked {', '.join(absent)}: {place} has no such endpoint",
            f"`{elsewhere} --resume {session.number}` may know them",
        )
    if unknown := [name for name in args.endpoints if name not in names]:
        raise UsageError(
            f'-e {unknown[0]}: #{session.number} has no endpoint "{unknown[0]}"',
            f"it has {', '.join(names)}",
        )
    cells = tuple(
        cell
        for cell in session.missing(Need.STOPPED if args.retry_errors else Need.UNASKED)
        if cell.endpoint not in absent and (not args.endpoints or cell.endpoint in args.endpoints)
    )
    return OpenSession(comparison, store, revive, cells, absent)


def common_flags(args: Namespace) -> str:
    """The common options as they were typed, to be put behind a command that is recommended."""
    words = []
    if args.config is not None:
        words += ["-c", str(args.config)]
    if args.data_dir is not None:
        words += ["--data-dir", str(args.data_dir)]
    return f" {shlex.join(words)}" if words else ""


def _prompt(given: str, context: Context) -> str:
    try:
        prompt = context.stdin.read() if given == "-" else given
        # Bytes that are no text come as lone surrogates, from the command line and from stdin.
        prompt.encode("utf-8")
    except UnicodeError:
        raise UsageError("the prompt is not UTF-8 text") from None
    if not prompt.strip():
        raise UsageError("the prompt is empty")
    return prompt


def _reviver(args: Namespace, link: Connector, store: SessionStore) -> Reopen:
    def revive(session: Session) -> Comparison:
        connections = link(session.endpoints)
        order = args.order or _order_of(session, connections)
        return Comparison(
            session, connections, store, order=order, cold=args.cold, timeout_s=args.timeout
        )

    return revive


def _order_of(session: Session, connections: Sequence[Connection]) -> Order:
    """The order that treats the rest of a session as its beginning was treated."""
    machines = {connection.endpoint.name: connection.machine for connection in connections}
    if session.trials > 1 and session.mode == "alone":
        return "serial"
    if plan(machines, "auto").mode == session.mode or len(connections) < 2:
        return "auto"
    return "parallel" if session.mode == "at once" else "serial"
