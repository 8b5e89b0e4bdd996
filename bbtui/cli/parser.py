"""Parses the command line: commands, common options, and errors with a suggestion."""

from __future__ import annotations

import argparse
import importlib
import sys
from collections.abc import Callable, Collection, Sequence
from functools import partial
from pathlib import Path
from typing import Any, NoReturn

from bbtui import __version__
from bbtui.cli.context import CommandContext
from bbtui.cli.output import ResultStream
from bbtui.config.suggest import suggestion
from bbtui.errors import UsageError

#: Each command and what it does. Its module, `bbtui.cli.NAME`, is imported when it is called, so
#: that the first frame waits for no other command.
COMMANDS = {
    "run": "compare the configured endpoints (the default command)",
    "demo": "compare two small real models on this machine",
    "doctor": "check every connection step of every endpoint, and the database",
    "pods": "list, show, start and stop pods (rented machines)",
    "sessions": "list, show, rename, delete and import saved sessions",
    "score": "open a saved session to score it",
    "results": "print which endpoint was better, how sure that is, and at what price",
    "report": "print a session as Markdown, HTML, JSON, JSON lines or CSV",
    "diff": "compare two sessions; fail on rules, for CI",
    "tasks": "check a tasks file: do its checks pass right answers and fail wrong ones",
    "config": "find, create, check and show the configuration",
    "themes": "list the themes, check a theme file",
    "completion": "print the completion script of a shell",
}
#: Runs a command; what it returns is the exit code, None is 0.
Handler = Callable[[argparse.Namespace, CommandContext], int | None]

_ROOT_FLAGS = ("-h", "--help", "--version")
_COMMON_FLAGS = ("-c", "--config", "--data-dir")
_EPILOG = """\
Without a command, `bbtui` is `bbtui run` and takes the options of `run`.

exit codes:
  0    success
  1    unexpected error; the message names the file with the traceback
  2    error in the command line or the configuration, or a failed write
  3    an endpoint gave no answer, a pod action failed, or a forge refused a report
  4    some answers are incomplete, failed, stopped or missing
  5    a rule of `diff --fail-on` fired
  130  interrupted; the session is saved and can be resumed
"""


class Parser(argparse.ArgumentParser):
    """A parser that raises `UsageError`."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"allow_abbrev": False, **kwargs})
        self._verbs: argparse._SubParsersAction[Parser] | None = None

    def error(self, message: str) -> NoReturn:
        """Raise the error with the command that prints the help."""
        command = self.prog.removeprefix("bbtui").strip()
        raise UsageError(f"{command}: {message}" if command else message, f"see `{self.prog} -h`")

    def _print_message(self, message: str, file: Any = None) -> None:
        """Print the help or the version; argparse's own ignores a disk that is full."""
        stream = ResultStream(file or sys.stdout)
        stream.write(message)
        stream.flush()

    def add_verb(self, name: str, handler: Handler, summary: str) -> Parser:
        """Add a verb with the common options; return its parser.

        A verb is required unless this parser has a handler of its own.
        """
        if self._verbs is None:
            required = self.get_default("handler") is None
            self._verbs = self.add_subparsers(dest="verb", metavar="VERB", required=required)
        verb = _add_command(self._verbs, name, summary)
        verb.set_defaults(handler=handler)
        return verb


def _add_command(commands: argparse._SubParsersAction[Parser], name: str, summary: str) -> Parser:
    """Add a command or verb with the common options; return its parser.

    These options have no default: a command and its verb both take them, and one must not undo
    what was typed after the other.
    """
    command = commands.add_parser(name, help=summary, description=summary)
    add_option = partial(command.add_argument, type=Path, default=argparse.SUPPRESS)
    add_option("-c", "--config", dest="config", metavar="CONFIG", help="configuration file")
    add_option("--data-dir", metavar="DIR", help="folder for the sessions and the log")
    return command


def build_parser(command: str = "") -> Parser:
    """Return the parser of the command line, with the arguments of this command.

    The command's parser sets the default `handler`, a `Handler`.
    """
    return _build([command])


def build_full_parser() -> Parser:
    """Return the parser with the arguments of every command."""
    return _build(COMMANDS)


def _build(registered: Collection[str]) -> Parser:
    root = Parser(
        prog="bbtui",
        description="Send one prompt to several language models, compare and score the answers.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    root.add_argument("--version", action="version", version=f"bbtui {__version__}")
    root.set_defaults(config=None, data_dir=None)
    commands = root.add_subparsers(title="commands", metavar="COMMAND", dest="command")
    for name, summary in COMMANDS.items():
        parser = _add_command(commands, name, summary)
        if name in registered:
            importlib.import_module(f"bbtui.cli.{name}").register(parser)
    return root


def parse(argv: Sequence[str]) -> argparse.Namespace:
    """Return the arguments, with `handler` set; raise `UsageError` for what is not understood."""
    argv = _with_command(list(argv))
    args, unknown = build_parser(argv[0]).parse_known_args(argv)
    if unknown:
        fix = f"see `bbtui {args.command} -h`"
        if "prompt" in args and not any(word.startswith("-") for word in unknown):
            fix = f'quote a prompt of several words: bbtui {args.command} "…"'
        arguments = " ".join(unknown)
        raise UsageError(f"{args.command}: unrecognized arguments: {arguments}", fix)
    return args


def _with_command(argv: list[str]) -> list[str]:
    """Return the arguments with the command first.

    Common options before it are moved to the end, where every sub-command takes them.
    """
    common: list[str] = []
    rest = argv
    while rest and rest[0].partition("=")[0] in _COMMON_FLAGS:
        length = 1 if "=" in rest[0] else 2
        common, rest = common + rest[:length], rest[length:]
    if rest and rest[0] in _ROOT_FLAGS:
        return rest
    if not rest or rest[0].startswith("-"):
        rest = ["run", *rest]
    elif rest[0] not in COMMANDS:
        raise UsageError(
            f'there is no command "{rest[0]}"; {suggestion(rest[0], list(COMMANDS))}',
            'to send a prompt: bbtui run "…"' if " " in rest[0] else "",
        )
    end = rest.index("--") if "--" in rest else len(rest)
    return [*rest[:end], *common, *rest[end:]]
