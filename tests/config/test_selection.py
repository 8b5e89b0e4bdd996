"""Endpoints by name, other models, no endpoints; keys that are no action."""

from __future__ import annotations

from pathlib import Path

import pytest

from bbtui.config.key_overrides import key_problems
from bbtui.config.load import load_settings
from bbtui.config.selection import require_endpoints, select_endpoints, with_models
from bbtui.config.settings import Settings
from bbtui.errors import ConfigError, UsageError
from tests.config import TWO, written


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load_settings(written(tmp_path, TWO), {})


def test_nothing_configured_leads_to_a_configuration() -> None:
    with pytest.raises(UsageError) as caught:
        require_endpoints(Settings())
    assert str(caught.value) == (
        "no configuration yet\n"
        "create one with `bbtui config init`, or try `bbtui demo`, which needs none"
    )
    assert caught.value.exit_code == 2


def test_configuration_without_endpoints_is_a_problem_of_its_own(tmp_path: Path) -> None:
    settings = load_settings(written(tmp_path, 'theme = "big-brain"\n'), {})
    with pytest.raises(ConfigError) as caught:
        require_endpoints(settings)
    assert caught.value.problems == [
        "endpoints: none configured; add an [[endpoints]] table with a name and a model"
    ]
    assert caught.value.fix == "`bbtui demo` needs no configuration"


def test_endpoints_are_chosen_by_name_in_the_order_of_the_file(settings: Settings) -> None:
    require_endpoints(settings)
    assert select_endpoints(settings, []) == settings
    assert [e.name for e in select_endpoints(settings, ["local"]).endpoints] == ["local"]
    both = select_endpoints(settings, ["local", "big-brain"])
    assert both.endpoints == settings.endpoints


def test_unknown_endpoint_names_the_nearest(settings: Settings) -> None:
    with pytest.raises(UsageError) as caught:
        select_endpoints(settings, ["locla"])
    assert str(caught.value) == ('-e locla: unknown endpoint "locla"; did you mean "local"?')
    with pytest.raises(UsageError, match='"zzz"; known: big-brain, local'):
        with_models(settings, ["zzz=m"])


def test_models_are_changed_by_pairs(settings: Settings) -> None:
    changed = with_models(settings, ["local=gemma3:4b-it=q8"])
    assert [e.model for e in changed.endpoints] == ["gemma3:27b", "gemma3:4b-it=q8"]
    for pair in ("local", "local=", "=m"):
        with pytest.raises(UsageError, match=f"-m {pair}: must be NAME=MODEL, such as local="):
            with_models(settings, [pair])


def test_keys_must_belong_to_an_action(tmp_path: Path) -> None:
    text = '[keys]\nround.start = "space"\nscore.st = "s"\n'
    settings = load_settings(written(tmp_path, text), {})
    assert key_problems(settings.keys, {"round.start": "x", "score.st": "y"}, str) == []
    assert key_problems(settings.keys, {"round.start": "x", "score.set": "y"}, str) == [
        'keys.score.st: unknown action; did you mean "score.set"?'
    ]
