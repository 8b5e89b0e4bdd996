"""The results of the checks of ended answers, each run once, outside the event loop."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from bbtui.domain.check import Check, Checker, CheckResult
from bbtui.ui.background import in_thread

#: A check, and the text it is run on.
CheckOfText = tuple[Check, str]


class CheckResults:
    """What is known so far; running them takes up to a few seconds for each."""

    def __init__(self, run_check: Checker) -> None:
        self._run_check = run_check
        self._known: dict[CheckOfText, CheckResult] = {}

    def __len__(self) -> int:
        return len(self._known)

    def known(self, check: Check, text: str) -> CheckResult | None:
        """Return the result of a check; None while it was not run."""
        return self._known.get((check, text))

    async def run(self, checks: Iterable[CheckOfText]) -> None:
        """Run these checks, one after the other."""
        for check, text in checks:
            result = await in_thread(partial(self._run_check, check, text))
            self._known[check, text] = result
