"""What an examination finds out, written down hop by hop."""

from __future__ import annotations

import time
from dataclasses import replace

from bbtui.domain.diagnosis import Diagnosis, diagnose
from bbtui.domain.diagnosis_rules import Hop
from bbtui.domain.endpoint import Endpoint
from bbtui.domain.examination import Examination, HopState, OnStep, Step, completed
from bbtui.domain.observation import Observation, ServerFacts
from bbtui.domain.pod import Pod
from bbtui.domain.problem import Problem

_ORDER = tuple(Hop)


class Findings:
    """The steps of one examination, each told as soon as it is known.

    `pod`, `pod_gone` and `untold` are what the provider said, once it has; every failure is
    diagnosed with them in mind.
    """

    def __init__(self, endpoint: Endpoint, seen: Observation, tell: OnStep) -> None:
        self._endpoint = endpoint
        self._seen = seen
        self._tell = tell
        self._steps: dict[Hop, Step] = {}
        self._diagnosis: Diagnosis | None = None
        self.pod: Pod | None = None
        self.pod_gone = False
        self.untold: Problem | None = None

    def __contains__(self, hop: Hop) -> bool:
        return hop in self._steps

    @property
    def seen(self) -> Observation:
        """What is known of the endpoint before anything went wrong."""
        return replace(self._seen, pod=self.pod, pod_gone=self.pod_gone, untold=self.untold)

    def passed(self, hop: Hop, detail: str, *, begun: float | None = None) -> None:
        """The hop is fine. `begun` is when it was begun, by `time.perf_counter`."""
        ms = None if begun is None else (time.perf_counter() - begun) * 1000
        self._note(Step(hop, HopState.PASSED, detail, ms))

    def measured(self, hop: Hop, detail: str, ms: float) -> None:
        """The hop is fine, and took so long."""
        self._note(Step(hop, HopState.PASSED, detail, ms))

    def left(self, hop: Hop, detail: str, *, fix: str = "") -> None:
        """The hop is not there, or nothing is told of it; `fix` may change that."""
        self._note(Step(hop, HopState.OPEN, detail, fix=fix))

    def check(self, hop: Hop, serving: ServerFacts, detail: str, *, pod: Pod | None = None) -> bool:
        """Judge what the server told of this hop; whether the next one can be looked at."""
        found = diagnose(replace(self._seen, serving=serving, pod=pod))
        if found is None:
            self.passed(hop, detail)
            return True
        self._wrong(found)
        return not found.blocks

    def failed(self, failure: Observation | None, at: Hop, words: str) -> None:
        """A request failed on the way to hop `at`; `words` tell it where no facts are known."""
        base = self.seen
        if failure is None:
            self._wrong(Diagnosis(at, Problem(words)))
            return
        seen = replace(
            failure,
            target=base.target,
            pod=base.pod,
            pod_gone=base.pod_gone,
            untold=base.untold,
        )
        found = diagnose(seen) or Diagnosis(at, Problem(words))
        if _ORDER.index(found.hop) > _ORDER.index(at):
            # The pod explains it: what was seen here is a consequence.
            bare = diagnose(replace(seen, pod=None, pod_gone=False))
            if bare is not None and bare.hop is at:
                self.left(at, bare.problem.cause)
        proxied = seen.refusal is not None and seen.target.through_pod_proxy
        if proxied and seen.refusal is not None and found.hop is not Hop.PROXY:
            self.passed(Hop.PROXY, f"answers HTTP {seen.refusal.status}")
        self._wrong(found)

    def examination(self) -> Examination:
        """All of it."""
        return completed(self._endpoint, self._steps.values(), self._diagnosis)

    def _wrong(self, found: Diagnosis) -> None:
        if self._diagnosis is None or (found.blocks and not self._diagnosis.blocks):
            self._diagnosis = found
        self._note(Step(found.hop, HopState.FAILED, found.problem.cause))

    def _note(self, step: Step) -> None:
        self._steps[step.hop] = step
        self._tell(step)
