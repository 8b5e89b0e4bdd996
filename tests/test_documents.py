"""README and docs agree with the program."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from bbtui.__main__ import main
from bbtui.domain.diagnosis_rules.rules import RULES
from tests.tables import DOCS, README, ROOT, TABLES, general, updated

DOCUMENTS = [README, ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", *sorted(DOCS.glob("*.md"))]


@pytest.mark.parametrize(("path", "name", "content"), TABLES)
def test_table_is_generated_from_the_program(
    path: Path, name: str, content: Callable[[], str]
) -> None:
    text = path.read_text("utf-8")
    assert updated(text, name, content()) == text, "run `make screenshots`"


def test_every_placeholder_of_a_diagnosis_has_a_general_form() -> None:
    for rule in RULES:
        assert "{" not in general(rule.cause + rule.fix).replace("{ Auth", "")
        assert "  " not in general(rule.cause)


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_linked_files_exist(path: Path) -> None:
    for name in re.findall(r"\]\(((?!http|#)[^)#]+)[^)]*\)", path.read_text("utf-8")):
        assert (path.parent / name).exists(), name


def test_modules_named_in_the_contributing_guide_exist() -> None:
    named = re.findall(
        r"`([a-z_]+/[a-z_/]+(?:\.py)?)`", (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    )
    assert named
    for path in named:
        assert any((folder / path).exists() for folder in (ROOT, ROOT / "bbtui")), path


@pytest.mark.parametrize(
    ("session", "report"),
    [
        ("example.json", "example.md"),
        ("examples/session.json", "examples/4-scored.md"),
        ("examples/blind/session.json", "examples/blind/report.md"),
    ],
)
def test_example_report_is_generated_from_its_json(
    session: str, report: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["report", str(DOCS / session)]) == 0
    *printed, provenance = capsys.readouterr().out.rstrip().splitlines()
    *stored, _ = (DOCS / report).read_text("utf-8").rstrip().splitlines()
    assert printed == stored, f"run `bbtui report docs/{session} -o docs/{report}`"
    assert provenance


def test_example_page_is_generated_from_its_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["report", str(DOCS / "example.json"), "--format", "html"]) == 0
    written, stored = (
        re.sub(r"<footer>.*</footer>", "", text)
        for text in (capsys.readouterr().out, (DOCS / "example.html").read_text("utf-8"))
    )
    assert written == stored, "run `bbtui report docs/example.json --format html`"
