"""Collects the results of an examination, hop by hop."""

from __future__ import annotations

import time
from dataclasses import replace

from bbtui.domain.diagnosis import Diagnosis, diagnose
from bbtui.domain.diagnosis_rules.rule import Hop
from bbtui.domain.endpoint import Api, Endpoint
from bbtui.domain.examination import Examination, HopState, OnStep, Step, completed
from bbtui.domain.observation import Observation, ServerFacts
from bbtui.domain.pod import Pod
from bbtui.domain.problem import Problem

_ORDER = tuple(Hop)


class Findings:
    """The steps of one examination; each is passed to `on_step` as soon as it is known."""

    def __init__(self, endpoint: Endpoint, observed: Observation, on_step: OnStep) -> None:
        self._endpoint = endpoint
        self._observed = observed
        self._on_step = on_step
        self._steps: dict[Hop, Step] = {}
        self._diagnosis: Diagnosis | None = None

        self.pod: Pod | None = None
        """The pod behind the endpoint; every failure is diagnosed with it."""

        self.pod_gone = False
        """Whether the provider does not know the pod."""

        self.pod_problem: Problem | None = None
        """Why the state of the pod is unknown."""

    def __contains__(self, hop: Hop) -> bool:
        return hop in self._steps

    @property
    def observed(self) -> Observation:
        """What is known of the endpoint so far."""
        return self._with_pod(self._observed)

    def detected(self, api: Api) -> Endpoint:
        """Take the API that the server was found to speak, and return the endpoint with it."""
        self._endpoint = replace(self._endpoint, api=api)
        self._observed = replace(self._observed, target=replace(self._observed.target, api=api))
        return self._endpoint

    def _with_pod(self, observed: Observation) -> Observation:
        return replace(observed, pod=self.pod, pod_gone=self.pod_gone, pod_unknown=self.pod_problem)

    def passed(self, hop: Hop, detail: str, *, started: float | None = None) -> None:
        """Add a hop that works; `started` is when its check started, by `time.perf_counter`."""
        ms = None if started is None else (time.perf_counter() - started) * 1000
        self._add(Step(hop, HopState.PASSED, detail, ms))

    def measured(self, hop: Hop, detail: str, ms: float) -> None:
        """Add a hop that works, with how long it took."""
        self._add(Step(hop, HopState.PASSED, detail, ms))

    def skipped(self, hop: Hop, detail: str, *, fix: str = "") -> None:
        """Add a hop that does not exist, or that could not be checked."""
        self._add(Step(hop, HopState.OPEN, detail, fix=fix))

    def check(self, hop: Hop, facts: ServerFacts, detail: str, *, pod: Pod | None = None) -> bool:
        """Add a hop by what the server reported; return whether the next one can be checked."""
        diagnosis = diagnose(replace(self._observed, server=facts, pod=pod))
        if diagnosis is None:
            self.passed(hop, detail)
            return True
        self._add_failed(diagnosis)
        return not diagnosis.blocks

    def failed(self, failure: Observation | None, hop: Hop, cause: str) -> None:
        """Add a failed request for `hop`; `cause` counts where there is no diagnosis."""
        if failure is None:
            self._add_failed(Diagnosis(hop, Problem(cause)))
            return
        observed = self._with_pod(replace(failure, target=self._observed.target))
        diagnosis = diagnose(observed) or Diagnosis(hop, Problem(cause))
        if _ORDER.index(diagnosis.hop) > _ORDER.index(hop):
            # The pod explains it: the failure of this hop is a consequence.
            without_pod = diagnose(replace(observed, pod=None, pod_gone=False))
            if without_pod is not None and without_pod.hop is hop:
                self.skipped(hop, without_pod.problem.cause)
        refusal = observed.error_reply if observed.target.through_pod_proxy else None
        if refusal is not None and diagnosis.hop is not Hop.PROXY:
            self.passed(Hop.PROXY, f"answers HTTP {refusal.status}")
        self._add_failed(diagnosis)

    def examination(self) -> Examination:
        """Return the steps so far, with the diagnosis."""
        return completed(self._endpoint, self._steps.values(), self._diagnosis)

    def _add_failed(self, diagnosis: Diagnosis) -> None:
        if self._diagnosis is None or (diagnosis.blocks and not self._diagnosis.blocks):
            self._diagnosis = diagnosis
        self._add(Step(diagnosis.hop, HopState.FAILED, diagnosis.problem.cause))

    def _add(self, step: Step) -> None:
        self._steps[step.hop] = step
        self._on_step(step)
