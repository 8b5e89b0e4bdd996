"""``bbtui themes``: list the themes, check a file."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from bbtui.cli.context import Context
from bbtui.config.settings import DEFAULT_THEME
from bbtui.locations import shipped

if TYPE_CHECKING:
    from bbtui.ui.themes import LoadedThemes


def register(
    commands: argparse._SubParsersAction[argparse.ArgumentParser],
    common: argparse.ArgumentParser,
    summary: str,
) -> None:
    """Declare the command and its verbs; without a verb it lists."""
    parser = commands.add_parser("themes", help=summary, description=summary, parents=[common])
    parser.set_defaults(handler=_list)
    verbs = parser.add_subparsers(dest="verb", metavar="VERB")
    description = "list the shipped themes, your own, and those that cannot be read"
    verb = verbs.add_parser("list", help=description, description=description, parents=[common])
    verb.set_defaults(handler=_list)
    description = "check a theme file and list all errors"
    verb = verbs.add_parser("check", help=description, description=description, parents=[common])
    verb.add_argument("file", metavar="FILE", type=Path, help="theme file, such as mine.toml")
    verb.set_defaults(handler=_check)


def _list(_args: argparse.Namespace, context: Context) -> int:
    # Textual takes longer to import than the rest of this command to run.
    from bbtui.ui.themes import load_themes

    loaded = load_themes(shipped("themes"), context.locations.themes)
    width = max(map(len, loaded.themes))
    for name in sorted(loaded.themes):
        print(f"{name:<{width}}  {_description(name, loaded)}".rstrip(), file=context.out)
    for failure in loaded.failures:
        print(f"failed: {failure}", file=context.out)
    print(f"put your own themes into {context.locations.themes}", file=context.err)
    return 0


def _description(name: str, loaded: LoadedThemes) -> str:
    theme = loaded.themes[name]
    parts = ["16 colours" if theme.ansi else "dark" if theme.dark else "light"]
    if name == DEFAULT_THEME:
        parts.append("the default")
    if name in loaded.own:
        parts.append("your own")
    return ", ".join(parts)


def _check(args: argparse.Namespace, context: Context) -> int:
    from bbtui.ui.themes import load_theme

    load_theme(args.file)
    print(f"{args.file.name}: OK", file=context.out)
    return 0
