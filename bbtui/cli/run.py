"""``bbtui run``: put prompts to the configured endpoints, on the screen or without one."""

from __future__ import annotations

from argparse import Namespace
from typing import TYPE_CHECKING

from bbtui.cli import demo
from bbtui.cli.launch import Launch, launch
from bbtui.cli.options import add_run_options, check_run_options
from bbtui.cli.parser import Parser
from bbtui.cli.stdin_prompt import resolve_stdin
from bbtui.config.environment import named_config
from bbtui.errors import INTERRUPTED

if TYPE_CHECKING:
    from bbtui.cli.context import CommandContext


def register(parser: Parser) -> None:
    """Declare the command."""
    parser.description = "Send tasks or one PROMPT to the configured endpoints and compare them."
    add_run_options(parser)
    parser.set_defaults(handler=run)


def run(args: Namespace, context: CommandContext) -> int:
    """Run a session, new or resumed; show the set-up first if nothing is configured."""
    check_run_options(args)
    resolve_stdin(args, context)
    if _needs_setup(args, context):
        from bbtui.cli.setup import set_up

        outcome = set_up(context)
        if outcome == "demo":
            return demo.run(args, context)
        if outcome != "saved":
            return 0 if outcome == "left" else INTERRUPTED
    return launch(lambda _: _open(args, context), args, context)


def _needs_setup(args: Namespace, context: CommandContext) -> bool:
    """Return whether the screen would open without a configuration, and none was named."""
    headless = args.no_tui or args.print_answers
    on_screen = context.screen and not headless and args.resume is None
    named = named_config(context.environ, args.config)
    return on_screen and named is None and not context.locations.config_file.exists()


def _open(args: Namespace, context: CommandContext) -> Launch:
    # Imported here: neither `bbtui --version` and -h nor the first frame should wait for it.
    from bbtui.cli.open_session import (
        connector,
        new_connections,
        open_new,
        open_saved,
        read_tasks,
    )
    from bbtui.config.selection import require_endpoints, select_endpoints, with_models

    overrides = {
        "tasks": args.tasks,
        "session.label": args.label,
        "judging.blind": args.blind,
        "judging.blind_seed": args.blind_seed,
        "options.seed": args.seed,
        "options.temperature": args.temperature,
        "options.think": args.think,
    }
    settings = context.load_settings(args.config, overrides)
    require_endpoints(settings)
    connect = connector(context, settings, args.timeout)
    if args.resume is not None:
        new = new_connections(args, context, settings)
        return open_saved(args, context, settings, connect, new)
    tasks = read_tasks(args, context, settings.tasks)
    selected = with_models(select_endpoints(settings, args.endpoints), args.models)
    connections = [context.connect(endpoint, args.timeout) for endpoint in selected.endpoints]
    return open_new(args, context, settings, tasks, connections, connect)
