"""Finds what could be compared: servers on this machine, at named addresses, and on pods."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from bbtui.clients.ports import CancelToken
from bbtui.crashes import Crash
from bbtui.domain.address import base_url
from bbtui.domain.candidate import Candidate, Selection, ServerFound
from bbtui.domain.endpoint import Host
from bbtui.domain.pod import Pod
from bbtui.domain.problem import Problem
from bbtui.engine.errands import Errands
from bbtui.engine.host_monitor import unseen
from bbtui.errors import BbtuiError

#: Where servers listen unless told otherwise: Ollama, llama.cpp, vLLM, LM Studio.
USUAL_PORTS = (11434, 8080, 8000, 1234)

FindServer = Callable[[str, CancelToken], ServerFound | Problem]
CheckModel = Callable[[Selection, CancelToken], Host]
ListPods = Callable[[], Sequence[Pod]]

_PODS = "pods"


def usual_places(environ: Mapping[str, str]) -> tuple[Candidate, ...]:
    """OLLAMA_HOST if it is set, then the usual ports of this machine.

    One that makes no address is a place without a URL that says why.
    """
    places = {}
    if host := environ.get("OLLAMA_HOST", "").strip():
        try:
            url = base_url(host)
        except ValueError as error:
            problem = Problem(f"OLLAMA_HOST: {error}", "correct or unset it")
            places[""] = Candidate("", "OLLAMA_HOST", known=True, found=problem)
        else:
            places[url] = Candidate(url, "OLLAMA_HOST", known=True)
    for port in USUAL_PORTS:
        url = f"http://127.0.0.1:{port}"
        places.setdefault(url, Candidate(url))
    return tuple(places.values())


class Discovery:
    """Looks at places, each in a thread of its own; what is known grows meanwhile.

    `look` asks a base URL who is there, `check` looks at one model there; both block, and end early
    when their line is cut. `list_pods` tells the rented machines, blocks too and raises
    BbtuiError; None is that there is no key to ask with.
    """

    def __init__(
        self,
        places: Sequence[Candidate],
        look: FindServer,
        check: CheckModel,
        list_pods: ListPods | None = None,
    ) -> None:
        self._places = list(places)
        self._look, self._check, self._list_pods = look, check, list_pods
        self._wake: Callable[[], None] = lambda: None
        self._looks: Errands[str, ServerFound | Problem] = Errands(self._news, _silent)
        self._checks: Errands[Selection, Host] = Errands(self._news, unseen)
        self._listings: Errands[str, tuple[Candidate, ...] | Problem] = Errands(
            self._listed, _silent
        )
        self._typed: str | None = None

    def start(self, wake: Callable[[], None]) -> None:
        """Look at everything; `wake` is called from other threads when something is new."""
        self._wake = wake
        self.again()

    def again(self) -> None:
        """Look at everything once more; what is known stays until it is known better."""
        for place in self._places:
            self.visit(place)
        if self._list_pods is not None:
            self._listings.send(_PODS, self._ask_for_pods)

    def close(self) -> None:
        """Stop looking."""
        for errands in (self._looks, self._checks, self._listings):
            errands.close()

    @property
    def places(self) -> tuple[Candidate, ...]:
        """Every place, in an order that stays: those added by hand, this machine, pods."""
        pods = self._listings.result(_PODS)
        every = [*self._places, *(pods if isinstance(pods, tuple) else ())]
        return tuple(self.seen(place) for place in {place.key: place for place in every}.values())

    def seen(self, place: Candidate) -> Candidate:
        """A place with the latest that is known of it."""
        return replace(place, found=self._looks.result(place.url) or place.found)

    @property
    def pods_known(self) -> bool:
        """Whether there is a key to list pods with."""
        return self._list_pods is not None

    @property
    def pods_trouble(self) -> Problem | None:
        """Why the pods cannot be listed."""
        listing = self._listings.result(_PODS)
        return listing if isinstance(listing, Problem) else None

    @property
    def waiting_s(self) -> float | None:
        """How long the oldest look under way has taken, in s; None when all is known."""
        listing = self._listings.waited_s(_PODS)
        return max((s for s in [*self._looking(), listing] if s is not None), default=None)

    @property
    def lacks_pods_alone(self) -> bool:
        """Whether all is known but which pods there are."""
        return self._listings.waited_s(_PODS) is not None and not any(self._looking())

    def _looking(self) -> list[float | None]:
        return [self._looks.waited_s(place.url) for place in self.places]

    def visit(self, place: Candidate) -> None:
        """Look at a place, unless there is nothing there to be asked."""
        if place.url and (place.pod is None or place.pod.running):
            self._looks.send(place.url, lambda line: self._look(place.url, line))

    def visit_typed(self, url: str | None) -> None:
        """Look at an address that is being typed; the look at the one before is cut."""
        before, self._typed = self._typed, url
        if before is not None and before != url and before not in {p.url for p in self._places}:
            self._looks.drop(before)
        if url is not None and not isinstance(self._looks.result(url), ServerFound):
            self.visit(Candidate(url))

    def waited_s(self, url: str) -> float | None:
        """How long a look at an address has taken, in s; None if none is under way."""
        return self._looks.waited_s(url)

    def add(self, place: Candidate) -> None:
        """Put a place the user named before the others."""
        self._places = [place, *(other for other in self._places if other.url != place.url)]
        self.visit_typed(None)
        if self.seen(place).found is None:
            self.visit(place)

    def check(self, pick: Selection) -> None:
        """Look at one model at its place; a pod that does not run is not asked."""
        if pick.place.pod is None or pick.place.pod.running:
            self._checks.send(pick, lambda line: self._check(pick, line))

    def checked(self, pick: Selection) -> Host | None:
        """What the check of a pick has shown; None as long as it is not known."""
        return self._checks.result(pick)

    def checking_s(self, pick: Selection) -> float | None:
        """How long a check has taken, in s; None if none is under way."""
        return self._checks.waited_s(pick)

    def _ask_for_pods(self, cancel_token: CancelToken) -> tuple[Candidate, ...] | Problem:
        del cancel_token  # the provider's client has limits of its own
        if self._list_pods is None:
            return ()
        try:
            return tuple(pod_place(pod) for pod in self._list_pods())
        except BbtuiError as error:
            return Problem.of(error)

    def _listed(self) -> None:
        pods = self._listings.result(_PODS)
        for place in pods if isinstance(pods, tuple) else ():
            self.visit(place)
        self._news()

    def _news(self) -> None:
        self._wake()


def _silent(crash: Crash) -> Problem:
    return Problem(unseen(crash).words, crash.fix)


def pod_place(pod: Pod) -> Candidate:
    """Where a pod's model server would answer: at its proxy, by the first usual port it exposes."""
    port = next((port for port in USUAL_PORTS if port in pod.http_ports), None)
    try:
        url = base_url(f"{pod.id}-{port}.proxy.runpod.net") if port else ""
    except ValueError:
        url = ""
    return Candidate(url, "pod", pod, known=True)
