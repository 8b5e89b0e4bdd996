"""``bbtui config``: print the path of the configuration, write one, check it, show it."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Mapping
from pathlib import Path

from bbtui.cli.context import CommandContext
from bbtui.cli.output import print_text
from bbtui.cli.parser import Parser
from bbtui.config.create import write_template
from bbtui.config.environment import named_config
from bbtui.config.key_overrides import key_problems
from bbtui.config.load import load_settings
from bbtui.config.selection import require_endpoints
from bbtui.config.show import effective
from bbtui.config.tasks import load_tasks
from bbtui.errors import TasksError, UsageError
from bbtui.formatting.text import counted


def register(parser: Parser) -> None:
    """Declare the verbs."""
    parser.add_verb("path", _path, "print the path of the configuration")
    parser.add_verb("init", _init, "write a configuration with comments; never overwrites a file")
    parser.add_verb("check", _check, "check the configuration and list all errors")
    origins = "print the effective settings and where each comes from, without secrets"
    parser.add_verb("show", _show, origins)


def _path(args: Namespace, context: CommandContext) -> None:
    print_text(str(_config_path(args, context)), context.out)


def _init(args: Namespace, context: CommandContext) -> None:
    path = _config_path(args, context)
    write_template(path, context.environ)
    context.notify(f"wrote {path}")
    context.notify("add your models to it; `bbtui config check` lists all errors")


def _check(args: Namespace, context: CommandContext) -> None:
    path = _config_path(args, context)
    settings = load_settings(
        context.locations,
        context.environ,
        path=args.config,
        also=lambda keys, tasks: [*keymap_problems(keys), *_task_problems(tasks)],
    )
    if settings.source is None:
        raise UsageError(f"there is no {path}", "create it: bbtui config init")
    require_endpoints(settings)
    endpoints = counted(len(settings.endpoints), "endpoint")
    print_text(f"{path.name}: OK ({endpoints}, theme {settings.theme})", context.out)


def _show(args: Namespace, context: CommandContext) -> None:
    settings = load_settings(context.locations, context.environ, path=args.config)
    print_text(effective(settings, _config_path(args, context)).rstrip("\n"), context.out)


def _task_problems(tasks: Path | None) -> list[str]:
    if tasks is None:
        return []
    try:
        load_tasks(tasks)
    except TasksError as error:
        return [f"tasks: {error.source}: {problem}" for problem in error.problems]
    return []


def _config_path(args: Namespace, context: CommandContext) -> Path:
    return named_config(context.environ, args.config) or context.locations.config_file


def keymap_problems(keys: Mapping[str, str]) -> list[str]:
    """Return every problem of the [keys] table, a sentence each."""
    if not keys:
        return []
    # Imported here: the actions import Textual, and few configurations have keys.
    from bbtui.ui.action import normalize_key
    from bbtui.ui.actions import ACTIONS

    return key_problems(keys, {action.id: action.keys for action in ACTIONS}, normalize_key)
