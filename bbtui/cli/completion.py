"""``bbtui completion``: print the completion script of a shell."""

from __future__ import annotations

import argparse
from argparse import Namespace
from collections.abc import Iterator
from typing import TYPE_CHECKING

from bbtui.cli.parser import Parser, build_full_parser

if TYPE_CHECKING:
    from bbtui.cli.context import CommandContext

#: Metavars of arguments that take a file or a folder.
_FILES = ("F", "FILE", "CONFIG", "DIR", "ID|FILE.json")
_SHELLS = ("bash", "zsh", "fish")


def register(parser: Parser) -> None:
    """Declare the command."""
    parser.description = (
        'Print the completion script of a shell: eval "$(bbtui completion bash)" in ~/.bashrc, '
        "the same with zsh in ~/.zshrc, bbtui completion fish | source in config.fish."
    )
    parser.add_argument("shell", choices=_SHELLS, help="the shell")
    parser.set_defaults(handler=run)


def run(args: Namespace, context: CommandContext) -> None:
    """Print the script."""
    import shtab  # which no other command needs

    parser = build_full_parser()
    for action in _actions(parser):
        if action.metavar in _FILES:
            vars(action)["complete"] = shtab.DIR if action.metavar == "DIR" else shtab.FILE
    print(shtab.complete(parser, shell=args.shell), file=context.out)


def _actions(parser: argparse.ArgumentParser) -> Iterator[argparse.Action]:
    """Yield every argument of a parser and of the commands below it."""
    for action in parser._actions:
        yield action
        if isinstance(action, argparse._SubParsersAction):
            for command in action.choices.values():
                yield from _actions(command)
