"""bbtui themes list and check: what a user sees."""

from __future__ import annotations

from pathlib import Path

import pytest

from bbtui.errors import ThemeError
from tests.cli.command import command
from tests.cli.program import Ended
from tests.config import locations


def run(folder: Path, *words: str) -> Ended:
    return command(locations(folder), {}, "themes", *words)


def test_list_marks_the_default_and_names_the_folder(tmp_path: Path) -> None:
    ended = run(tmp_path)
    assert ended == run(tmp_path, "list")
    assert ended.code == 0
    lines = [line.split(maxsplit=1) for line in ended.out.splitlines()]
    assert [name for name, _ in lines] == sorted(name for name, _ in lines)
    assert dict(lines) == {
        "ansi-16": "16 colours",
        "big-brain": "dark, the default",
        "big-brain-light": "light",
        "colour-blind": "dark",
        "high-contrast": "dark",
    }
    assert ended.err == f"put your own themes into {tmp_path / 'config' / 'themes'}\n"


def test_list_has_the_users_themes_and_those_that_failed(tmp_path: Path) -> None:
    folder = tmp_path / "config" / "themes"
    folder.mkdir(parents=True)
    (folder / "mine.toml").write_text('primary = "red"\ndark = false\n')
    (folder / "broken.toml").write_text('primary = "red"\nforegruond = "blue"\n')
    ended = run(tmp_path, "list")
    assert "mine             light, your own\n" in ended.out
    assert ended.out.endswith(
        f"failed: {folder / 'broken.toml'}: 1 problem\n"
        '  foregruond: unknown key; did you mean "foreground"?\n'
    )
    assert ended.code == 0


def test_check_accepts_a_valid_theme(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text('primary = "red"\n')
    assert run(tmp_path, "check", str(path)) == Ended(0, "mine.toml: OK\n", "")


def test_check_lists_all_problems(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text('primary = "rod"\n[variables]\nendpoint-1 = 3\n')
    with pytest.raises(ThemeError) as caught:
        run(tmp_path, "check", str(path))
    assert caught.value.exit_code == 2
    assert str(caught.value) == (
        f"{path}: 2 problems\n"
        '  primary: must be a colour such as "#6cb6ff", "white" or "ansi_blue", not "rod"\n'
        "  variables.endpoint-1: must be a colour such as "
        '"#6cb6ff", "white 30%" or "ansi_blue", not 3'
    )


def test_check_of_a_missing_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ThemeError, match="file not found"):
        run(tmp_path, "check", str(tmp_path / "none.toml"))
