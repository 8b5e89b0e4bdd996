"""``bbtui demo``: two small real models on this machine, as two endpoints, without any set-up."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace
from typing import TYPE_CHECKING

from bbtui.cli.launch import Launch, launch
from bbtui.cli.options import add_run_options, check_run_options
from bbtui.cli.parser import Parser
from bbtui.cli.stdin_prompt import resolve_stdin
from bbtui.errors import UsageError

if TYPE_CHECKING:
    from bbtui.cli.context import CommandContext
    from bbtui.clients.ports import Connection
    from bbtui.domain.endpoint import Endpoint

NUM_CTX = 8192


def register(parser: Parser) -> None:
    """Declare the command."""
    parser.description = (
        "Like `run`, with two small real models served on this machine. Without a terminal, write "
        "the report to a new file in the current folder."
    )
    add_run_options(parser)
    parser.set_defaults(handler=run)


def run(args: Namespace, context: CommandContext) -> int:
    """Compare the two models of the embedded engine, which is stopped in the end."""
    from bbtui.clients.embedded.engine import EmbeddedEngine

    EmbeddedEngine.require()
    check_run_options(args)
    resolve_stdin(args, context)
    if args.models:
        raise UsageError("the models of the demo are fixed: leave out -m")
    return launch(lambda closing: _open(args, context, closing), args, context)


def _open(args: Namespace, context: CommandContext, closing: ExitStack) -> Launch:
    # Imported here: neither `bbtui --version` and -h nor the first frame should wait for it.
    from bbtui.cli.open_session import check_endpoint_names, open_new, open_saved, read_tasks
    from bbtui.domain.endpoint import Options
    from bbtui.domain.session import SessionInfo

    flags = {"seed": args.seed, "temperature": args.temperature, "think": args.think}
    overrides: dict[str, object] = {f"options.{name}": value for name, value in flags.items()}
    overrides |= {"judging.blind": args.blind, "judging.blind_seed": args.blind_seed}
    settings = context.load_settings(args.config, overrides)
    given = {name: getattr(settings.options, name) for name in flags if flags[name] is not None}
    # Models this small often do not stop by themselves, so their answers are capped.
    options = Options(temperature=0.3, seed=7, num_ctx=NUM_CTX, num_predict=400, think=False)
    about = SessionInfo(title="bbtui demo", label=args.label or "")
    settings = replace(settings, options=replace(options, **given), about=about)
    engine = context.make_engine(NUM_CTX)
    closing.callback(engine.close)
    connections = engine.connections()

    def connect(endpoints: Sequence[Endpoint]) -> tuple[Connection, ...]:
        served = {(one.endpoint.name, one.endpoint.address): one for one in connections}
        keys = ((endpoint.name, endpoint.address) for endpoint in endpoints)
        return tuple(served[key] for key in keys if key in served)

    if args.resume is not None:
        started = open_saved(args, context, settings, connect, demo=True)
    else:
        tasks = read_tasks(args, context, args.tasks)
        names = [connection.endpoint.name for connection in connections]
        check_endpoint_names(args.endpoints, names, "the demo")
        chosen = args.endpoints or names
        selected = [one for one in connections if one.endpoint.name in chosen]
        started = open_new(args, context, settings, tasks, selected, connect, demo=True)
    engine.start()
    return started
