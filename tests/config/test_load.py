"""What the four layers come to: defaults < config.toml < environment < flags."""

from __future__ import annotations

from pathlib import Path

import pytest

from bbtui.config.environment import named_config, user_locations
from bbtui.config.load import load_settings
from bbtui.config.settings import PodSettings, Settings
from bbtui.domain.cost import TokenPrice
from bbtui.domain.endpoint import Endpoint, Options
from bbtui.domain.session import SessionInfo
from tests.config import TWO, locations, written


def test_without_a_file_everything_has_its_default(tmp_path: Path) -> None:
    assert load_settings(locations(tmp_path), {}) == Settings()


def test_whole_file_is_read(tmp_path: Path) -> None:
    user = written(
        tmp_path,
        """
        theme = "high-contrast"
        tasks = "mine.toml"
        [session]
        title = "Quality"
        milestone = "Showcase"
        issue = "#576"
        operator = "me"
        label = "quiet night"
        [options]
        temperature = 0
        top_p = 0.9
        top_k = 40
        seed = 7
        num_ctx = 8192
        num_predict = -1
        stop = ["END"]
        think = "high"
        [keys]
        round.start = "space"
        "score.set" = "1,2"
        """,
    )
    settings = load_settings(user, {})
    assert settings == Settings(
        theme="high-contrast",
        about=SessionInfo("Quality", "Showcase", "#576", "me", "quiet night"),
        options=Options(0.0, 0.9, 40, 7, 8192, -1, ("END",), "high"),
        tasks=user.config / "mine.toml",
        keys={"round.start": "space", "score.set": "1,2"},
        source=user.config_file,
    )


def test_endpoints_are_read_and_masked_for_the_session(tmp_path: Path) -> None:
    settings = load_settings(written(tmp_path, TWO), {"OLLAMA_HOST": "box:5678"})
    big, local = settings.endpoints
    assert big.headers == {"Authorization": "env:BIG_BRAIN_AUTH", "X-Team": "hush"}
    assert big.pod == PodSettings(
        "runpod", "abc123", "env:RUNPOD_API_KEY", "https://api.runpod.io/v2"
    )
    assert local.url == "http://box:5678"
    assert local.label == "local"
    assert tuple(endpoint.value() for endpoint in settings.endpoints) == (
        Endpoint(
            "big-brain",
            "Big Brain",
            "gemma3:27b",
            "ollama",
            "https://abc…-11434.proxy.runpod.net",
            "RunPod L40S 48 GB",
        ),
        Endpoint("local", "local", "gemma3:1b", "ollama", "http://box:5678"),
    )


@pytest.mark.parametrize(
    ("text", "price"),
    [
        ("{ input = 0.25, cached = 0.03, output = 1.25 }", TokenPrice(0.25, 1.25, 0.03)),
        ("{ input = 3, output = 15 }", TokenPrice(3.0, 15.0, None)),
        ("{ input = 0, output = 0 }", TokenPrice(0.0, 0.0, None)),
    ],
)
def test_price_of_an_endpoint_is_kept_in_the_session(
    tmp_path: Path, text: str, price: TokenPrice
) -> None:
    table = f'[[endpoints]]\nname = "api"\nmodel = "m"\nprice = {text}\n'
    (endpoint,) = load_settings(written(tmp_path, table), {}).endpoints
    assert endpoint.value().price == price


def test_flags_win_over_environment_over_file_over_default(tmp_path: Path) -> None:
    user = written(tmp_path, "[options]\ntemperature = 0.1\nseed = 1\nnum_ctx = 1024\n")
    environ = {"BBTUI_TEMPERATURE": "0.2", "BBTUI_SEED": "2", "BBTUI_THINK": "on"}
    overrides = {"options.temperature": "0.3", "options.seed": None, "session.label": "x"}
    loaded = load_settings(user, environ, overrides=overrides)
    options = loaded.options
    assert (options.temperature, options.seed, options.num_ctx) == (0.3, 2, 1024)
    assert options.think is True
    assert options.num_predict is None
    assert loaded.about.label == "x"
    assert loaded.origins == {
        "options.temperature": "--temperature",
        "options.seed": "BBTUI_SEED",
        "options.num_ctx": "file",
        "options.think": "BBTUI_THINK",
        "session.label": "--label",
    }


def test_every_variable_is_read(tmp_path: Path) -> None:
    environ = {
        "BBTUI_THEME": "ansi-16",
        "BBTUI_TASKS": "other.toml",
        "BBTUI_TEMPERATURE": "1.5",
        "BBTUI_SEED": "11",
        "BBTUI_NUM_CTX": "4096",
        "BBTUI_NUM_PREDICT": "64",
        "BBTUI_THINK": "low",
    }
    assert load_settings(locations(tmp_path), environ) == Settings(
        theme="ansi-16",
        options=Options(temperature=1.5, seed=11, num_ctx=4096, num_predict=64, think="low"),
        tasks=Path("other.toml"),
    )


def test_empty_variable_is_one_that_is_not_set(tmp_path: Path) -> None:
    environ = {"BBTUI_SEED": "", "BBTUI_CONFIG": "", "OLLAMA_HOST": ""}
    assert load_settings(locations(tmp_path), environ) == Settings()


def test_values_of_flags_may_come_typed(tmp_path: Path) -> None:
    overrides = {"options.seed": 5, "tasks": Path("a/b.toml"), "options.think": True}
    settings = load_settings(locations(tmp_path), {}, overrides=overrides)
    assert (settings.options.seed, settings.options.think) == (5, True)
    assert settings.tasks == Path("a/b.toml")


def test_flag_that_is_no_setting_is_a_mistake_of_the_program(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"no settings: options\.sed"):
        load_settings(locations(tmp_path), {}, overrides={"options.sed": 5})


def test_named_file_is_read_instead_of_the_users(tmp_path: Path) -> None:
    user = written(tmp_path, "[options]\nseed = 1\n")
    by_variable, by_flag = tmp_path / "two.toml", tmp_path / "three.toml"
    by_variable.write_text("[options]\nseed = 2\n")
    by_flag.write_text("\ufeff[options]\r\nseed = 3\r\n", encoding="utf-8")
    environ = {"BBTUI_CONFIG": str(by_variable)}
    assert load_settings(user, {}).options.seed == 1
    assert load_settings(user, environ).options.seed == 2
    assert load_settings(user, environ, path=by_flag).options.seed == 3
    assert named_config(environ, by_flag) == by_flag


def test_theme_of_the_users_own_is_known(tmp_path: Path) -> None:
    user = written(tmp_path, 'theme = "mine"\n')
    user.themes.mkdir()
    (user.themes / "mine.toml").write_text('primary = "red"\n')
    assert load_settings(user, {}).theme == "mine"


def test_data_folder_comes_from_flag_then_variable(tmp_path: Path) -> None:
    environ = {"BBTUI_DATA_DIR": str(tmp_path / "a")}
    assert user_locations(environ).data == tmp_path / "a"
    assert user_locations(environ, tmp_path / "b").data == tmp_path / "b"
    assert user_locations(environ, tmp_path / "b").log == tmp_path / "b" / "bbtui.log"
    assert user_locations({}).data.name == "bbtui"


def test_tilde_is_the_home_folder(tmp_path: Path, home: Path) -> None:
    user = written(tmp_path, 'tasks = "~/mine.toml"\n')
    assert load_settings(user, {}).tasks == home / "mine.toml"
    assert load_settings(user, {"BBTUI_TASKS": "~nobody-at-all/x"}).tasks == Path(
        "~nobody-at-all/x"
    )
    assert named_config({"BBTUI_CONFIG": "~/c.toml"}, None) == home / "c.toml"
