"""One command alone: its own parser, streams that are kept, no makers of real things."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NoReturn

from bbtui.cli.context import Context
from bbtui.cli.parser import parse
from bbtui.locations import Locations


@dataclass(frozen=True)
class Told:
    """What a command returned and wrote."""

    code: int
    out: str
    err: str


def command(user: Locations, environ: Mapping[str, str], *words: str) -> Told:
    """Run a command line."""
    args = parse(words)
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
