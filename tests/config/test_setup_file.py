"""The configuration that is written from what was picked."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from bbtui.config.create import config_text, proposed_labels, selected_endpoints, write_config
from bbtui.config.load import load_settings
from bbtui.config.settings import EndpointSettings
from bbtui.domain.candidate import Candidate, Selection, ServerFound
from bbtui.domain.endpoint import Options
from bbtui.domain.pod import Pod
from bbtui.errors import ConfigError, UsageError
from tests.config import locations

HERE = Candidate("http://127.0.0.1:11434", found=ServerFound("ollama", "Ollama 0.33.3"))
LLAMA = Candidate("http://127.0.0.1:8080", found=ServerFound("openai", "llama.cpp"))
BOX = Candidate("http://box:11434", found=ServerFound("ollama", "Ollama 0.33.3"))
POD = Candidate(
    "https://abc123-11434.proxy.runpod.net",
    "pod",
    Pod("abc123", "ollama-box", "EXITED", gpu="NVIDIA L40S", gpu_count=1),
    known=True,
)


def endpoints(*picks: Selection, pod_key: bool = False) -> tuple[EndpointSettings, ...]:
    return selected_endpoints(picks, proposed_labels(picks), pod_key=pod_key)


@pytest.mark.parametrize(
    ("picks", "labels"),
    [
        ([Selection(HERE, "gemma3:1b")], ("Local",)),
        ([Selection(POD, "gemma3:27b"), Selection(HERE, "gemma3:1b")], ("Big", "Local")),
        ([Selection(HERE, "gemma3:1b"), Selection(LLAMA, "qwen3:8b")], ("gemma3:1b", "qwen3:8b")),
        (
            [Selection(HERE, "gemma3:1b"), Selection(LLAMA, "gemma3:1b")],
            ("gemma3:1b 127.0.0.1:11434", "gemma3:1b 127.0.0.1:8080"),
        ),
        (
            [Selection(BOX, "gemma3:1b"), Selection(POD, "gemma3:1b")],
            ("gemma3:1b box:11434", "gemma3:1b abc…-11434.proxy.runpod.net"),
        ),
    ],
)
def test_labels_tell_the_picks_apart(picks: list[Selection], labels: tuple[str, ...]) -> None:
    assert proposed_labels(picks) == labels


def test_written_configuration_is_read_back(tmp_path: Path) -> None:
    user = locations(tmp_path)
    chosen = endpoints(Selection(POD, "gemma3:27b"), Selection(HERE, "gemma3:1b"), pod_key=True)
    write_config(user.config_file, chosen)
    settings = load_settings(user, {})
    assert settings.endpoints == chosen
    assert settings.options == Options(0.3, seed=7, num_ctx=8192, num_predict=1024, think=False)
    assert user.config_file.stat().st_mode & 0o777 == 0o600
    big, local = settings.endpoints
    assert (big.name, big.label, big.hardware) == ("big", "Big", "RunPod NVIDIA L40S")
    assert big.pod is not None
    assert (big.pod.id, big.pod.key) == ("abc123", "env:RUNPOD_API_KEY")
    assert (local.name, local.hardware, local.pod) == ("local", "this computer", None)


def test_without_a_key_no_pod_is_written() -> None:
    (big,) = endpoints(Selection(POD, "gemma3:27b"))
    assert big.pod is None


def test_pod_behind_a_typed_address_is_known_by_it() -> None:
    typed = Candidate("https://xyz789-11434.proxy.runpod.net", "typed", known=True)
    (big,) = endpoints(Selection(typed, "gemma3:27b"), pod_key=True)
    assert big.pod is not None
    assert big.pod.id == "xyz789"


def test_dialect_is_that_of_the_server_or_of_its_port() -> None:
    vllm = Candidate("https://abc123-8000.proxy.runpod.net", known=True)
    apis = [
        one.api
        for one in endpoints(Selection(LLAMA, "a"), Selection(vllm, "b"), Selection(POD, "c"))
    ]
    assert apis == ["openai", "openai", "ollama"]


def test_names_are_made_of_labels_and_are_never_the_same() -> None:
    picks = [Selection(HERE, model) for model in ("a", "b", "c")]
    chosen = selected_endpoints(picks, ["Big Brain!", "Big Brain", "…"], pod_key=False)
    assert [one.name for one in chosen] == ["big-brain", "big-brain-2", "endpoint"]


def test_password_in_ollama_host_is_not_written(tmp_path: Path) -> None:
    user = locations(tmp_path)
    place = Candidate("http://me:hush@box:11434", "OLLAMA_HOST", known=True)
    write_config(user.config_file, endpoints(Selection(place, "gemma3:1b")))
    assert "hush" not in user.config_file.read_text()
    settings = load_settings(user, {"OLLAMA_HOST": "http://me:hush@box:11434"})
    assert settings.endpoints[0].url == "http://me:hush@box:11434"


def test_unreadable_configuration_is_not_written(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    with pytest.raises(ConfigError, match=r"endpoints\[1\]\.model: must be a model name"):
        write_config(path, endpoints(Selection(HERE, "my own model")))
    assert not path.exists()


def test_file_that_is_there_is_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text("# mine\n")
    with pytest.raises(UsageError, match="already exists and was not changed"):
        write_config(path, endpoints(Selection(HERE, "gemma3:1b")))
    assert path.read_text() == "# mine\n"


def test_written_configuration_has_comments() -> None:
    text = config_text(endpoints(Selection(HERE, "gemma3:1b")))
    assert tomllib.loads(text)["endpoints"][0]["model"] == "gemma3:1b"
    assert text.startswith("# Settings of bbtui. `bbtui config check`")
    assert 'headers = { Authorization = "env:NAME" }' in text
