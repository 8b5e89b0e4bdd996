"""The diagnosis table in README and docs is the program's."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from bbtui.domain.diagnosis_rules import TABLE
from tests.doctable import PLACES, general, written


@pytest.mark.parametrize(("path", "made"), PLACES, ids=lambda value: getattr(value, "name", ""))
def test_the_table_is_that_of_the_program(path: Path, made: Callable[[], str]) -> None:
    text = path.read_text("utf-8")
    assert written(text, made()) == text, "the diagnosis has changed: `make screenshots`"


def test_every_word_of_a_row_has_a_general_form() -> None:
    for row in TABLE:
        assert "{" not in general(row.cause + row.fix).replace("{ Auth", "")
        assert "  " not in general(row.cause)
