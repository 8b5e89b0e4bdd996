"""bbtui config path, init, check, show: what a user sees."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from bbtui.errors import ConfigError, UsageError
from bbtui.locations import Locations
from tests.cli.command import command
from tests.cli.program import Ended
from tests.config import TWO, locations, written


def run(user: Locations, *words: str, **environ: str) -> Ended:
    return command(user, environ, "config", *words)


def test_path_follows_flag_then_variable_then_default(tmp_path: Path) -> None:
    user = locations(tmp_path)
    assert run(user, "path") == Ended(0, f"{user.config_file}\n", "")
    elsewhere = str(tmp_path / "other.toml")
    assert run(user, "path", BBTUI_CONFIG=elsewhere).out == f"{elsewhere}\n"
    assert run(user, "path", "-c", "/x.toml", BBTUI_CONFIG=elsewhere).out == "/x.toml\n"


def test_init_writes_a_file_that_check_accepts(tmp_path: Path) -> None:
    user = locations(tmp_path / "deep" / "home")
    ended = run(user, "init", OLLAMA_HOST="0.0.0.0:5678")
    assert ended == Ended(
        0,
        "",
        f"wrote {user.config_file}\nadd your models to it; `bbtui config check` lists all errors\n",
    )
    assert user.config_file.stat().st_mode & 0o777 == 0o600
    assert 'url = "http://127.0.0.1:5678"' in user.config_file.read_text()
    assert run(user, "check") == Ended(0, "config.toml: OK (1 endpoint, theme big-brain)\n", "")


def test_init_never_overwrites(tmp_path: Path) -> None:
    user = written(tmp_path, TWO)
    with pytest.raises(UsageError) as caught:
        run(user, "init")
    assert str(caught.value) == (
        f"{user.config_file} already exists and was not changed\n"
        "check it: `bbtui config check`; or write elsewhere: `bbtui config init -c PATH`"
    )
    assert user.config_file.read_text() == TWO
    elsewhere = tmp_path / "new" / "mine.toml"
    assert run(user, "init", "-c", str(elsewhere)).err.startswith(f"wrote {elsewhere}\n")
    assert run(user, "check", "-c", str(elsewhere)).out.startswith("mine.toml: OK")


def test_init_names_the_cause_when_it_cannot_write(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(UsageError) as caught:
        run(locations(tmp_path), "init", "-c", str(tmp_path / "file" / "config.toml"))
    assert str(caught.value) == f"cannot create the folder {tmp_path / 'file'}: File exists"
    with pytest.raises(UsageError) as caught:
        run(locations(tmp_path), "init", OLLAMA_HOST="ftp://x")
    assert caught.value.message == (
        'OLLAMA_HOST: "ftp://x" does not start with http:// or https://'
    )
    assert not locations(tmp_path).config_file.exists()


def test_init_names_the_error_of_the_file_system(tmp_path: Path) -> None:
    # A name longer than any file system takes: refused for root as for everybody.
    with pytest.raises(UsageError, match="File name too long"):
        run(locations(tmp_path), "init", "-c", str(tmp_path / ("x" * 300)))


def test_check_counts_endpoints(tmp_path: Path) -> None:
    ended = run(written(tmp_path, TWO), "check", BBTUI_THEME="high-contrast")
    assert ended == Ended(0, "config.toml: OK (2 endpoints, theme high-contrast)\n", "")


def test_check_lists_all_problems(tmp_path: Path) -> None:
    user = written(tmp_path, 'tehme = "x"\n[options]\nseed = "x"\n')
    with pytest.raises(ConfigError) as caught:
        run(user, "check")
    assert caught.value.exit_code == 2
    assert str(caught.value) == (
        f"{user.config_file}: 2 problems\n"
        '  options.seed: must be a whole number from 0 to 4294967295, not "x"\n'
        '  tehme: unknown key; did you mean "theme"?'
    )


def test_check_lists_problems_of_keys_and_tasks(tmp_path: Path) -> None:
    keys = (
        "[keys]\n"
        'round.rum = "f5"\n'
        'task.next = "space"\n'
        'task.previous = "f6"\n'
        'note.set = "f6, x"\n'
        'fault.add = "spcae"\n'
        'verdict.set = "?"\n'
    )
    user = written(tmp_path, f'tehme = "x"\ntasks = "mine.toml"\n{TWO}\n{keys}')
    tasks = user.config / "mine.toml"
    tasks.write_text('[[task]]\nid = "a b"\n')
    with pytest.raises(ConfigError) as caught:
        run(user, "check")
    first, *ended = caught.value.problems
    assert first.startswith("tehme: unknown key"), "with all the rest"
    assert ended[0].startswith('keys.round.rum: unknown action; did you mean "round.run')
    assert ended[1:5] == [
        'keys.task.next: "space" is already the key of round.run',
        'keys.note.set: "f6" is already the key of task.previous',
        'keys.fault.add: unknown key "spcae"',
        'keys.verdict.set: "?" is already the key of help.keys',
    ]
    assert all(one.startswith(f"tasks: {tasks}: task[1].") for one in ended[5:])
    assert len(ended) == 7

    tasks.unlink()
    with pytest.raises(ConfigError) as caught:
        run(user, "check")
    assert caught.value.problems[6:] == [f"tasks: {tasks}: file not found"]


def test_check_accepts_keys_that_swap_places(tmp_path: Path) -> None:
    keys = '[keys]\nround.run = "a,f5"\nround.run_all = "space"\njudgement.undo = "u,ctrl+u,-"\n'
    assert run(written(tmp_path, f"{TWO}\n{keys}"), "check").code == 0


def test_check_without_a_configuration_names_init(tmp_path: Path) -> None:
    user = locations(tmp_path)
    with pytest.raises(UsageError) as caught:
        run(user, "check")
    assert str(caught.value) == f"there is no {user.config_file}\ncreate it: bbtui config init"


def test_check_without_endpoints_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="endpoints: none configured"):
        run(written(tmp_path, "[options]\nseed = 1\n"), "check")


def test_show_prints_the_price_as_it_can_be_pasted(tmp_path: Path) -> None:
    price = "price = { input = 0.25, output = 1.25, cached = 0.03 }"
    table = f'[[endpoints]]\nname = "api"\nmodel = "m"\n{price}\n'
    assert price in run(written(tmp_path, table), "show").out


def test_show_prints_the_origin_of_each_value_and_no_secret(tmp_path: Path) -> None:
    ended = run(written(tmp_path, TWO), "show", BBTUI_SEED="5", BIG_BRAIN_AUTH="Bearer s3cret")
    assert ended.code == 0
    assert "seed = 5  # BBTUI_SEED\n" in ended.out
    assert 'theme = "big-brain"  # file\n' in ended.out
    assert 'Authorization = "env:BIG_BRAIN_AUTH"\n' in ended.out
    for secret in ("s3cret", "hush", "abc123"):
        assert secret not in ended.out


def test_config_without_a_verb_is_a_usage_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="VERB"):
        run(locations(tmp_path))


def test_config_and_themes_import_no_textual() -> None:
    code = (
        "import sys, bbtui.cli.config, bbtui.cli.themes, bbtui.config.tasks\n"
        "print({'textual', 'rich', 'httpx'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("set()\n", "")
