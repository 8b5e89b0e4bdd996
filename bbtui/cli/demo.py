"""``bbtui demo``: two small real models on this machine, as two endpoints, without any set-up."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

from bbtui.cli.face import sit
from bbtui.cli.options import add_run_options, check_run_options
from bbtui.cli.sitting import Launch
from bbtui.errors import UsageError

if TYPE_CHECKING:
    from argparse import _SubParsersAction

    from bbtui.cli.context import Context
    from bbtui.clients.connection import Connection
    from bbtui.domain.endpoint import Endpoint
    from bbtui.ui.workspace import Start

NUM_CTX = 8192
#: Models this small often do not stop by themselves, so their answers are capped.
OPTIONS: dict[str, Any] = {
    "temperature": 0.3,
    "seed": 7,
    "num_ctx": NUM_CTX,
    "num_predict": 400,
    "think": False,
}
TITLE = "bbtui demo"


def register(
    commands: _SubParsersAction[ArgumentParser], common: ArgumentParser, summary: str
) -> None:
    """Declare the command."""
    parser = commands.add_parser(
        "demo",
        parents=[common],
        help=summary,
        description="The same as `run`, with two small real models served on this machine. "
        "Without a terminal it writes its report to a new file in this folder.",
    )
    add_run_options(parser)
    parser.set_defaults(handler=run)


def run(args: Namespace, context: Context) -> int:
    """Compare the two models of the embedded engine, which ends with this."""
    from bbtui.clients.embedded.engine import EmbeddedEngine

    EmbeddedEngine.require()
    check_run_options(args)
    if args.models:
        raise UsageError("the models of the demo are fixed: leave out -m")
    return sit(lambda closing: _open(args, context, closing), args, context)


def _open(args: Namespace, context: Context, closing: ExitStack) -> Launch:
    # Here, so that `bbtui --version` and -h pay for none of it, and the first frame neither.
    from bbtui.cli.open_session import chosen_tasks, open_new, open_saved
    from bbtui.config.load import load_settings
    from bbtui.domain.endpoint import Options
    from bbtui.domain.session import SessionInfo

    flags = {"seed": args.seed, "temperature": args.temperature, "think": args.think}
    settings = load_settings(
        context.locations,
        context.environ,
        path=args.config,
        overrides={f"options.{name}": value for name, value in flags.items()},
    )
    given = {name: getattr(settings.options, name) for name in flags if flags[name] is not None}
    options = Options(**{**OPTIONS, **given})

    engine = closing.enter_context(context.make_engine(NUM_CTX))
    connections = engine.connections()
    by_name = {connection.endpoint.name: connection for connection in connections}

    def link(endpoints: Sequence[Endpoint]) -> tuple[Connection, ...]:
        here = {(one.endpoint.name, one.endpoint.address): one for one in connections}
        keys = ((one.name, one.address) for one in endpoints)
        return tuple(here[key] for key in keys if key in here)

    if args.resume is not None:
        opened = open_saved(args, context, link, place="the demo", elsewhere="bbtui run")
    else:
        opened = open_new(
            args,
            context,
            chosen_tasks(args, context, args.tasks),
            _selected(by_name, args.endpoints),
            link,
            options=options,
            about=SessionInfo(title=TITLE, label=args.label or ""),
            order="parallel",
        )
    engine.start()
    start: Start = "now" if args.resume is not None else "when ready"
    return Launch(opened, settings, "demo", start, own_report=True)


def _selected(by_name: Mapping[str, Connection], names: Sequence[str]) -> tuple[Connection, ...]:
    for name in names:
        if name not in by_name:
            raise UsageError(
                f'-e {name}: the demo has no endpoint "{name}"', f"it has {', '.join(by_name)}"
            )
    return tuple(one for name, one in by_name.items() if not names or name in names)
