"""The way to an endpoint, walked while one looks: hop by hop, with cause and fix where it fails."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Static

from bbtui.domain.diagnosis import Diagnosis, Hop
from bbtui.domain.endpoint import Endpoint
from bbtui.domain.examination import Examination, HopState, OnStep, Step
from bbtui.engine.jobs import Job
from bbtui.formatting.sanitize import clean_name
from bbtui.ui.screens.dialog import POLL_S, LargeDialog

_STYLES = {
    HopState.PASSED: "$text-success",
    HopState.FAILED: "$text-error",
    HopState.OPEN: "$foreground-muted",
}
_HOP_WIDTH = max(map(len, Hop))


class _Hops(VerticalScroll):
    """What was found, longer than the sheet where it is low."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("r", "screen.again", "check again", show=False)
    ]


class DiagnosisScreen(LargeDialog[None]):
    """Examines one endpoint in a thread of its own, and fills as that goes on.

    What is still asked when this closes is left to end by itself.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("d", "leave", "close", show=False, id="endpoint.diagnose")
    ]

    def __init__(
        self, endpoint: Endpoint, examine: Callable[[Endpoint, OnStep], Examination]
    ) -> None:
        super().__init__()
        self._endpoint, self._examine = endpoint, examine
        self._found: deque[Step] = deque()
        self._steps: dict[Hop, Step] = {}
        self._chore: Job[Examination] | None = None
        self._over = False
        self._text, self._help = Static(), Static(classes="key-help")

    def compose(self) -> ComposeResult:
        """The title, a line for each hop, and the keys."""
        title = f"{self._endpoint.title} at {self._endpoint.address}"
        with Vertical(classes="dialog"):
            yield Static(Content.styled(clean_name(title), "bold"), classes="dialog-title")
            with _Hops():
                yield self._text
            yield self._help

    def on_mount(self) -> None:
        """Set out, and look at what is found."""
        self.query_one(_Hops).focus()
        self.action_again()
        self.set_interval(POLL_S, self._look)

    def action_again(self) -> None:
        """Walk the way once more; not while one is walked."""
        if self._chore is not None and not self._over:
            return
        found = self._found = deque()
        self._steps = {}
        self._over = False
        self._chore = Job(
            "checking the endpoint", lambda _: self._examine(self._endpoint, found.append)
        )
        self._chore.start()
        self._show()

    def _look(self) -> None:
        ended = self._chore is not None and self._chore.ended
        if self._over or not (self._found or ended):
            return
        self._over = ended
        while self._found:
            step = self._found.popleft()
            self._steps[step.hop] = step
        self._show()

    def _show(self) -> None:
        """All lines, as far as they are known."""
        chore = self._chore if self._over else None
        one = chore.result if chore is not None else None
        steps = {step.hop: step for step in one.steps} if one is not None else self._steps
        lines = [_line(hop, steps.get(hop), one.diagnosis if one else None) for hop in Hop]
        if one is not None:
            verdict = "the endpoint can answer" if one.can_answer else "the endpoint cannot answer"
            lines += [Content(""), Content.styled(verdict, "bold")]
        elif chore is not None and chore.failure is not None:
            lines += [Content(""), Content(clean_name(str(chore.failure)))]
        self._text.update(Content("\n").join(lines))
        words = "r checks again" if self._over else "checking …"
        self._help.update(Content(f"{words} · esc closes"))


def _line(hop: Hop, step: Step | None, diagnosis: Diagnosis | None) -> Content:
    """A hop, and below it what helps; the one that the diagnosis is about has its cause there."""
    name = f"{hop:<{_HOP_WIDTH}}  "
    if step is None:
        return Content.styled(f"  {name}…", "$foreground-muted")
    style = _STYLES[step.state]
    mark = Content.styled(f"{step.state.mark} ", style)
    if diagnosis is not None and diagnosis.hop is hop:
        below = _below(f"cause: {diagnosis.problem.cause}", *_fix(diagnosis.problem.fix))
        return Content.assemble(mark, (name.rstrip(), "bold"), below)
    muted = style if step.state is HopState.OPEN else ""
    return Content.assemble(
        mark, (name, muted), (clean_name(step.words), muted), _below(*_fix(step.fix))
    )


def _fix(words: str) -> list[str]:
    return [f"fix:   {words}"] if words else []


def _below(*lines: str) -> str:
    return "".join(f"\n    {clean_name(line)}" for line in lines)
