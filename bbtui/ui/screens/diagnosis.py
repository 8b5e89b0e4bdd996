"""The diagnosis dialog: each step of a connection, with cause and fix where it fails."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from bbtui.domain.diagnosis import Diagnosis, Hop
from bbtui.domain.examination import Examination, HopState, OnStep, Step
from bbtui.engine.jobs import Job
from bbtui.formatting.sanitize import clean_name
from bbtui.ui.screens.dialogs import POLL_S, LargeDialog

_STYLES = {
    HopState.PASSED: "$text-success",
    HopState.FAILED: "$text-error",
    HopState.OPEN: "$foreground-muted",
}
_HOP_WIDTH = max(map(len, Hop))


class _Steps(VerticalScroll):
    """The steps, which scroll where the dialog is too low for them."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("r", "screen.check_again", "check again", show=False)
    ]


class DiagnosisScreen(LargeDialog[None]):
    """Checks the connection to an endpoint, and shows each step as soon as it is known.

    A check that is under way when the dialog closes ends by itself.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("d", "leave", "close", show=False, id="endpoint.diagnose")
    ]

    def __init__(self, title: str, examine: Callable[[OnStep], Examination]) -> None:
        """Create the dialog; `examine` blocks, and calls its argument with each step."""
        self._text = Static()
        super().__init__(title, _Steps(self._text))
        self._examine = examine
        self._new_steps: deque[Step] = deque()
        self._steps: dict[Hop, Step] = {}
        self._job: Job[Examination] | None = None

    def on_mount(self) -> None:
        """Start the check, and begin to poll it."""
        self.query_one(_Steps).focus()
        self.action_check_again()
        self.set_interval(POLL_S, self._poll)

    def action_check_again(self) -> None:
        """Check again, unless a check is under way."""
        if self._job is not None:
            return
        steps = self._new_steps = deque()
        self._steps = {}
        self._job = Job("checking the endpoint", lambda _: self._examine(steps.append))
        self._job.start()
        self._show(None)

    def _poll(self) -> None:
        ended = self._job if self._job is not None and self._job.ended else None
        if ended is None and not self._new_steps:
            return
        while self._new_steps:
            step = self._new_steps.popleft()
            self._steps[step.hop] = step
        if ended is not None:
            self._job = None
        self._show(ended)

    def _show(self, ended: Job[Examination] | None) -> None:
        """Show the steps that are known, and the result of a check that has ended."""
        result = None if ended is None else ended.result
        steps = {step.hop: step for step in result.steps} if result is not None else self._steps
        diagnosis = result.diagnosis if result is not None else None
        lines = [_line(hop, steps.get(hop), diagnosis) for hop in Hop]
        if result is not None:
            can = "can" if result.can_answer else "cannot"
            lines += [Content(""), Content.styled(f"the endpoint {can} answer", "bold")]
        elif ended is not None and ended.failure is not None:
            lines += [Content(""), Content(clean_name(str(ended.failure)))]
        self._text.update(Content("\n").join(lines))
        state = "checking …" if ended is None else "r checks again"
        self.show_keys(f"{state} · esc closes")


def _line(hop: Hop, step: Step | None, diagnosis: Diagnosis | None) -> Content:
    """Return a step and its fix; the one that the diagnosis names has its cause below it."""
    name = f"{hop.label:<{_HOP_WIDTH}}  "
    if step is None:
        return Content.styled(f"  {name}…", "$foreground-muted")
    style = _STYLES[step.state]
    mark = Content.styled(f"{step.state.mark} ", style)
    if diagnosis is not None and diagnosis.hop is hop:
        below = _below(f"cause: {diagnosis.problem.cause}", *_fix(diagnosis.problem.fix))
        return Content.assemble(mark, (name.rstrip(), "bold"), below)
    muted = style if step.state is HopState.OPEN else ""
    text = clean_name(step.text)
    return Content.assemble(mark, (name, muted), (text, muted), _below(*_fix(step.fix)))


def _fix(fix: str) -> list[str]:
    return [f"fix:   {fix}"] if fix else []


def _below(*lines: str) -> str:
    return "".join(f"\n    {clean_name(line)}" for line in lines)
