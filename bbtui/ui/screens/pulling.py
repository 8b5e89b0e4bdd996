"""Pulling a model: its size is asked for, then the person, then it is fetched."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bbtui.clients.shelf import ModelKeeper
from bbtui.domain.model import Fetched
from bbtui.engine.chores import Chore
from bbtui.ui.amounts import size_words
from bbtui.ui.screens.bars import AskBar, ChooseBar

if TYPE_CHECKING:
    from bbtui.ui.screens.models import ModelsScreen


async def pull(sheet: ModelsScreen, keeper: ModelKeeper, name: str) -> None:
    """Find out how big a model is, ask, and pull it; "" asks for its name first."""
    if not name:
        bar = AskBar("pull", "a model's name, such as gemma3:4b")
        typed: str | None = await sheet.app.push_screen_wait(bar)
        name = typed or ""
    if not name or not await sheet.may_begin(f"pulling {name}"):
        return
    measuring: Chore[object] = Chore(
        f"asking how big {name} is", lambda chore: keeper.measure(name, chore.line)
    )
    closed = f"{name} was not pulled: how big it is was not known yet"
    if not await sheet.measure(measuring, closed):
        return
    if not isinstance(measuring.result, Fetched):
        sheet.line.say(f"{name} is there: nothing had to be fetched")
        sheet.read_quietly()
        return
    question = f"pull {name} to {sheet.endpoint.label}? {size_words(measuring.result)}"
    choices = {"y": "pull it", "n": "no"}
    if await sheet.app.push_screen_wait(ChooseBar(question, choices)) != "y":
        sheet.line.say(f"{name} was not pulled")
        return

    def fetch(chore: Chore[object]) -> None:
        for fetched in keeper.pull(name, chore.line):
            chore.note(fetched)

    sheet.start(Chore(f"pulling {name}", fetch, sheet.over))
