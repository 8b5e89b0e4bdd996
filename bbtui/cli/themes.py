"""``bbtui themes``: list the themes, check a file."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

from bbtui.cli.context import CommandContext
from bbtui.cli.output import print_text
from bbtui.cli.parser import Parser
from bbtui.config.settings import DEFAULT_THEME
from bbtui.locations import shipped


def register(parser: Parser) -> None:
    """Declare the verbs; without one, list."""
    parser.set_defaults(handler=_list)
    parser.add_verb(
        "list", _list, "list the shipped themes, your own, and those that cannot be read"
    )
    check = parser.add_verb("check", _check, "check a theme file and list all errors")
    check.add_argument("file", metavar="FILE", type=Path, help="theme file, such as mine.toml")


def _list(_args: Namespace, context: CommandContext) -> None:
    # Textual takes longer to import than the rest of this command to run.
    from bbtui.ui.themes import load_themes

    loaded = load_themes(shipped("themes"), context.locations.themes)
    width = max(map(len, loaded.themes))
    for name, theme in sorted(loaded.themes.items()):
        facts = ["16 colours" if theme.ansi else "dark" if theme.dark else "light"]
        facts += ["the default"] if name == DEFAULT_THEME else []
        facts += ["your own"] if name in loaded.own else []
        print_text(f"{name:<{width}}  {', '.join(facts)}", context.out)
    for failure in loaded.failures:
        print_text(f"failed: {failure}", context.out)
    context.notify(f"put your own themes into {context.locations.themes}")


def _check(args: Namespace, context: CommandContext) -> None:
    from bbtui.ui.themes import load_theme

    load_theme(args.file)
    print_text(f"{args.file.name}: OK", context.out)
