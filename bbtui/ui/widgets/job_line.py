"""What is being done to a server's models, and how it ended."""

from __future__ import annotations

import time

from textual.content import Content

from bbtui.clients.model_catalog import ModelManager
from bbtui.domain.answer import STOPPED_BY_YOU
from bbtui.engine.jobs import Job
from bbtui.formatting.durations import format_ns
from bbtui.ui.amounts import bar, progress_words
from bbtui.ui.widgets.text_line import TextLine

BAR_CELLS = 24


def outcome(chore: Job[object]) -> tuple[str, str, bool]:
    """How it ended: what happened, what helps ("" where nothing is wrong), whether it failed."""
    if chore.failure is not None:
        return f"{chore.title} failed: {chore.failure.message}", chore.failure.fix, True
    if chore.cancelled:
        kept = "; pulling again goes on where it stopped" if chore.progress else ""
        return f"{chore.title}: {STOPPED_BY_YOU.cause}{kept}", "", False
    return f"{chore.title}: done", "", False


def keys_words(
    chore: Job[object] | None,
    manager: ModelManager | None,
    close: str,
    *,
    added: bool,
    goes_on: bool,
) -> Content:
    """The keys of the sheet as they stand.

    `close` is the key that closes it, `added` whether a choice is a new column, `goes_on` whether
    the chore outlives the sheet.
    """
    if chore is not None:
        end = "it goes on" if goes_on else "stops it too"
        return Content(f"esc stops it · {close} closes this, and {end}")
    keys = [f"enter asks it in {'a new column' if added else 'this column'}"]
    if manager is not None:
        keys += ["p pull another", "l load", "u unload"]
    return Content(" · ".join([*keys, "esc closes"]))


class JobLine(TextLine):
    """What is under way with its clock and its bar; with nothing, what was said last."""

    DEFAULT_CSS = "JobLine { height: auto; min-height: 2; max-height: 5; text-wrap: wrap; }"

    def __init__(self) -> None:
        super().__init__()
        self._said: tuple[Content, ...] = ()

    def say(self, words: str, hint: str = "", wrong: bool = False) -> None:
        """Say something, until something is under way."""
        self._said = (
            Content.styled(words, "$text-error" if wrong else ""),
            Content.styled(hint, "$foreground-muted"),
        )
        self.draw(*self._said)
        self.refresh(layout=True)

    def show(self, chore: Job[object] | None) -> None:
        """Show what is under way; None shows again what was said."""
        if chore is None:
            self.draw(*self._said)
            return
        words = f"{chore.title}  {format_ns(time.perf_counter_ns() - chore.started_ns)}"
        if chore.progress is None:
            self.draw(Content(words), Content(""))
            return
        drawn, amount = bar(chore.progress, BAR_CELLS), progress_words(chore.progress, chore.rate)
        self.draw(
            Content(words),
            Content.assemble((drawn, "$primary"), f"  {amount}"),
        )
