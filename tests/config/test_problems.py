"""Bad configurations: the words a user sees, each naming the key and what is allowed."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from bbtui.config.load import load_settings
from bbtui.errors import ConfigError
from tests.config import locations, written


def problems(folder: Path, text: str, environ: Mapping[str, str] | None = None) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        load_settings(written(folder, text), environ or {})
    assert caught.value.exit_code == 2
    assert caught.value.source == str(folder / "config" / "config.toml")
    return caught.value.problems


ENDPOINT = '[[endpoints]]\nname = "a"\nmodel = "m"\n'


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("tehme = 1", 'tehme: unknown key; did you mean "theme"?'),
        (
            "[session]\nzzz = 1",
            "session.zzz: unknown key; known: title, milestone, issue, operator, label",
        ),
        ("[options]\ntemprature = 0.3", 'options.temprature: unknown key; did you mean "temperatu'),
        ('"a b" = 1', '"a b": unknown key; known: session, judging, options, forge, theme'),
        (
            "[judging]\nverdicts = ['so so']",
            "judging.verdicts: must be a list of single words of a",
        ),
        ("[judging]\nverdicts = 'OK'", "judging.verdicts: must be a list of single words of at mo"),
        ("[judging]\nverdict = []", 'judging.verdict: unknown key; did you mean "verdicts"?'),
        ("theme = 3", "theme: must be a non-empty string on one line, not 3"),
        ('theme = "big-brian"', 'theme: unknown theme "big-brian"; did you mean "big-brain"?'),
        ("options = 3", "options: must be a table, not 3"),
        ("endpoints = 3", "endpoints: must be a list of tables, not 3"),
        ("[endpoints]\nname = 'a'", "endpoints: must be a list of tables, not a table"),
        ("[session]\nissue = 576", "session.issue: must be a string on one line, not 576"),
        (
            '[session]\ntitle = "a\\u001b[31m"',
            'session.title: must be a string on one line, not "a\\u001b[31m"',
        ),
        ("[options]\ntemperature = 3", "options.temperature: must be a number from 0 to 2, not 3"),
        (
            "[options]\ntemperature = nan",
            "options.temperature: must be a number from 0 to 2, not n",
        ),
        (
            "[options]\ntemperature = true",
            "options.temperature: must be a number from 0 to 2, not ",
        ),
        (
            '[options]\ntemperature = "hot"',
            'options.temperature: must be a number from 0 to 2, not "hot"',
        ),
        ("[options]\ntop_p = 2", "options.top_p: must be a number from 0 to 1, not 2"),
        ("[options]\nnum_ctx = 0", "options.num_ctx: must be a whole number of 1 or more, not 0"),
        (
            "[options]\nnum_predict = 0",
            "options.num_predict: must be a whole number of 1 or more, or -1, not 0",
        ),
        (
            "[options]\nseed = 1.5",
            "options.seed: must be a whole number from 0 to 4294967295, not 1.5",
        ),
        ('[options]\nstop = "END"', 'options.stop: must be a list of non-empty strings, not "END"'),
        (
            '[options]\nthink = "much"',
            'options.think: must be true, false, "low", "medium", "high" or "max", not "much"',
        ),
        (
            "[keys]\nround.start = 1",
            "keys.round.start: must be a non-empty string on one line",
        ),
        (
            '[[endpoints]]\nname = "a"',
            'endpoints[1].model: is missing; it must be a model name without spaces, such as "g',
        ),
        (
            '[[endpoints]]\nmodel = "m"',
            "endpoints[1].name: is missing; it must be a short name of letters, digits, dots, da",
        ),
        (
            '[[endpoints]]\nname = "a=b"\nmodel = "m"',
            "endpoints[1].name: must be a short name of letters, digits, dots, dashes and under",
        ),
        (ENDPOINT + 'modle = "x"', 'endpoints[1].modle: unknown key; did you mean "model"?'),
        (ENDPOINT + 'pods = "x"', 'endpoints[1].pods: unknown key; did you mean "pod"?'),
        (
            ENDPOINT + 'url = "ftp://x"',
            'endpoints[1].url: "ftp://x" does not start with http:// or https://',
        ),
        (ENDPOINT + 'url = "http://"', 'endpoints[1].url: "http://" has no host'),
        (
            ENDPOINT + 'url = ""',
            "endpoints[1].url: must be a non-empty string on one line, n",
        ),
        (ENDPOINT + 'url = "not a host"', 'endpoints[1].url: "not a host" is not a URL'),
        (
            ENDPOINT + 'url = "http:/h"',
            "endpoints[1].url: http: must be followed by two slashes: http://h",
        ),
        (
            ENDPOINT + 'url = "h:port"',
            'endpoints[1].url: "h:port" has no valid port after its colon: a port is a number up',
        ),
        (
            ENDPOINT + 'url = "http://user:pw@h:1"',
            "endpoints[1].url: an address must not contain a user name or password: send them from "
            'the environment with headers = { Authorization = "env:NA',
        ),
        (
            ENDPOINT + '[endpoints.pod]\nprovider = "runpod"\nid = "x"\napi_url = "https:/api"',
            "endpoints[1].pod.api_url: https: must be followed by two slashes: https://api",
        ),
        (ENDPOINT + 'api = "grpc"', 'endpoints[1].api: must be "ollama" or "openai", not "grpc"'),
        (ENDPOINT + "price = 3", "endpoints[1].price: must be a table, not 3"),
        (
            ENDPOINT + "price = { input = -1, output = 1 }",
            "endpoints[1].price.input: must be a number from 0 to 1000000, in dollars per million "
            "tokens, not -1",
        ),
        (
            ENDPOINT + "price = { input = 1, output = nan }",
            "endpoints[1].price.output: must be a number from 0 to 1000000, in dollars per million "
            "tokens, not nan",
        ),
        (
            ENDPOINT + "price = { input = 1, output = inf }",
            "endpoints[1].price.output: must be a number from 0 to 1000000, in dollars per million "
            "tokens, not inf",
        ),
        (
            ENDPOINT + "price = { input = 1, output = 2, cached = '1 cent' }",
            "endpoints[1].price.cached: must be a number from 0 to 1000000, in dollars per million "
            'tokens, not "1 cent"',
        ),
        (
            ENDPOINT + "price = { input = 1 }",
            "endpoints[1].price.output: is missing; it must be a number from 0 to 1000000, in "
            "dollars per million tokens",
        ),
        (
            ENDPOINT + "price = { input = 1, output = 2, ouptut = 3 }",
            'endpoints[1].price.ouptut: unknown key; did you mean "output"?',
        ),
        (
            ENDPOINT + "price = { input = 1, output = 2 }\n"
            "pod = { provider = 'runpod', id = 'abc' }",
            "endpoints[1].price: cannot be combined with pod, which is paid by the hour",
        ),
        (ENDPOINT + "headers = 1", "endpoints[1].headers: must be a table, not 1"),
        (
            ENDPOINT + 'headers = { "a b" = "x" }',
            'endpoints[1].headers."a b": is not a valid header name',
        ),
        (
            ENDPOINT + '[endpoints.pod]\nprovider = "aws"\nid = "x"',
            'endpoints[1].pod.provider: must be "runpod", not "aws"',
        ),
        (
            ENDPOINT + '[endpoints.pod]\nprovider = "runpod"',
            "endpoints[1].pod.id: is missing; it must be the pod's id",
        ),
        (
            ENDPOINT + "[[endpoints]]\nname = 'b'\nmodel = 'm'\n" + ENDPOINT,
            'endpoints[3].name: "a" is already the name of endpoints[1]; each endpoint needs its',
        ),
    ],
)
def test_each_problem_names_its_key_and_what_is_allowed(
    tmp_path: Path, text: str, sentence: str
) -> None:
    (problem,) = problems(tmp_path, text)
    assert problem.startswith(sentence)


def test_all_problems_are_reported_at_once(tmp_path: Path) -> None:
    text = 'tehme = "x"\n[options]\nnum_ctx = "big"\n[[endpoints]]\nname = "a"\nurl = "ftp://x"\n'
    environ = {"BBTUI_SEED": "soon", "BBTUI_TEMPRATURE": "1"}
    found = problems(tmp_path, text, environ)
    assert [problem.partition(": ")[0] for problem in found] == [
        "options.num_ctx",
        "endpoints[1].url",
        "endpoints[1].model",
        "tehme",
        "BBTUI_SEED",
        "BBTUI_TEMPRATURE",
    ]
    assert found[-1] == 'BBTUI_TEMPRATURE: unknown variable; did you mean "BBTUI_TEMPERATURE"?'


def test_secret_written_into_the_file_is_refused_and_not_repeated(tmp_path: Path) -> None:
    text = f"""{ENDPOINT}headers = {{ Authorization = "Bearer hush-ü" }}
        [endpoints.pod]
        provider = "runpod"
        id = "x"
        key = "rpa_hush"
    """
    header, key = problems(tmp_path, text)
    assert header.startswith(
        "endpoints[1].headers.Authorization: must be a string of printable ASC"
    )
    assert key == (
        'endpoints[1].pod.key: must be "env:NAME", the name of an environment variable and never '
        "the key itself"
    )
    assert "hush" not in header + key


@pytest.mark.parametrize("name", ["Authorization", "X-API-Key", "Cookie", "x-auth-token"])
def test_secret_is_referenced_by_name_and_never_written(tmp_path: Path, name: str) -> None:
    (told,) = problems(tmp_path, f'{ENDPOINT}headers = {{ {name} = "Bearer hush", X-Team = "a" }}')
    assert told == (
        f'endpoints[1].headers.{name}: must be "env:NAME", the name of an environment variable and '
        "never the key itself"
    )


def test_bad_flag_is_named_as_it_is_typed(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        load_settings(locations(tmp_path), {}, overrides={"options.temperature": "warm"})
    assert str(caught.value) == (
        'configuration: 1 problem\n  --temperature: must be a number from 0 to 2, not "warm"'
    )


@pytest.mark.parametrize(
    ("environ", "flag"),
    [({"BBTUI_THEME": "nope"}, None), ({"BBTUI_TEMPRATURE": "1"}, None), ({}, "warm")],
)
def test_error_in_a_flag_or_variable_does_not_name_the_file(
    tmp_path: Path, environ: dict[str, str], flag: str | None
) -> None:
    path = tmp_path / "config.toml"
    path.write_text(ENDPOINT, encoding="utf-8")
    with pytest.raises(ConfigError, match=r"^configuration: 1 problem\n") as caught:
        load_settings(
            locations(tmp_path), environ, path=path, overrides={"options.temperature": flag}
        )
    assert str(path) not in str(caught.value)


def test_invalid_ollama_host_is_reported_only_where_it_is_used(tmp_path: Path) -> None:
    environ = {"OLLAMA_HOST": "ftp://x"}
    (problem,) = problems(tmp_path, ENDPOINT, environ)
    assert problem == (
        "endpoints[1].url: is missing, and OLLAMA_HOST is not valid: "
        '"ftp://x" does not start with http:// or https://'
    )
    (tmp_path / "config/config.toml").write_text(ENDPOINT + 'url = "http://box"\n')
    assert load_settings(locations(tmp_path), environ).endpoints[0].url == "http://box"


def test_syntax_error_has_line_and_column(tmp_path: Path) -> None:
    (problem,) = problems(tmp_path, 'theme = "x"\nseed 7\n')
    assert problem.startswith("line 2, column 6: invalid TOML: expected '=' after a key")
    (tmp_path / "config/config.toml").write_text('theme = "big')
    with pytest.raises(ConfigError, match="invalid TOML: unterminated string"):
        load_settings(locations(tmp_path), {})
    (tmp_path / "config/config.toml").write_text('theme = "big\nseed = 7\n')
    with pytest.raises(
        ConfigError, match=r"invalid TOML: illegal character '\\n': is a quote missing\?"
    ):
        load_settings(locations(tmp_path), {})
    (tmp_path / "config/config.toml").write_text("a = " + "[" * 5000)
    with pytest.raises(ConfigError, match="invalid TOML: nested too deeply"):
        load_settings(locations(tmp_path), {})


def test_file_that_is_not_utf8_names_the_line(tmp_path: Path) -> None:
    path = tmp_path / "c.toml"
    path.write_bytes(b'theme = "big-brain"\n[session]\ntitle = "\xff"\n')
    with pytest.raises(ConfigError) as caught:
        load_settings(locations(tmp_path), {}, path=path)
    assert caught.value.problems == ["line 3: not UTF-8 (byte 0xff)"]


def test_named_file_must_be_there(tmp_path: Path) -> None:
    path = tmp_path / "missing.toml"
    for environ, named in (({}, path), ({"BBTUI_CONFIG": str(path)}, None)):
        with pytest.raises(ConfigError) as caught:
            load_settings(locations(tmp_path), environ, path=named)
        assert str(caught.value) == (
            f"{path}: 1 problem\n  file not found\n"
            "create one with `bbtui config init`, or at PATH with `bbtui config init -c PATH`"
        )


def test_unreadable_file_is_reported_with_the_reason(tmp_path: Path) -> None:
    circle = tmp_path / "circle.toml"
    circle.symlink_to(circle)
    for path, cause in (
        (tmp_path, "is a folder, not a file"),
        (circle, "cannot be read: Too many levels of symbolic links"),
    ):
        with pytest.raises(ConfigError) as caught:
            load_settings(locations(tmp_path), {}, path=path)
        assert caught.value.problems == [cause]


@pytest.fixture
def nobody() -> Iterator[None]:
    """Yield an ordinary user, whom a closed door keeps out; root walks through it."""
    root = os.geteuid() == 0
    if root:
        os.seteuid(65534)
    yield
    if root:
        os.seteuid(0)


@pytest.fixture
def closed(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "config"
    folder.mkdir()
    (folder / "config.toml").write_text('theme = "big-brain"\n')
    folder.chmod(0)
    yield folder
    folder.chmod(0o700)


def test_closed_folder_is_no_missing_configuration(closed: Path, nobody: None) -> None:
    with pytest.raises(ConfigError) as caught:
        load_settings(locations(closed.parent), {})
    assert caught.value.problems == ["cannot be read: Permission denied"]
