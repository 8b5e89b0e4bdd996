"""``bbtui run``: put prompts to the configured endpoints, on the screen or without one."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING

from bbtui.cli import demo
from bbtui.cli.face import sit
from bbtui.cli.options import add_run_options, check_run_options
from bbtui.cli.sitting import Launch
from bbtui.config.environment import named_config
from bbtui.errors import INTERRUPTED

if TYPE_CHECKING:
    from argparse import _SubParsersAction

    from bbtui.cli.context import Context


def register(
    commands: _SubParsersAction[ArgumentParser], common: ArgumentParser, summary: str
) -> None:
    """Declare the command."""
    parser = commands.add_parser(
        "run",
        parents=[common],
        help=summary,
        description="Put tasks, or one PROMPT, to the configured endpoints side by side.",
    )
    add_run_options(parser)
    parser.set_defaults(handler=run)


def run(args: Namespace, context: Context) -> int:
    """Open a session, new or resumed, in the face that fits; first a set-up where there is none."""
    check_run_options(args)
    if _wants_set_up(args, context):
        from bbtui.cli.setup import set_up

        outcome = set_up(context)
        if outcome == "demo":
            return demo.run(args, context)
        if outcome != "saved":
            return 0 if outcome == "left" else INTERRUPTED
    return sit(lambda _: _open(args, context), args, context)


def _wants_set_up(args: Namespace, context: Context) -> bool:
    """Whether somebody at a terminal has no configuration yet, and did not ask for one by name."""
    on_screen = context.terminal and not args.no_tui and args.resume is None
    named = named_config(context.environ, args.config)
    return on_screen and named is None and not context.locations.config_file.exists()


def _open(args: Namespace, context: Context) -> Launch:
    # Here, so that `bbtui --version` and -h pay for none of it, and the first frame neither.
    from bbtui.cli.open_session import chosen_tasks, connector, open_new, open_saved
    from bbtui.config.load import load_settings
    from bbtui.config.selection import require_endpoints, select_endpoints, with_models

    overrides = {
        "tasks": args.tasks,
        "session.label": args.label,
        "options.seed": args.seed,
        "options.temperature": args.temperature,
        "options.think": args.think,
    }
    settings = load_settings(
        context.locations, context.environ, path=args.config, overrides=overrides
    )
    require_endpoints(settings)
    link = connector(context, settings, args.timeout)
    if args.resume is not None:
        opened = open_saved(args, context, link, place="the configuration", elsewhere="bbtui demo")
    else:
        tasks = chosen_tasks(args, context, settings.tasks)
        chosen = with_models(select_endpoints(settings, args.endpoints), args.models)
        connections = tuple(context.connect(one, args.timeout) for one in chosen.endpoints)
        opened = open_new(
            args,
            context,
            tasks,
            connections,
            link,
            options=settings.options,
            about=settings.about,
        )
    at_once = args.prompt is not None or args.resume is not None
    return Launch(opened, settings, "run", "now" if at_once else "idle")
