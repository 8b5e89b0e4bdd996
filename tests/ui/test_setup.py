"""The set-up screen: discovery, addresses, selections and the saved configuration."""

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
from textual import events
from textual.pilot import Pilot
from textual.widgets import Input, TextArea

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
from bbtui.ui.screens.setup import SetupApp, SetupContext, SetupResult
from tests.idle import until
from tests.loopback import Loopback, loopback
from tests.waiting import LIMIT_S

__all__ = ["loopback"]

WIDE, NARROW = (120, 36), (80, 24)
HERE, BOX = "http://127.0.0.1:11434", "http://box:11434"
OLLAMA = ServerFound(
    "ollama",
    "Ollama 0.33.3",
    (Model("gemma3:1b", parameters="999.89M", loaded=True), Model("gemma3:4b", parameters="4.3B")),
)
BIG = ServerFound("ollama", "Ollama 0.33.1", (Model("gemma3:27b", parameters="27.4B"),))
NO_SERVER = Problem("nothing listens there (connection refused)", "start the server")
FOUND = {HERE: OLLAMA, BOX: BIG}
STOPPED = Pod("abc123", "ollama-box", "EXITED", gpu="NVIDIA L40S", gpu_count=1, http_ports=(11434,))
RUNNING = Pod("xyz789", "big", "RUNNING", gpu="NVIDIA A40", gpu_count=1, cost_per_hour=0.4)


def find_server(url: str, cancel_token: CancelToken) -> ServerFound | Problem:
    return FOUND.get(url, NO_SERVER)


@dataclass
class SetupDriver:
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

    async def type(self, text: str) -> None:
        names = {":": "colon", ".": "full_stop", "-": "minus", "/": "slash", "@": "at"}
        await self.press(*(names.get(character, character) for character in text))

    async def paste(self, text: str) -> None:
        """Insert a text into the focused box at once, which is faster than key by key."""
        box = self.app.focused
        assert isinstance(box, Input | TextArea)
        self.app.post_message(events.Paste(text))
        await self.pilot.pause()

    async def shows(self, *texts: str) -> None:
        try:
            await until(self.pilot, lambda: all(text in self.text for text in texts), 20)
        except AssertionError:
            raise AssertionError(f"{texts} not all on the screen:\n{self.text}") from None

    async def has_result(self, result: SetupResult) -> None:
        await until(self.pilot, lambda: self.app.return_value is not None)
        assert self.app.return_value == result


@asynccontextmanager
async def run_setup_screen(
    *candidates: Candidate,
    size: tuple[int, int] = WIDE,
    find: FindServer = find_server,
    pods: ListPods | None = None,
    refuse: BbtuiError | None = None,
    no_demo: BbtuiError | None = None,
    host: Host | None = None,
) -> AsyncIterator[SetupDriver]:
    """Run the set-up screen with these candidates, by default one with two models."""
    ready = host or Host(HostState.READY, detail="ready", loaded=True, gpu_share=1.0)
    discovery = Discovery(
        candidates or (Candidate(HERE),), find, lambda selection, token: ready, pods
    )
    saved: list[tuple[list[str], list[str]]] = []

    def save(selections: Sequence[Selection], labels: Sequence[str]) -> None:
        if refuse is not None:
            raise refuse
        saved.append(([selection.model for selection in selections], list(labels)))

    def require_demo() -> None:
        if no_demo is not None:
            raise no_demo

    path = Path.home() / ".config/bbtui/config.toml"
    app = SetupApp(
        SetupContext(discovery, save, require_demo, path, shipped("themes"), Path("none"))
    )
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        yield SetupDriver(app, pilot, saved)


@pytest.mark.parametrize("size", [WIDE, NARROW])
async def test_two_models_are_selected_and_saved(size: tuple[int, int]) -> None:
    async with run_setup_screen(
        Candidate(HERE), Candidate(BOX, "OLLAMA_HOST", known=True), size=size
    ) as app:
        await app.shows("127.0.0.1:11434  Ollama 0.33.3", "OLLAMA_HOST", "loaded")
        await app.shows("gemma3:27b")
        await app.shows("saves to ~/.config/bbtui/config.toml")
        await app.press("space", "down", "down", "space")
        await app.shows("1 gemma3:1b", "2 gemma3:27b", "ready · loaded · 100 % GPU")
        await app.press("enter")
        await app.has_result("saved")
    assert app.saved == [(["gemma3:1b", "gemma3:27b"], ["Local", "Big"])]


async def test_two_models_on_one_machine_show_a_remark() -> None:
    async with run_setup_screen() as app:
        await app.shows("gemma3:4b")
        await app.press("space", "down", "space")
        await app.shows("both on this machine: they run sequentially")
        await app.press("enter")
        await app.has_result("saved")
    assert app.saved == [(["gemma3:1b", "gemma3:4b"], ["gemma3:1b", "gemma3:4b"])]


async def test_single_model_needs_a_second_enter() -> None:
    async with run_setup_screen() as app:
        await app.shows("gemma3:1b")
        await app.press("enter", "enter")
        await app.shows("only one model selected: enter again saves it")
        assert app.saved == []
        await app.press("enter")
        await app.has_result("saved")
    assert app.saved == [(["gemma3:1b"], ["Local"])]


async def test_space_deselects_and_a_third_model_is_refused() -> None:
    async with run_setup_screen(Candidate(HERE), Candidate(BOX)) as app:
        await app.shows("gemma3:1b", "gemma3:27b")
        await app.press("space", "down", "space", "down", "space")
        await app.shows("two models selected; space on one deselects it")
        await app.press("up", "space", "down", "space", "enter")
        await app.has_result("saved")
    assert app.saved == [(["gemma3:1b", "gemma3:27b"], ["Local", "Big"])]


async def test_label_is_changed_by_the_user() -> None:
    async with run_setup_screen() as app:
        await app.shows("gemma3:1b")
        await app.press("space", "1")
        await app.shows("label Local")
        await app.press("ctrl+u")
        await app.paste("Mine")
        await app.press("enter")
        await app.shows("1  Mine")
        await app.press("down", "space", "enter")
        await app.has_result("saved")
    assert app.saved[0][1] == ["Mine", "gemma3:4b"]


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("box", "✓ box:11434: Ollama 0.33.1 · 1 model"),
        ("0.0.0.0", "✓ 127.0.0.1:11434: Ollama 0.33.3 · 2 models"),
        ("box:9", "✗ nothing listens there (connection refused)"),
        ("ftp://x", '✗ "ftp://x" does not'),
    ],
)
async def test_address_is_checked_as_it_is_typed(typed: str, shown: str) -> None:
    async with run_setup_screen() as app:
        await app.press("u")
        await app.type(typed)
        await app.shows(shown)
        if "refused" in shown:
            await app.shows("start the server")


async def test_address_of_a_pod_proxy_becomes_https() -> None:
    asked: list[str] = []

    def find(url: str, cancel_token: CancelToken) -> ServerFound | Problem:
        asked.append(url)
        return BIG

    async with run_setup_screen(find=find) as app:
        await app.press("u")
        await app.paste("abc123-11434.proxy.runpod.net")
        await app.shows("✓ abc…-11434.proxy.runpod.net: Ollama 0.33.1")
    assert "https://abc123-11434.proxy.runpod.net" in asked


async def test_address_of_a_server_is_added_and_its_model_selected() -> None:
    async with run_setup_screen() as app:
        await app.shows("gemma3:1b")
        await app.press("u")
        await app.paste("box")
        await app.shows("✓ box:11434")
        await app.press("enter")
        await app.shows("box:11434  Ollama 0.33.1")
        await app.press("space")
        await app.shows("1  Big")


async def test_address_without_a_server_is_added_and_its_model_named() -> None:
    async with run_setup_screen() as app:
        await app.shows("gemma3:1b")
        await app.press("u")
        await app.paste("box:9")
        await app.press("enter")
        await app.shows("✗ box:9", "enter a model name …")
        await app.press("space")
        await app.shows("model on box:9")
        await app.paste("gemma3:27b")
        await app.press("enter")
        await app.shows("1  Big")
        await app.press("enter", "enter")
        await app.has_result("saved")
    assert app.saved == [(["gemma3:27b"], ["Big"])]


async def test_esc_leaves_the_address_then_the_screen() -> None:
    async with run_setup_screen() as app:
        await app.shows("gemma3:1b")
        await app.press("u", "q", "escape")
        await app.shows("space select")
        await app.press("escape")
        await app.has_result("left")
    assert app.saved == []


@pytest.mark.parametrize("key", ["q", "ctrl+q", "ctrl+c", "escape"])
async def test_quitting_saves_nothing(key: str) -> None:
    async with run_setup_screen() as app:
        await app.shows("gemma3:1b")
        await app.press("space", key)
        await app.has_result("left")
    assert app.saved == []


async def test_no_server_found_shows_what_to_do() -> None:
    async with run_setup_screen(
        Candidate("http://127.0.0.1:9"), Candidate("http://127.0.0.1:8")
    ) as app:
        await app.shows("No model found. Start a server (ollama serve) and press r")
        await app.shows("no server at 127.0.0.1:9, 127.0.0.1:8")
        await app.press("space", "enter", "1")
        assert app.app.return_value is None


async def test_rescan_finds_a_server_started_meanwhile() -> None:
    found: dict[str, ServerFound] = {}
    async with run_setup_screen(find=lambda url, token: found.get(url, NO_SERVER)) as app:
        await app.shows("No model found")
        found[HERE] = OLLAMA
        await app.press("r")
        await app.shows("gemma3:1b")


async def test_slow_check_shows_its_time() -> None:
    def slow(url: str, cancel_token: CancelToken) -> ServerFound | Problem:
        cancel_token.wait_cancelled(LIMIT_S)
        return NO_SERVER

    async with run_setup_screen(Candidate(BOX, "OLLAMA_HOST", known=True), find=slow) as app:
        await app.shows("◌ checking ", "◌ box:11434")


async def test_slow_provider_shows_the_time_of_its_check() -> None:
    told = threading.Event()

    def slow() -> Sequence[Pod]:
        told.wait(LIMIT_S)
        return ()

    async with run_setup_screen(pods=slow) as app:
        await app.shows("gemma3:1b", "◌ listing pods ")
        told.set()
        await app.shows("saves to ~")


async def test_ollama_host_without_a_server_is_shown_with_its_problem() -> None:
    async with run_setup_screen(Candidate("http://box:1", "OLLAMA_HOST", known=True)) as app:
        await app.shows("✗ box:1", "nothing listens there", "start the server", "OLLAMA_HOST")


async def test_long_name_of_a_pod_is_cut_before_its_price() -> None:
    gpu = "NVIDIA RTX PRO 6000 Blackwell"
    pod = replace(STOPPED, name="the pod for our quality benchmark", gpu=gpu, cost_per_hour=1.69)
    async with run_setup_screen(Candidate(BOX), pods=lambda: (pod,), size=NARROW) as app:
        await app.shows("○ the pod for our quality …  stopped · ", f"{gpu} · $1.69/h")


async def test_pod_shows_state_machine_and_price() -> None:
    async with run_setup_screen(
        Candidate(BOX), pods=lambda: (STOPPED, RUNNING), size=NARROW
    ) as app:
        await app.shows("○ ollama-box  stopped · NVIDIA L40S · price unknown")
        await app.shows("big  running · NVIDIA A40 · $0.40/h")
        await app.shows("no HTTP port exposed: add 11434/http", "27.4B")
        await app.press("down", "space")
        await app.shows("model on ollama-box")
        await app.paste("gemma3:27b")
        await app.press("enter")
        await app.shows("abc…-11434.proxy.runpod.net", "○ the pod is stopped")
        await app.press("enter", "enter")
        await app.has_result("saved")
    assert app.saved == [(["gemma3:27b"], ["Big"])]


async def test_missing_api_key_shows_how_to_list_pods() -> None:
    async with run_setup_screen() as app:
        await app.shows("pods: set RUNPOD_API_KEY to list your pods here")


async def test_error_of_the_provider_is_shown() -> None:
    def refuse() -> tuple[Pod, ...]:
        raise PodError("RunPod does not accept the key", "make another one", "key")

    async with run_setup_screen(pods=refuse) as app:
        await app.shows("✗ pods: RunPod does not accept the key", "make another one")


async def test_selection_that_fails_shows_cause_and_fix() -> None:
    host = Host(HostState.FAILED, Problem("box does not have the model", "ollama pull gemma3:1b"))
    async with run_setup_screen(host=host) as app:
        await app.shows("gemma3:1b")
        await app.press("space")
        await app.shows("✗ box does not have the model", "ollama pull gemma3:1b")


async def test_error_while_saving_is_shown_and_selections_stay() -> None:
    refuse = UsageError("cannot create the folder ~/.config: Permission denied")
    async with run_setup_screen(refuse=refuse) as app:
        await app.shows("gemma3:1b")
        await app.press("space", "down", "space", "enter")
        await app.shows("cannot create the folder ~/.config: Permission", "2  gemma3:4b")
        assert app.app.return_value is None


@pytest.mark.parametrize("size", [WIDE, NARROW])
async def test_unexpected_error_is_shown_and_selections_stay(
    size: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> NoReturn:
        raise RuntimeError("boom [/]")

    monkeypatch.setattr("bbtui.ui.screens.setup.InputPrompt", broken)
    async with run_setup_screen(size=size) as app:
        await app.shows("gemma3:1b")
        await app.press("space", "1")
        await app.shows("internal error: RuntimeError('boom [/]')", "a bug in bbtui")
        await app.press("enter", "enter")
        await app.has_result("saved")
    assert app.saved == [(["gemma3:1b"], ["Local"])]


async def test_demo_is_started() -> None:
    async with run_setup_screen() as app:
        await app.shows("d demo")
        await app.press("d")
        await app.has_result("demo")


async def test_missing_demo_shows_the_command() -> None:
    missing = EndpointError("the demo needs xllamacpp", "install with: pip install 'bbtui[demo]'")
    async with run_setup_screen(no_demo=missing) as app:
        await app.press("d")
        await app.shows("the demo needs xllamacpp", "pip install 'bbtui[demo]'")
        assert app.app.return_value is None


async def test_markup_in_names_is_shown_as_text() -> None:
    odd = ServerFound("ollama", "Ollama [red]0[/]", (Model("[b]x[/b]"), Model("a\x1b[31mb")))
    async with run_setup_screen(find=lambda url, token: odd) as app:
        await app.shows("Ollama [red]0[/]", "[b]x[/b]", "a\ufffd[31mb")


async def test_small_terminal_shows_the_needed_size() -> None:
    async with run_setup_screen(size=(50, 15)) as app:
        await app.shows("set-up needs at least 60×20")


async def test_real_server_is_found(loopback: Loopback) -> None:
    for name in ("version", "tags", "ps-empty"):
        loopback.replay(name)
    async with run_setup_screen(Candidate(loopback.url), find=identify) as app:
        await app.shows(f"● 127.0.0.1:{loopback.port}  Ollama 0.0.0", "gemma3:270m", "smollm2:135m")
