"""Files that are no session, or not one that can be read."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.program import Program

EXAMPLE = json.loads((Path(__file__).parents[2] / "docs" / "examples" / "session.json").read_text())


def _with(**changed: object) -> str:
    return json.dumps(EXAMPLE | changed)


FILES = {
    "half": (json.dumps(EXAMPLE)[:2000], "not JSON: Input data was truncated"),
    "newer": (
        _with(bbtui=2),
        "version 2, written by a newer bbtui; this one reads versions up to 1\nupdate bbtui\n",
    ),
    "another program's": (
        '{"name": "package", "version": "1.0"}',
        'not a bbtui session: the field "bbtui" (the version) is missing',
    ),
    "deep list": ("[" * 100_000, "not a bbtui session"),
    "deep value": ('{"bbtui": 1, "x": ' + "[" * 100_000 + "]" * 100_000 + "}", "nested too deeply"),
    "no number": (
        _with(options={"temperature": float("nan")}),
        "not JSON: JSON is malformed: invalid character",
    ),
    "task twice": (_with(tasks=EXAMPLE["tasks"][:1] * 2), "tasks[1].id: duplicate 'greeting'"),
    "answer twice": (
        _with(answers=EXAMPLE["answers"][:1] * 2),
        "answers[1].attempt: duplicate attempt at the same cell",
    ),
    "empty": ("", "not JSON: Input data was truncated"),
}


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("command", [("report",), ("sessions", "import"), ("diff", "x.json")])
def test_file_that_is_no_session_is_refused_with_the_reason(
    program: Program, name: str, command: tuple[str, ...]
):
    text, said = FILES[name]
    (program.here / "x.json").write_text(text, encoding="utf-8")
    ended = program(*command, "x.json")
    assert ended.code == 2
    assert ended.err.startswith("bbtui: x.json: ")
    assert said in ended.err
    assert ended.out == ""


def test_file_of_a_gigabyte_is_refused_by_its_size(program: Program):
    with (program.here / "big.json").open("wb") as file:
        file.truncate(1 << 30)
    for command in (("report",), ("sessions", "import")):
        ended = program(*command, "big.json")
        assert ended.code == 2
        said = "cannot read big.json: it has 1.1 GB, and at most 500 MB are read"
        assert said in ended.err
