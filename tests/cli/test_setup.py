"""A first start in a real terminal: from an empty home to the comparison."""

from __future__ import annotations

import signal
import tomllib
from pathlib import Path

import pytest

from tests.cli.ollama import Ollama
from tests.cli.program import Program
from tests.cli.terminal import in_terminal
from tests.waiting import wait_until


@pytest.fixture
def fresh(program: Program, ollama: Ollama) -> Program:
    """Nothing configured, and an Ollama at OLLAMA_HOST."""
    program.environ["OLLAMA_HOST"] = f"127.0.0.1:{ollama.port}"
    return program


def config_of(program: Program) -> Path:
    return program.home / ".config" / "bbtui" / "config.toml"


def test_first_start_selects_two_models_and_opens_the_comparison(
    fresh: Program, ollama: Ollama
) -> None:
    with in_terminal(fresh) as terminal:
        terminal.shows("Select two models to compare.")
        terminal.shows("gemma3:4b")
        terminal.press(" ")
        terminal.shows("1  Local")
        terminal.press("j ")
        terminal.shows("both on this machine")
        terminal.press("\r")
        terminal.shows("space run · a run all")
        terminal.press(" ")
        wait_until(lambda: terminal.text.count("✓ done") == 2)
        terminal.press("\x11")
        assert terminal.ended() == 0
        assert f"wrote {config_of(fresh)}".encode() in terminal.raw
    assert config_of(fresh).stat().st_mode & 0o777 == 0o600
    written = tomllib.loads(config_of(fresh).read_text(encoding="utf-8"))
    assert [(one["label"], one["model"], one["url"]) for one in written["endpoints"]] == [
        ("gemma3:1b", "gemma3:1b", ollama.url),
        ("gemma3:4b", "gemma3:4b", ollama.url),
    ]
    assert fresh("config", "check").out.startswith("config.toml: OK (2 endpoints")
    with in_terminal(fresh) as terminal:
        terminal.shows("#1 is unfinished")


def test_prompt_is_sent_after_the_set_up(fresh: Program, ollama: Ollama) -> None:
    with in_terminal(fresh, "run", "Hello?") as terminal:
        terminal.shows("gemma3:4b")
        terminal.press(" ")
        terminal.shows("1  Local")
        terminal.press("\r")
        terminal.shows("only one model selected")
        terminal.press("\r")
        terminal.shows("All is well.")
        terminal.press("\x11")
        assert terminal.ended() == 0
    assert ollama.prompts == ["Hello?"]


@pytest.mark.parametrize("key", ["q", "\x11", "\x03"])
def test_quitting_the_set_up_writes_nothing(fresh: Program, key: str) -> None:
    with in_terminal(fresh) as terminal:
        terminal.shows("gemma3:4b")
        terminal.press(f" {key}")
        assert terminal.ended() == 0
        assert b"nothing was written; to return to the set-up: bbtui" in terminal.raw
    assert not config_of(fresh).exists()


@pytest.mark.usefixtures("new_interpreter")
def test_hang_up_restores_the_terminal_and_writes_nothing(fresh: Program) -> None:
    with in_terminal(fresh) as terminal:
        terminal.shows("gemma3:4b")
        terminal.process.send_signal(signal.SIGHUP)
        assert terminal.ended() == 130
        assert b"\x1b[?1049l" in terminal.raw
    assert not config_of(fresh).exists()


def test_unusable_config_folder_is_shown_on_the_screen(fresh: Program) -> None:
    # In the way for root too, whom a read-only folder does not stop.
    (fresh.home / ".config").touch()
    with in_terminal(fresh) as terminal:
        terminal.shows("gemma3:4b")
        terminal.press(" j \r")
        wait_until(lambda: ": Not a directory" in " ".join(terminal.text.split()))
        terminal.press("q")
        assert terminal.ended() == 0


def test_resume_without_a_configuration_is_an_error(fresh: Program) -> None:
    with in_terminal(fresh, "run", "--resume") as terminal:
        assert terminal.ended() == 2
        assert b"no configuration yet" in terminal.raw


def test_invalid_pod_key_is_reported_without_the_key(fresh: Program) -> None:
    fresh.environ["RUNPOD_API_KEY"] = "rpa_S3CRET and more"
    with in_terminal(fresh) as terminal:
        terminal.shows("✗ pods: the key in the environment variable RUNPOD_API_KEY")
        terminal.press("q")
        assert terminal.ended() == 0
        assert b"S3CRET" not in terminal.raw
