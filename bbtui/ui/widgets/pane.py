"""An endpoint's pane: who, the answer, its clocks, the machine behind it."""

from __future__ import annotations

from dataclasses import replace

from textual.app import ComposeResult
from textual.containers import Vertical

from bbtui.domain.address import through_pod_proxy
from bbtui.domain.answer import Answer, AnswerState, LiveAnswer, Warmth
from bbtui.domain.endpoint import Endpoint
from bbtui.domain.problem import NO_PROBLEM, Problem
from bbtui.domain.proxy_timeout import POD_PROXY, ProxyTimeout, before_next_time, countdown
from bbtui.domain.score import Marks
from bbtui.domain.session import Mode
from bbtui.domain.timing import Meter, Timing, gaps, measure
from bbtui.engine.host_monitor import HostSighting
from bbtui.ui.messages import marks_parts, start_parts, state_texts
from bbtui.ui.pod_messages import PodView
from bbtui.ui.widgets.answer_view import AnswerView
from bbtui.ui.widgets.host_line import HostLine
from bbtui.ui.widgets.latency_bar import SPARKS, LatencyBar
from bbtui.ui.widgets.pane_title import PaneTitle
from bbtui.ui.widgets.problem_text import ProblemText

#: The state of a machine that replied with a refusal, where what it said stands above.
_NOT_AS_IT_SHOULD = "answers, but not as it should"


class Pane(Vertical):
    """Shows one endpoint's answer to the round at hand, growing or whole.

    It is given values and shows them; it asks nobody. `details_key` opens the diagnosis. `patience`
    is that of the pod's proxy, where there is one on the way. `flags` are shown from the next
    `show` or `follow` on.
    """

    DEFAULT_CSS = "Pane { width: 1fr; }"

    def __init__(
        self,
        endpoint: Endpoint,
        number: int,
        *,
        jump: int = 1,
        details_key: str,
        patience: ProxyTimeout = POD_PROXY,
    ) -> None:
        super().__init__(id=f"pane-{number}", classes=f"endpoint-{(number - 1) % 6 + 1}")
        self.endpoint = endpoint
        self.title_row = PaneTitle(endpoint.label, endpoint.model)
        self.view = AnswerView(jump=jump)
        self._cause = ProblemText(details_key)
        self.clocks = LatencyBar(f"$endpoint-{(number - 1) % 6 + 1}")
        self.host_line = HostLine(details_key)
        self._shown: LiveAnswer | Answer | None = None
        self._queued = False
        self._marks = Marks()
        self._meter = Meter()
        self._text = self._thinking = 0
        self.timing = Timing()
        self._elapsed: int | None = None
        self.flags: tuple[Problem, ...] = ()
        self._patience = patience

    def compose(self) -> ComposeResult:
        """Title, answer, cause, clocks, machine."""
        yield self.title_row
        yield self.view
        yield self._cause
        yield self.clocks
        yield self.host_line

    def become(self, endpoint: Endpoint) -> None:
        """Stand for another endpoint, of which nothing was asked either."""
        self.endpoint = endpoint
        self.title_row.become(endpoint.label, endpoint.model)

    @property
    def answer(self) -> LiveAnswer | Answer | None:
        """What is shown."""
        return self._shown

    @property
    def queued(self) -> bool:
        """Whether it says that the answer waits for its turn."""
        return self._queued

    def show(
        self, answer: LiveAnswer | Answer | None, marks: Marks, *, queued: bool, now_ns: int
    ) -> None:
        """Show this answer; if it is the one shown already, only what is new is added."""
        if not self._same(answer):
            self._shown = answer
            self._meter = Meter()
            self._text = self._thinking = 0
            if isinstance(answer, Answer):
                self.view.show(answer.text, answer.thinking, following=False)
            else:
                self.view.show("", "")
        self._queued, self._marks = queued, marks
        self.follow(now_ns)

    def follow(self, now_ns: int) -> None:
        """Take what has come since the last call and run the clocks on."""
        answer = self._shown
        elapsed: int | None = None
        if isinstance(answer, LiveAnswer):
            texts, thoughts = answer.text_parts, answer.thinking_parts
            if len(texts) > self._text or len(thoughts) > self._thinking:
                text, thinking = texts[self._text :], thoughts[self._thinking :]
                self._text, self._thinking = self._text + len(text), self._thinking + len(thinking)
                self.view.extend("".join(text), "".join(thinking))
            self.timing = self._meter.follow(answer)
            running = now_ns - (answer.sent_ns or answer.since_ns)
            elapsed = answer.end_ns if answer.state.final else running
        elif isinstance(answer, Answer):
            self.timing = measure(answer)
            elapsed = answer.end_ns
        else:
            self.timing = Timing()
        self._say(answer, elapsed, now_ns)

    def show_host(
        self, sighting: HostSighting, mode: Mode, *, stale: bool, pod: PodView | None = None
    ) -> None:
        """Show the machine behind this pane; what the answer's end says already is not repeated."""
        host = sighting.host if pod is None else pod.host
        if (
            host.problem
            and self._shown is not None
            and host.problem.cause == self._shown.problem.cause
        ):
            replied = host.observed is not None and host.observed.error_reply is not None
            host = replace(host, problem=Problem(_NOT_AS_IT_SHOULD) if replied else NO_PROBLEM)
            pod = None if pod is None else replace(pod, host=host)
        self.host_line.show(host, stale=stale, mode=mode, pod=pod, answer_ns=self._elapsed)

    def _say(self, answer: LiveAnswer | Answer | None, elapsed: int | None, now_ns: int) -> None:
        self._elapsed = elapsed
        states = state_texts(answer, queued=self._queued, now_ns=now_ns)
        self.title_row.show(states, marks_parts(self._marks))
        if answer is None:
            self._cause.remark(self.flags)
            self.clocks.show(self.timing, None, (), ())
            return
        # The title says it already when the answer is whole, or when the user stopped it.
        quiet = answer.state.answered or answer.state is AnswerState.STOPPED
        told = "" if quiet else answer.problem.cause
        if told:
            self._cause.show(told, answer.problem.fix)
        elif limit := self._limit(answer, now_ns):
            asked, loads = self.endpoint, answer.warmth is not Warmth.WARM and not answer.reads
            what_helps = before_next_time(asked.model, asked.api) if loads else ""
            self._cause.show(limit, what_helps)
        else:
            self._cause.remark(self.flags)
        about = start_parts(answer, self.timing)
        self.clocks.show(self.timing, elapsed, gaps(answer.reads, SPARKS), about)

    def _limit(self, answer: LiveAnswer | Answer, now_ns: int) -> str:
        """When a proxy on the way will give up this answer, told when that comes near."""
        if not isinstance(answer, LiveAnswer) or not through_pod_proxy(self.endpoint.address):
            return ""
        return countdown(answer, now_ns, self._patience)

    def _same(self, answer: LiveAnswer | Answer | None) -> bool:
        """Whether this is the answer shown already, maybe ended since."""
        shown = self._shown
        if shown is None or answer is None:
            return shown is answer
        return (shown.cell, shown.attempt) == (answer.cell, answer.attempt)
