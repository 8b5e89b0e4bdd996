"""Pulling a model: its size is asked for, then the person, then it is fetched."""

from __future__ import annotations

from bbtui.clients.model_catalog import ModelManager
from bbtui.domain.model import PullProgress
from bbtui.engine.jobs import Job
from bbtui.ui.amounts import size_words
from bbtui.ui.screens.model_jobs import ModelJobs
from bbtui.ui.screens.prompts import ChoicePrompt, InputPrompt


async def pull(keeping: ModelJobs, manager: ModelManager, label: str, name: str) -> None:
    """Find out how big a model is, ask, and pull it; "" asks for its name first.

    `label` is the endpoint's that is told where it goes.
    """
    name = name or await keeping.ask(InputPrompt("pull", "a model's name, such as gemma3:4b")) or ""
    if not name or not await keeping.may_begin(f"pulling {name}"):
        return
    measured = await keeping.measure(
        f"asking how big {name} is",
        lambda chore: manager.measure(name, chore.cancel_token),
        closed=f"{name} was not pulled: how big it is was not known yet",
    )
    if measured is None:
        return
    if not isinstance(measured.result, PullProgress):
        keeping.line.say(f"{name} is there: nothing had to be fetched")
        keeping.changed()
        return
    question = f"pull {name} to {label}? {size_words(measured.result)}"
    if await keeping.ask(ChoicePrompt(question, {"y": "pull it", "n": "no"})) != "y":
        keeping.line.say(f"{name} was not pulled")
        return

    def fetch(chore: Job[object]) -> None:
        for fetched in manager.pull(name, chore.cancel_token):
            chore.report(fetched)

    keeping.start(f"pulling {name}", fetch)
