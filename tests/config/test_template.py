"""The first configuration, and the settings in force as a text."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

from bbtui.config.create import template
from bbtui.config.load import load_settings
from bbtui.config.settings import Settings
from bbtui.config.show import effective
from bbtui.domain.endpoint import Options
from tests.config import TWO, locations, written


def test_starter_works_as_it_is(tmp_path: Path) -> None:
    settings = load_settings(written(tmp_path, template("http://box:11434")), {})
    assert settings.options == Options(0.3, seed=7, num_ctx=8192, num_predict=1024, think=False)
    assert [(e.name, e.url) for e in settings.endpoints] == [("local", "http://box:11434")]


def test_starter_works_with_every_setting_switched_on(tmp_path: Path) -> None:
    text = re.sub(r"(?m)^#(?! )", "", template("http://box:11434"))
    settings = load_settings(written(tmp_path, text), {})
    assert [e.name for e in settings.endpoints] == ["local", "big-brain"]
    assert settings.endpoints[1].pod is not None
    assert settings.about.operator == "me"


def test_every_value_is_shown_with_its_origin_and_no_secret(tmp_path: Path) -> None:
    own = '[keys]\nround.start = "f5"\n[judging]\nverdicts = ["GOOD", "off-topic"]\n'
    text = TWO.replace("[[endpoints]]", f"{own}[[endpoints]]", 1)
    user = written(tmp_path, text)
    environ = {"BBTUI_SEED": "5", "OLLAMA_HOST": "http://u:pw@box:1", "RUNPOD_API_KEY": "rpa_x"}
    loaded = load_settings(user, environ, overrides={"options.temperature": 1})
    assert (
        effective(loaded, user.config_file)
        == f"""\
# {user.config_file}
theme = "big-brain"  # file
# tasks is not set  # default

[session]
# title is not set  # default
# milestone is not set  # default
# issue is not set  # default
# operator is not set  # default
# label is not set  # default

[judging]
blind = false  # default
# blind_seed is not set  # default
verdicts = ["GOOD", "off-topic"]  # file

[options]
temperature = 1.0  # --temperature
# top_p is not set  # default
# top_k is not set  # default
seed = 5  # BBTUI_SEED
# num_ctx is not set  # default
# num_predict is not set  # default
# stop is not set  # default
think = false  # default

[keys]
"round.start" = "f5"

[[endpoints]]
name = "big-brain"
label = "Big Brain"
url = "https://abc…-11434.proxy.runpod.net"  # file
model = "gemma3:27b"
# api is not set  # detected
hardware = "RunPod L40S 48 GB"
[endpoints.headers]
Authorization = "env:BIG_BRAIN_AUTH"
X-Team = "(not shown)"
[endpoints.pod]
provider = "runpod"
id = "abc…"
key = "env:RUNPOD_API_KEY"
api_url = "https://api.runpod.io/v2"

[[endpoints]]
name = "local"
label = "local"
url = "http://box:1"  # OLLAMA_HOST
model = "gemma3:1b"
# api is not set  # detected
"""
    )


def test_shown_configuration_is_toml(tmp_path: Path) -> None:
    user = written(tmp_path, TWO + '[options]\nstop = ["a", "b"]\n')
    text = effective(load_settings(user, {}), user.config_file)
    assert tomllib.loads(text)["options"]["stop"] == ["a", "b"]
    bare = locations(tmp_path / "none")
    text = effective(load_settings(bare, {}), bare.config_file)
    assert text.startswith(f"# no configuration in {bare.config_file}\n")
    assert tomllib.loads(text)["theme"] == Settings().theme
