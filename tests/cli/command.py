"""One command alone: its own parser, streams that are kept, no makers of real things."""

from __future__ import annotations

import argparse
import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NoReturn

from bbtui.cli.context import Context
from bbtui.locations import Locations


@dataclass(frozen=True)
class Told:
    """What a command returned and wrote."""

    code: int
    out: str
    err: str


def command(
    register: Callable[[Any, argparse.ArgumentParser, str], None],
    user: Locations,
    environ: Mapping[str, str],
    *words: str,
) -> Told:
    """Parse `words` with the parser that `register` adds, and run what they say."""
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("-c", "--config", type=Path)
    common.add_argument("--data-dir", type=Path)
    parser = argparse.ArgumentParser(prog="bbtui")
    register(parser.add_subparsers(required=True), common, "")
    args = parser.parse_args(words)
    out, err = io.StringIO(), io.StringIO()
    context = Context(
        locations=user,
        environ=environ,
        out=out,
        err=err,
        terminal=False,
        now=lambda: datetime(2026, 11, 23, 22, 41, tzinfo=UTC),
        open_store=_not_wanted,
        connect=_not_wanted,
        make_engine=_not_wanted,
        pod_control=_not_wanted,
    )
    return Told(args.handler(args, context), out.getvalue(), err.getvalue())


def _not_wanted(*_: object) -> NoReturn:
    raise AssertionError("this command builds nothing")
