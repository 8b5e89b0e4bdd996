"""What the README says that the program can say better."""

from __future__ import annotations

import re

from tests.keytable import README, written

TEXT = README.read_text("utf-8")


def test_the_table_of_keys_is_that_of_the_actions() -> None:
    assert written(TEXT) == TEXT, "the keys have changed: `make screenshots`"


def test_every_file_it_names_is_there() -> None:
    for name in re.findall(r"\]\(((?!http|#)[^)]+)\)", TEXT):
        assert (README.parent / name).exists(), name
