"""The set-up screen: what was found, any address, the choice, and what is done with it."""

from __future__ import annotations

import io
import threading
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import NoReturn

import pytest
from rich.console import Console
from textual.pilot import Pilot

from bbtui.clients.identify import identify
from bbtui.clients.ports import CancelToken
from bbtui.domain.candidate import Candidate, Selection, ServerFound
from bbtui.domain.host import Host, HostState
from bbtui.domain.model import Model
from bbtui.domain.pod import Pod
from bbtui.domain.problem import Problem
from bbtui.engine.discovery import Discovery, FindServer, ListPods
from bbtui.errors import BbtuiError, EndpointError, PodError, UsageError
from bbtui.locations import shipped
from bbtui.ui.screens.setup import SetupResult
from bbtui.ui.setup_app import SetupApp, SetupContext
from tests.loopback import Loopback, loopback
from tests.waiting import LIMIT_S, until

__all__ = ["loopback"]

WIDE, NARROW = (120, 36), (80, 24)
HERE, BOX = "http://127.0.0.1:11434", "http://box:11434"
OLLAMA = ServerFound(
    "ollama",
    "Ollama 0.33.3",
    (Model("gemma3:1b", parameters="999.89M", loaded=True), Model("gemma3:4b", parameters="4.3B")),
)
BIG = ServerFound("ollama", "Ollama 0.33.1", (Model("gemma3:27b", parameters="27.4B"),))
NOBODY = Problem("nothing listens there (connection refused)", "start the server")
FOUND = {HERE: OLLAMA, BOX: BIG}
STOPPED = Pod("abc123", "ollama-box", "EXITED", gpu="NVIDIA L40S", gpu_count=1, http_ports=(11434,))
RUNNING = Pod("xyz789", "big", "RUNNING", gpu="NVIDIA A40", gpu_count=1, cost_per_hour=0.4)


def look(url: str, cancel_token: CancelToken) -> ServerFound | Problem:
    return FOUND.get(url, NOBODY)


@dataclass
class Seat:
    app: SetupApp
    pilot: Pilot[SetupResult]
    saved: list[tuple[list[str], list[str]]] = field(default_factory=list)

    @property
    def text(self) -> str:
        width, height = self.app.size
        console = Console(
            width=width, height=height, file=io.StringIO(), force_terminal=True, record=True
        )
        screens = self.app._background_screens
        console.print(self.app.screen._compositor.render_update(full=True, screen_stack=screens))
        return console.export_text()

    async def press(self, *keys: str) -> None:
        for key in keys:
            await self.pilot.press(key)
            await self.pilot.pause()

    async def type(self, words: str) -> None:
        names = {":": "colon", ".": "full_stop", "-": "minus", "/": "slash", "@": "at"}
        await self.press(*(names.get(letter, letter) for letter in words))

    async def sees(self, *words: str) -> None:
        try:
            await until(self.pilot, lambda: all(one in self.text for one in words), 20)
        except AssertionError:
            raise AssertionError(f"{words} not all on the screen:\n{self.text}") from None

    async def left(self, outcome: SetupResult) -> None:
        await until(self.pilot, lambda: self.app.return_value is not None)
        assert self.app.return_value == outcome


@asynccontextmanager
async def seated(
    *places: Candidate,
    size: tuple[int, int] = WIDE,
    look: FindServer = look,
    pods: ListPods | None = None,
    refuse: BbtuiError | None = None,
    no_demo: BbtuiError | None = None,
    host: Host | None = None,
) -> AsyncIterator[Seat]:
    """Before the set-up screen, with these places to look at (else one with two models)."""
    ready = host or Host(HostState.READY, detail="ready", loaded=True, gpu_share=1.0)
    discovery = Discovery(places or (Candidate(HERE),), look, lambda pick, line: ready, pods)
    saved: list[tuple[list[str], list[str]]] = []

    def save(picks: Sequence[Selection], labels: Sequence[str]) -> None:
        if refuse is not None:
            raise refuse
        saved.append(([pick.model for pick in picks], list(labels)))

    def require_demo() -> None:
        if no_demo is not None:
            raise no_demo

    path = Path.home() / ".config/bbtui/config.toml"
    app = SetupApp(
        SetupContext(discovery, save, require_demo, path, shipped("themes"), Path("none"))
    )
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        yield Seat(app, pilot, saved)


@pytest.mark.parametrize("size", [WIDE, NARROW])
async def test_a_pair_is_chosen_and_saved(size: tuple[int, int]) -> None:
    async with seated(Candidate(HERE), Candidate(BOX, "OLLAMA_HOST", known=True), size=size) as app:
        await app.sees("127.0.0.1:11434  Ollama 0.33.3", "OLLAMA_HOST", "in memory")
        await app.sees("gemma3:27b")
        await app.sees("saves to ~/.config/bbtui/config.toml")
        await app.press("space", "down", "down", "space")
        await app.sees("1 gemma3:1b", "2 gemma3:27b", "ready · in memory · 100 % GPU")
        await app.press("enter")
        await app.left("saved")
    assert app.saved == [(["gemma3:1b", "gemma3:27b"], ["Local", "Big"])]


async def test_two_on_one_machine_are_allowed_and_explained() -> None:
    async with seated() as app:
        await app.sees("gemma3:4b")
        await app.press("space", "down", "space")
        await app.sees("both on this machine: they run one after the other")
        await app.press("enter")
        await app.left("saved")
    assert app.saved == [(["gemma3:1b", "gemma3:4b"], ["gemma3:1b", "gemma3:4b"])]


async def test_one_alone_wants_a_second_enter() -> None:
    async with seated() as app:
        await app.sees("gemma3:1b")
        await app.press("enter", "enter")
        await app.sees("one endpoint only: enter once more saves it")
        assert app.saved == []
        await app.press("enter")
        await app.left("saved")
    assert app.saved == [(["gemma3:1b"], ["Local"])]


async def test_space_gives_a_model_back_and_a_third_is_refused_in_words() -> None:
    async with seated(Candidate(HERE), Candidate(BOX)) as app:
        await app.sees("gemma3:1b", "gemma3:27b")
        await app.press("space", "down", "space", "down", "space")
        await app.sees("two are taken: space on one of them gives it back")
        await app.press("up", "space", "down", "space", "enter")
        await app.left("saved")
    assert app.saved == [(["gemma3:1b", "gemma3:27b"], ["Local", "Big"])]


async def test_a_label_can_be_ones_own() -> None:
    async with seated() as app:
        await app.sees("gemma3:1b")
        await app.press("space", "1")
        await app.sees("label Local")
        await app.press("ctrl+u")
        await app.type("Mine")
        await app.press("enter")
        await app.sees("1  Mine")
        await app.press("down", "space", "enter")
        await app.left("saved")
    assert app.saved[0][1] == ["Mine", "gemma3:4b"]


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("box", "✓ box:11434: Ollama 0.33.1 · 1 model"),
        ("0.0.0.0", "✓ 127.0.0.1:11434: Ollama 0.33.3 · 2 models"),
        ("box:9", "✗ nothing listens there (connection refused)"),
        ("ftp://x", '✗ "ftp://x" does not begin with http:// or https://'),
        ("a_b://", "does not begin with http:// or https://"),
        ("http://me:pw@box", "✗ a user name or password has no place in an address"),
        ("http:/box", "✗ after http: come two slashes: http://box"),
        ("box:nine", '✗ "box:nine" has no port after its colon'),
        ("http://", "names no host"),
    ],
)
async def test_an_address_is_checked_as_it_is_typed(typed: str, told: str) -> None:
    async with seated() as app:
        await app.press("u")
        await app.type(typed)
        await app.sees(told)
        if "refused" in told:
            await app.sees("start the server")


async def test_a_bare_proxy_name_becomes_https() -> None:
    asked: list[str] = []

    def look(url: str, cancel_token: CancelToken) -> ServerFound | Problem:
        asked.append(url)
        return BIG

    async with seated(look=look) as app:
        await app.press("u")
        await app.type("abc123-11434.proxy.runpod.net")
        await app.sees("✓ abc…-11434.proxy.runpod.net: Ollama 0.33.1")
    assert "https://abc123-11434.proxy.runpod.net" in asked


async def test_an_address_that_answers_is_added_and_its_model_taken() -> None:
    async with seated() as app:
        await app.sees("gemma3:1b")
        await app.press("u")
        await app.type("box")
        await app.sees("✓ box:11434")
        await app.press("enter")
        await app.sees("box:11434  Ollama 0.33.1")
        await app.press("space")
        await app.sees("1  Big")


async def test_a_silent_address_can_be_added_and_its_model_named() -> None:
    async with seated() as app:
        await app.sees("gemma3:1b")
        await app.press("u")
        await app.type("box:9")
        await app.press("enter")
        await app.sees("✗ box:9", "name a model …")
        await app.press("space")
        await app.sees("model on box:9")
        await app.type("gemma3:27b")
        await app.press("enter")
        await app.sees("1  Big")
        await app.press("enter", "enter")
        await app.left("saved")
    assert app.saved == [(["gemma3:27b"], ["Big"])]


async def test_esc_leaves_the_address_first_and_then_the_screen() -> None:
    async with seated() as app:
        await app.sees("gemma3:1b")
        await app.press("u", "q", "escape")
        await app.sees("space take")
        await app.press("escape")
        await app.left("left")
    assert app.saved == []


@pytest.mark.parametrize("key", ["q", "ctrl+q", "ctrl+c", "escape"])
async def test_leaving_writes_nothing(key: str) -> None:
    async with seated() as app:
        await app.sees("gemma3:1b")
        await app.press("space", key)
        await app.left("left")
    assert app.saved == []


async def test_nothing_found_says_what_can_be_done() -> None:
    async with seated(Candidate("http://127.0.0.1:9"), Candidate("http://127.0.0.1:8")) as app:
        await app.sees("Nothing to compare was found. Start a server (ollama serve), then r;")
        await app.sees("nothing at 127.0.0.1:9, 127.0.0.1:8")
        await app.press("space", "enter", "1")
        assert app.app.return_value is None


async def test_looking_again_finds_what_was_started_meanwhile() -> None:
    found: dict[str, ServerFound] = {}
    async with seated(look=lambda url, line: found.get(url, NOBODY)) as app:
        await app.sees("Nothing to compare was found")
        found[HERE] = OLLAMA
        await app.press("r")
        await app.sees("gemma3:1b")


async def test_a_look_that_takes_long_shows_that_it_runs() -> None:
    def slow(url: str, cancel_token: CancelToken) -> ServerFound | Problem:
        cancel_token.wait_cancelled(LIMIT_S)
        return NOBODY

    async with seated(Candidate(BOX, "OLLAMA_HOST", known=True), look=slow) as app:
        await app.sees("◌ looking ", "◌ box:11434")


async def test_a_provider_that_takes_long_is_what_is_waited_for() -> None:
    told = threading.Event()

    def slow() -> Sequence[Pod]:
        told.wait(LIMIT_S)
        return ()

    async with seated(pods=slow) as app:
        await app.sees("gemma3:1b", "◌ looking for pods ")
        told.set()
        await app.sees("saves to ~")


async def test_the_users_own_ollama_host_is_told_when_it_is_silent() -> None:
    async with seated(Candidate("http://box:1", "OLLAMA_HOST", known=True)) as app:
        await app.sees("✗ box:1", "nothing listens there", "start the server", "OLLAMA_HOST")


async def test_a_pods_long_name_leaves_room_for_its_price() -> None:
    gpu = "NVIDIA RTX PRO 6000 Blackwell"
    pod = replace(STOPPED, name="the pod for our quality benchmark", gpu=gpu, cost_per_hour=1.69)
    async with seated(Candidate(BOX), pods=lambda: (pod,), size=NARROW) as app:
        await app.sees("○ the pod for our quality …  stopped · ", f"{gpu} · $1.69/h")


async def test_pods_have_state_machine_and_price() -> None:
    async with seated(Candidate(BOX), pods=lambda: (STOPPED, RUNNING), size=NARROW) as app:
        await app.sees("○ ollama-box  stopped · NVIDIA L40S · price unknown")
        await app.sees("big  running · NVIDIA A40 · $0.40/h")
        await app.sees("it exposes no port over http: add 11434/http", "27.4B")
        await app.press("down", "space")
        await app.sees("model on ollama-box")
        await app.type("gemma3:27b")
        await app.press("enter")
        await app.sees("abc…-11434.proxy.runpod.net", "○ the pod is stopped")
        await app.press("enter", "enter")
        await app.left("saved")
    assert app.saved == [(["gemma3:27b"], ["Big"])]


async def test_without_a_key_it_says_how_pods_are_seen() -> None:
    async with seated() as app:
        await app.sees("pods: with RUNPOD_API_KEY in the environment, yours are listed here")


async def test_pods_that_cannot_be_listed_say_why() -> None:
    def refuse() -> tuple[Pod, ...]:
        raise PodError("RunPod does not accept the key", "make another one", "key")

    async with seated(pods=refuse) as app:
        await app.sees("✗ pods: RunPod does not accept the key", "make another one")


async def test_a_choice_that_does_not_work_says_why_and_what_helps() -> None:
    host = Host(HostState.FAILED, Problem("box does not have the model", "ollama pull gemma3:1b"))
    async with seated(host=host) as app:
        await app.sees("gemma3:1b")
        await app.press("space")
        await app.sees("✗ box does not have the model", "ollama pull gemma3:1b")


async def test_a_folder_that_cannot_be_written_is_told_and_nothing_is_lost() -> None:
    refuse = UsageError("the folder ~/.config cannot be made: Permission denied")
    async with seated(refuse=refuse) as app:
        await app.sees("gemma3:1b")
        await app.press("space", "down", "space", "enter")
        await app.sees("cannot be made: Permission denied", "2  gemma3:4b")
        assert app.app.return_value is None


@pytest.mark.parametrize("size", [WIDE, NARROW])
async def test_what_breaks_while_it_asks_is_told_and_the_choice_stands(
    size: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> NoReturn:
        raise RuntimeError("boom [/]")

    monkeypatch.setattr("bbtui.ui.screens.setup.InputPrompt", broken)
    async with seated(size=size) as app:
        await app.sees("gemma3:1b")
        await app.press("space", "1")
        await app.sees("this did not work: RuntimeError('boom [/]')", "a bug in bbtui")
        await app.press("enter", "enter")
        await app.left("saved")
    assert app.saved == [(["gemma3:1b"], ["Local"])]


async def test_the_demo_is_offered() -> None:
    async with seated() as app:
        await app.sees("d demo")
        await app.press("d")
        await app.left("demo")


async def test_a_demo_that_is_not_installed_names_the_command() -> None:
    missing = EndpointError("the demo needs xllamacpp", "install with: pip install 'bbtui[demo]'")
    async with seated(no_demo=missing) as app:
        await app.press("d")
        await app.sees("the demo needs xllamacpp", "pip install 'bbtui[demo]'")
        assert app.app.return_value is None


async def test_names_from_outside_are_shown_as_text() -> None:
    odd = ServerFound("ollama", "Ollama [red]0[/]", (Model("[b]x[/b]"), Model("a\x1b[31mb")))
    async with seated(look=lambda url, line: odd) as app:
        await app.sees("Ollama [red]0[/]", "[b]x[/b]", "a\ufffd[31mb")


async def test_too_little_room_is_said() -> None:
    async with seated(size=(50, 15)) as app:
        await app.sees("the set-up needs 60×20")


async def test_a_real_server_is_found(loopback: Loopback) -> None:
    for name in ("version", "tags", "ps-empty"):
        loopback.replay(name)
    async with seated(Candidate(loopback.url), look=identify) as app:
        await app.sees(f"● 127.0.0.1:{loopback.port}  Ollama 0.0.0", "gemma3:270m", "smollm2:135m")
