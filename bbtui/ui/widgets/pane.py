"""An endpoint's pane: its name, the answer, the figures of the answer, and the host behind it."""

from __future__ import annotations

from dataclasses import dataclass

from textual.app import ComposeResult
from textual.containers import Vertical

from bbtui.domain.answer import Answer, LiveAnswer
from bbtui.ui.widgets.answer_view import AnswerView
from bbtui.ui.widgets.host_line import HostLine, HostView
from bbtui.ui.widgets.latency_bar import LatencyBar, LatencyView
from bbtui.ui.widgets.pane_title import PaneTitle, TitleView
from bbtui.ui.widgets.problem_text import ProblemText


@dataclass(frozen=True, slots=True)
class PaneView:
    """What a pane shows."""

    answer: LiveAnswer | Answer | None = None
    """The answer; the text of a live one is read from it as it grows."""
    placeholder: str = ""
    """The text shown while there is no answer."""
    title: TitleView = TitleView()
    """The top line."""
    problem: str = ""
    """Why the answer failed, or may fail soon; "" while it does not."""
    details: tuple[str, ...] = ()
    """The fix of the problem or, muted, what is flagged of the answer; the fix last."""
    latency: LatencyView = LatencyView()
    """The figures of the answer."""
    host: HostView = HostView()
    """The host behind the endpoint."""


class Pane(Vertical):
    """Shows one endpoint's answer to the current round, live or ended."""

    DEFAULT_CSS = "Pane { width: 1fr; }"

    def __init__(self, number: int, accent: str, *, jump: int, details_key: str) -> None:
        """Create the pane of a column.

        `number` counts from 1. A live answer scrolls by `jump` rows. `details_key` opens the
        diagnosis.
        """
        super().__init__(id=f"pane-{number}", classes=accent)
        self.title_row = PaneTitle()
        self.view = AnswerView(jump=jump)
        self.problem = ProblemText(details_key)
        self.latency = LatencyBar(f"${accent}")
        self.host_line = HostLine(details_key)
        self._answer: LiveAnswer | Answer | None = None
        #: How many parts of the live answer's text and thinking are shown.
        self._parts = (0, 0)
        self._problem: tuple[str, tuple[str, ...]] = ("", ())

    def compose(self) -> ComposeResult:
        """Lay out title, answer, problem, figures and host."""
        yield self.title_row
        yield self.view
        yield self.problem
        yield self.latency
        yield self.host_line

    def show(self, view: PaneView) -> None:
        """Show these values; of an answer shown already only what is new is drawn."""
        if not _same_attempt(self._answer, view.answer):
            self._answer = view.answer
            self._parts = (0, 0)
            if isinstance(view.answer, Answer):
                self.view.show(view.answer.text, view.answer.thinking, following=False)
            else:
                self.view.show("", "")
        self._extend()
        self.view.placeholder = view.placeholder
        self.title_row.show(view.title)
        if (view.problem, view.details) != self._problem:
            self._problem = view.problem, view.details
            self.problem.show(view.problem, view.details)
        self.latency.show(view.latency)
        self.host_line.show(view.host)

    def _extend(self) -> None:
        """Add what has come of a live answer; one that has ended since keeps its last parts."""
        answer = self._answer
        if not isinstance(answer, LiveAnswer):
            return
        shown_text, shown_thinking = self._parts
        text, thinking = answer.text_parts[shown_text:], answer.thinking_parts[shown_thinking:]
        if text or thinking:
            self._parts = shown_text + len(text), shown_thinking + len(thinking)
            self.view.extend("".join(text), "".join(thinking))


def _same_attempt(shown: LiveAnswer | Answer | None, answer: LiveAnswer | Answer | None) -> bool:
    if shown is None or answer is None:
        return shown is answer
    return (shown.cell, shown.attempt) == (answer.cell, answer.attempt)
