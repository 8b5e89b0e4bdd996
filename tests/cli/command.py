"""One command with a context of the test: streams that are kept, and no real factories."""

from __future__ import annotations

import io
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from bbtui.cli.context import CommandContext
from bbtui.cli.parser import parse
from bbtui.locations import Locations
from tests.cli.program import Ended
from tests.fakes.checks import check_here


def make_context(locations: Locations, **changes: Any) -> CommandContext:
    """Return a context without a terminal, whose factories fail the test."""
    defaults: dict[str, Any] = {
        "environ": {},
        "out": io.StringIO(),
        "err": io.StringIO(),
        "terminal": False,
        "now": lambda: datetime(2026, 11, 23, 22, 41, tzinfo=UTC),
        "run_check": check_here,
        **dict.fromkeys(("open_store", "connect", "make_engine", "pod_control"), pytest.fail),
    }
    return CommandContext(locations=locations, **(defaults | changes))


def command(user: Locations, environ: Mapping[str, str], *words: str) -> Ended:
    """Run a command line."""
    args = parse(words)
    out, err = io.StringIO(), io.StringIO()
    context = make_context(user, environ=environ, out=out, err=err)
    return Ended(args.handler(args, context) or 0, out.getvalue(), err.getvalue())
