"""Candidates of the set-up: which are checked, and what their checks have shown."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import pytest

from bbtui.clients.ports import CancelToken
from bbtui.domain.candidate import Candidate, Selection, ServerFound
from bbtui.domain.host import Host, HostState
from bbtui.domain.model import Model
from bbtui.domain.pod import Pod
from bbtui.domain.problem import Problem
from bbtui.engine.discovery import Discovery, ListPods, default_candidates, pod_candidate
from bbtui.errors import PodError
from tests.waiting import LIMIT_S, wait_until

OLLAMA = ServerFound("ollama", "Ollama 0.33.3", (Model("gemma3:1b"),))
NO_SERVER = Problem("nothing listens", "start it")
READY = Host(HostState.READY, detail="ready")
Make = Callable[..., Discovery]


@pytest.fixture
def make() -> Iterator[Make]:
    made: list[Discovery] = []

    def build(
        *places: Candidate,
        answers: dict[str, ServerFound] | None = None,
        list_pods: ListPods | None = None,
    ) -> Discovery:
        found = {} if answers is None else answers
        discovery = Discovery(
            places, lambda url, line: found.get(url, NO_SERVER), lambda pick, line: READY, list_pods
        )
        made.append(discovery)
        return discovery

    yield build
    for discovery in made:
        discovery.close()


def settled(discovery: Discovery) -> list[Candidate]:
    wait_until(lambda: discovery.checking_s is None)
    return list(discovery.candidates)


def pod(status: str = "RUNNING", **more: object) -> Pod:
    return Pod("abc123", "ollama-box", status, **{"http_ports": (11434,), **more})  # type: ignore[arg-type]


def test_default_candidates_are_the_default_ports() -> None:
    assert [place.url for place in default_candidates({})] == [
        "http://127.0.0.1:11434",
        "http://127.0.0.1:8080",
        "http://127.0.0.1:8000",
        "http://127.0.0.1:1234",
    ]


@pytest.mark.parametrize(
    ("spelt", "url"),
    [
        ("box", "http://box:11434"),
        ("0.0.0.0:5678", "http://127.0.0.1:5678"),
        ("abc123-11434.proxy.runpod.net", "https://abc123-11434.proxy.runpod.net"),
    ],
)
def test_ollama_host_is_the_first_candidate(spelt: str, url: str) -> None:
    first, second, *_ = default_candidates({"OLLAMA_HOST": spelt})
    assert (first.url, first.origin, first.known) == (url, "OLLAMA_HOST", True)
    assert second.url == "http://127.0.0.1:11434"


def test_ollama_host_on_a_default_port_is_one_candidate() -> None:
    places = default_candidates({"OLLAMA_HOST": "127.0.0.1"})
    assert [place.url for place in places].count("http://127.0.0.1:11434") == 1


def test_invalid_ollama_host_is_reported() -> None:
    first = default_candidates({"OLLAMA_HOST": "ftp://box"})[0]
    assert isinstance(first.found, Problem)
    assert first.found.cause == ('OLLAMA_HOST: "ftp://box" does not start with http:// or https://')


def test_candidates_are_filled_as_checks_end(make: Make) -> None:
    discovery = make(Candidate("http://a"), Candidate("http://b"), answers={"http://b": OLLAMA})
    assert [place.found for place in discovery.candidates] == [None, None]
    discovery.start(lambda: None)
    assert [place.found for place in settled(discovery)] == [NO_SERVER, OLLAMA]


def test_rescan_finds_a_server_started_meanwhile(make: Make) -> None:
    answers: dict[str, ServerFound] = {}
    discovery = make(Candidate("http://a"), answers=answers)
    discovery.start(lambda: None)
    assert settled(discovery)[0].found == NO_SERVER
    answers["http://a"] = OLLAMA
    discovery.rescan()
    assert settled(discovery)[0].found == OLLAMA


def test_running_pod_is_checked_through_its_proxy(make: Make) -> None:
    url = "https://abc123-11434.proxy.runpod.net"
    discovery = make(list_pods=lambda: (pod(),), answers={url: OLLAMA})
    discovery.start(lambda: None)
    wait_until(lambda: discovery.candidates and discovery.candidates[0].found)
    (place,) = discovery.candidates
    assert (place.url, place.pod, place.found) == (url, pod(), OLLAMA)


def test_stopped_pod_is_not_checked_and_can_be_selected(make: Make) -> None:
    discovery = make(list_pods=lambda: (pod("EXITED"),))
    discovery.start(lambda: None)
    wait_until(lambda: discovery.candidates)
    (place,) = settled(discovery)
    assert place.found is None
    assert place.nameable
    discovery.check_model(Selection(place, "gemma3:27b"))
    assert discovery.model_check_s(Selection(place, "gemma3:27b")) is None


def test_pod_without_a_default_port_has_no_address() -> None:
    place = pod_candidate(pod(http_ports=(8888,)))
    assert (place.url, place.nameable) == ("", False)
    assert pod_candidate(pod(http_ports=(8888, 8000))).url == "https://abc123-8000.proxy.runpod.net"


def test_error_of_the_pod_listing_is_reported(make: Make) -> None:
    def refuse() -> tuple[Pod, ...]:
        raise PodError("the key is not accepted", "make a new one", "key")

    discovery = make(Candidate("http://a"), list_pods=refuse)
    discovery.start(lambda: None)
    error = wait_until(lambda: discovery.pods_error)
    assert error == Problem("the key is not accepted", "make a new one")
    assert [place.url for place in settled(discovery)] == ["http://a"]


def test_check_of_a_typed_address_is_cancelled_by_the_next() -> None:
    cut = threading.Event()

    def look(url: str, cancel_token: CancelToken) -> ServerFound | Problem:
        if url == "http://bo" and cancel_token.wait_cancelled(LIMIT_S):
            cut.set()
        return OLLAMA

    discovery = Discovery((), look, lambda pick, line: READY)
    discovery.find_typed("http://bo")
    discovery.find_typed("http://box")
    assert cut.wait(LIMIT_S)
    wait_until(lambda: discovery.updated(Candidate("http://box")).found == OLLAMA)
    assert discovery.updated(Candidate("http://bo")).found is None
    discovery.close()


def test_typed_address_without_a_server_is_checked_again(make: Make) -> None:
    answers: dict[str, ServerFound] = {}
    discovery = make(answers=answers)
    discovery.find_typed("http://a")
    wait_until(lambda: discovery.updated(Candidate("http://a")).found == NO_SERVER)
    answers["http://a"] = OLLAMA
    discovery.find_typed(None)
    discovery.find_typed("http://a")
    wait_until(lambda: discovery.updated(Candidate("http://a")).found == OLLAMA)


def test_added_address_comes_first_and_once(make: Make) -> None:
    discovery = make(Candidate("http://a"), answers={"http://b": OLLAMA})
    discovery.start(lambda: None)
    for _ in range(2):
        discovery.add(Candidate("http://b", "typed", known=True))
    assert [place.url for place in settled(discovery)] == ["http://b", "http://a"]
    assert discovery.candidates[0].found == OLLAMA


def test_selected_model_is_checked(make: Make) -> None:
    discovery = make()
    pick = Selection(Candidate("http://a", found=OLLAMA), "gemma3:1b")
    discovery.check_model(pick)
    wait_until(lambda: discovery.model_host(pick) == READY)
