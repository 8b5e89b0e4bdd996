"""CPU of the rows of prompt and judgements while two answers stream, relative to none."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from unittest import mock

from bbtui.ui import pane_view, view
from bbtui.ui.view import ViewBuilder
from bbtui.ui.widgets.judgement import JudgementView
from bbtui.ui.widgets.prompt_strip import PromptView
from tests.bench import Figure
from tests.bench.ticks import compare, tick_s
from tests.ui.driver import AppDriver

JUDGED = JudgementView(
    "4/5", "SOLID", "names both parts", "FATAL", "no HMAC", 1, winner="♛ winner", ticked="4/7"
)
_PROMPT = view.prompt_view


def figures() -> Iterator[Figure]:
    """Yield the ratio; about 40 s."""
    with_rows, without = asyncio.run(compare(_turn))
    yield Figure(
        "CPU per tick with the rows of prompt and judgements to without",
        with_rows / without,
        "ratio",
        at_most=1.03,
        detail=f"{with_rows * 1000:.1f} and {without * 1000:.1f} ms",
    )


async def _turn(app: AppDriver, rows: bool) -> float:
    prompt = _PROMPT if rows else lambda _: PromptView()
    judged = JUDGED if rows else JudgementView()
    with (
        mock.patch.object(view, "prompt_view", prompt),
        mock.patch.object(pane_view, "judgement_view", return_value=judged),
    ):
        app.main._views = ViewBuilder()
        app.main.prompt.display = rows
        return await tick_s(app)
