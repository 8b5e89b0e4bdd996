"""Finds what could be compared: servers on this machine, at named addresses, and on pods."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial

from bbtui.clients.ports import CancelToken
from bbtui.domain.address import base_url
from bbtui.domain.candidate import Candidate, Selection, ServerFound
from bbtui.domain.host import Host, HostState
from bbtui.domain.pod import Pod
from bbtui.domain.problem import Problem
from bbtui.engine.jobs import Job, Jobs, K, T

#: The default ports of Ollama, llama.cpp, vLLM and LM Studio.
DEFAULT_PORTS = (11434, 8080, 8000, 1234)

FindServer = Callable[[str, CancelToken], ServerFound | Problem]
CheckModel = Callable[[Selection, CancelToken], Host]
ListPods = Callable[[], Sequence[Pod]]

_PODS = "pods"


def default_candidates(environ: Mapping[str, str]) -> tuple[Candidate, ...]:
    """Return OLLAMA_HOST if it is set, then the default ports of this machine.

    A value that is no address becomes a candidate without a URL that has the reason.
    """
    candidates = {}
    if host := environ.get("OLLAMA_HOST", "").strip():
        try:
            url = base_url(host)
        except ValueError as error:
            problem = Problem(f"OLLAMA_HOST: {error}", "correct or unset it")
            candidates[""] = Candidate("", "OLLAMA_HOST", known=True, found=problem)
        else:
            candidates[url] = Candidate(url, "OLLAMA_HOST", known=True)
    for port in DEFAULT_PORTS:
        url = f"http://127.0.0.1:{port}"
        candidates.setdefault(url, Candidate(url))
    return tuple(candidates.values())


class Discovery:
    """Checks candidates, each in a thread of its own; what is known of them grows meanwhile."""

    def __init__(
        self,
        candidates: Sequence[Candidate],
        find_server: FindServer,
        check_model: CheckModel,
        list_pods: ListPods | None = None,
    ) -> None:
        """Prepare the discovery; nothing is sent before `start`.

        `find_server` identifies the server at a base URL, `check_model` checks one model there;
        both block, and end early when their token is cancelled. `list_pods` blocks too and may
        raise `BbtuiError`; None if there is no API key to list pods with.
        """
        self._candidates = list(candidates)
        self._find_server, self._check_model = find_server, check_model
        self._list_pods = list_pods
        self.can_list_pods = list_pods is not None
        """Whether there is an API key to list pods with."""
        self._wake: Callable[[], None] = lambda: None
        self._servers: Jobs[str, ServerFound | Problem] = Jobs()
        self._models: Jobs[Selection, Host] = Jobs()
        self._listings: Jobs[str, tuple[Candidate, ...]] = Jobs()
        self._typed: str | None = None

    def start(self, wake: Callable[[], None]) -> None:
        """Check everything; `wake` is called from other threads when something is known."""
        self._wake = wake
        self.rescan()

    def rescan(self) -> None:
        """Check everything again; earlier results stay until there are new ones."""
        for candidate in self._candidates:
            self.find_server(candidate)
        if (list_pods := self._list_pods) is not None:

            def pods(_: Job[tuple[Candidate, ...]]) -> tuple[Candidate, ...]:
                return tuple(pod_candidate(pod) for pod in list_pods())

            self._listings.start(_PODS, Job("listing the pods", pods, self._pods_listed))

    def close(self) -> None:
        """Cancel every check."""
        for jobs in (self._servers, self._models, self._listings):
            jobs.close()

    @property
    def candidates(self) -> tuple[Candidate, ...]:
        """Every candidate, in a stable order: those the user added, this machine, pods."""
        pods = self._listings.outcome(_PODS)
        every = [*self._candidates, *(pods if isinstance(pods, tuple) else ())]
        return tuple(self.updated(one) for one in {one.key: one for one in every}.values())

    def updated(self, candidate: Candidate) -> Candidate:
        """Return a candidate with the last result of its check."""
        return replace(candidate, found=self._servers.outcome(candidate.url) or candidate.found)

    @property
    def pods_error(self) -> Problem | None:
        """Why the pods cannot be listed."""
        pods = self._listings.outcome(_PODS)
        return pods if isinstance(pods, Problem) else None

    @property
    def checking_s(self) -> float | None:
        """How long the oldest check has been under way, in seconds; None when all have ended."""
        times = [*self._server_checks_s(), self._listings.elapsed_s(_PODS)]
        return max((s for s in times if s is not None), default=None)

    @property
    def only_pods_missing(self) -> bool:
        """Whether everything is known except which pods there are."""
        return self._listings.running(_PODS) is not None and not any(self._server_checks_s())

    def find_server(self, candidate: Candidate) -> None:
        """Check a candidate, unless it has no address or its pod is off."""
        url = candidate.url
        if url and (candidate.pod is None or candidate.pod.running):
            find = partial(self._find_server, url)
            self._start(self._servers, url, "checking the server", find)

    def find_typed(self, url: str | None) -> None:
        """Check an address that is being typed; the check of the one before is cancelled."""
        before, self._typed = self._typed, url
        kept = {url, *(one.url for one in self._candidates)}
        if before is not None and before not in kept:
            self._servers.drop(before)
        if url is not None and not isinstance(self._servers.outcome(url), ServerFound):
            self.find_server(Candidate(url))

    def server_check_s(self, url: str) -> float | None:
        """Return how long a check of an address has taken, in seconds; None if none is running."""
        return self._servers.elapsed_s(url)

    def add(self, candidate: Candidate) -> None:
        """Put a candidate the user named before the others."""
        others = (one for one in self._candidates if one.url != candidate.url)
        self._candidates = [candidate, *others]
        self.find_typed(None)
        if self.updated(candidate).found is None:
            self.find_server(candidate)

    def check_model(self, selection: Selection) -> None:
        """Check one model at its server, unless that is on a pod that is off."""
        pod = selection.candidate.pod
        if pod is None or pod.running:
            check = partial(self._check_model, selection)
            self._start(self._models, selection, "checking the model", check)

    def model_host(self, selection: Selection) -> Host | None:
        """Return what the check of a model has shown; None as long as it is not known."""
        outcome = self._models.outcome(selection)
        return Host(HostState.FAILED, outcome) if isinstance(outcome, Problem) else outcome

    def model_check_s(self, selection: Selection) -> float | None:
        """Return how long a check of a model has taken, in seconds; None if none is running."""
        return self._models.elapsed_s(selection)

    def _start(
        self, jobs: Jobs[K, T], key: K, title: str, call: Callable[[CancelToken], T]
    ) -> None:
        jobs.start(key, Job(title, lambda job: call(job.cancel_token), lambda _: self._wake()))

    def _server_checks_s(self) -> list[float | None]:
        return [self.server_check_s(candidate.url) for candidate in self.candidates]

    def _pods_listed(self, listing: Job[tuple[Candidate, ...]]) -> None:
        for candidate in listing.result or ():
            self.find_server(candidate)
        self._wake()


def pod_candidate(pod: Pod) -> Candidate:
    """Return where a pod's model server would answer: its first default port, at its proxy."""
    port = next((port for port in DEFAULT_PORTS if port in pod.http_ports), None)
    try:
        url = base_url(f"{pod.id}-{port}.proxy.runpod.net") if port else ""
    except ValueError:
        url = ""
    return Candidate(url, "pod", pod, known=True)
