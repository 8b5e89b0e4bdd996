"""The environment of every test: a fixed terminal, language and time zone, and an empty home."""

from __future__ import annotations

import gc
import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests import headless_textual
from tests.idle import let_pilots_wait_for_the_loop

# A busy machine is no bug of the program: hypothesis does not time its examples.
settings.register_profile(
    "untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)
settings.load_profile("untimed")
let_pilots_wait_for_the_loop()
headless_textual.draw_only_when_read()
headless_textual.load_shipped_themes_once()
headless_textual.parse_styles_once()
headless_textual.match_styles_once()
headless_textual.leave_apps_to_the_collector()

_FROZEN = {
    "TERM": "xterm-256color",
    "COLORTERM": "truecolor",
    "LANG": "C.UTF-8",
    "LC_ALL": "C.UTF-8",
    "TZ": "UTC",
}
_HANDLED = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
#: Prefixes of variables that change what the program reads, sends or draws.
_LEAKS = ("BBTUI_", "OLLAMA_", "RUNPOD_", "XDG_", "TEXTUAL", "SSH_", "TMUX", "LC_", "LANGUAGE")
_LEAKING_NAMES = (
    # Else each program that a test starts compiles all of its modules again.
    {"PYTHONDONTWRITEBYTECODE"}
    | {"COLUMNS", "LINES", "NO_COLOR", "FORCE_COLOR", "CLICOLOR", "EDITOR", "TERM_PROGRAM", "STY"}
    | {"HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"}
    | {"http_proxy", "https_proxy", "all_proxy", "no_proxy"}
)


def pytest_collection_finish() -> None:
    """Keep the garbage collector off what stays for all tests, and let it run less often."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000)


def pytest_sessionfinish() -> None:
    """Collect what the last tests left once: pytest does it five times, and xdist waits for 5 s."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session", autouse=True)
def _frozen_environment() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for name in list(os.environ):
            if name.startswith(_LEAKS) or name in _LEAKING_NAMES:
                patch.delenv(name)
        for name, value in _FROZEN.items():
            patch.setenv(name, value)
        time.tzset()
        yield
    time.tzset()


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty home folder of this test alone, so that no configuration or session is found."""
    folder = tmp_path / "home"
    folder.mkdir()
    monkeypatch.setenv("HOME", str(folder))
    return folder


@pytest.fixture(autouse=True)
def _same_signals() -> Iterator[None]:
    """Leave the process of the tests as it was: `main` handles signals until its own ends."""
    before = [(number, signal.getsignal(number)) for number in _HANDLED]
    yield
    for number, handler in before:
        signal.signal(number, handler)


@pytest.fixture
def release() -> Iterator[threading.Event]:
    """Yield an event for steps that wait; set at the end, so that no thread is left behind."""
    event = threading.Event()
    yield event
    event.set()
