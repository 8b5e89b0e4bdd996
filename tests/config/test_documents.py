"""The documents say what the code does."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import pytest
from textual.theme import Theme

from bbtui.cli.config import keymap_problems
from bbtui.config.environment import FOLDERS
from bbtui.config.load import load_settings
from bbtui.config.schema import SETTINGS
from bbtui.config.settings import EndpointSettings, PodSettings
from bbtui.config.tasks import load_tasks
from bbtui.domain.check import KINDS
from bbtui.domain.task import Task
from bbtui.ui.naming import ACCENTS
from bbtui.ui.themes import load_theme
from tests.config import written
from tests.fakes.checks import check_here

DOCS = Path(__file__).parents[2] / "docs"


def rows(document: str) -> list[list[str]]:
    """Return the cells of every table row."""
    lines = (DOCS / document).read_text().splitlines()
    return [[cell.strip() for cell in line[1:-1].split("|")] for line in lines if line[:1] == "|"]


def blocks(document: str) -> list[str]:
    """Return the TOML of a document."""
    found = re.finditer(r"(?ms)^(`{3,})toml\n(.*?)^\1$", (DOCS / document).read_text())
    return [block[2] for block in found]


def code(text: str) -> str:
    return f"`{text}`" if text else ""


def test_every_setting_is_in_the_table_word_for_word() -> None:
    wanted = [
        [code(s.key), s.kind.allowed, code(s.variable), code(s.flag), s.meaning] for s in SETTINGS
    ]
    assert [row for row in rows("configuration.md") if len(row) == 5][2:] == wanted


def test_every_folder_variable_is_in_the_table() -> None:
    found = [row for row in rows("configuration.md") if len(row) == 2 and "BBTUI" in row[0]]
    assert found == [[code(name), meaning] for name, meaning in FOLDERS.items()]


def test_every_key_of_an_endpoint_is_in_the_table() -> None:
    found = {row[0] for row in rows("configuration.md") if len(row) == 3} - {"key", "---"}
    keys = {field.name for field in fields(EndpointSettings)} - {"pod"}
    assert found == {code(k) for k in keys} | {code(f"pod.{f.name}") for f in fields(PodSettings)}


def test_every_key_of_a_task_and_every_check_is_in_the_table() -> None:
    first = [row[0] for row in rows("tasks.md")]
    assert {code(field.name) for field in fields(Task)} <= set(first)
    for kind in KINDS:
        assert any(cell.startswith(f"`{kind} = ") for cell in first)


def test_every_field_of_a_theme_and_every_shipped_theme_is_in_a_table() -> None:
    named = {name for row in rows("themes.md") for name in re.findall(r"`([\w-]+)`", row[0])}
    assert {field.name for field in fields(Theme)} - {"name"} <= named
    assert {path.stem for path in (DOCS.parent / "themes").glob("*.toml")} <= named
    assert f"`{ACCENTS[0]}` to `{ACCENTS[-1]}`" in (DOCS / "themes.md").read_text()


@pytest.mark.parametrize("text", blocks("configuration.md"))
def test_examples_of_the_configuration_are_read(tmp_path: Path, text: str) -> None:
    settings = load_settings(written(tmp_path, text), {})
    assert settings.endpoints or settings.keys
    assert keymap_problems(settings.keys) == []


def test_examples_of_tasks_and_themes_are_read(tmp_path: Path) -> None:
    (tasks,) = blocks("tasks.md")
    (theme,) = blocks("themes.md")
    (tmp_path / "tasks.toml").write_text(tasks)
    (tmp_path / "mine.toml").write_text(theme)
    (task,) = load_tasks(tmp_path / "tasks.toml")
    assert task.id == "leap-year"
    for text, passes in ((task.expected, True), *((text, False) for text in task.wrong)):
        assert all(check_here(check, text).passed for check in task.checks) is passes
    assert load_theme(tmp_path / "mine.toml").variables["endpoint-2"] == "#f0a35c"
