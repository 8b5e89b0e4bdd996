from __future__ import annotations

import pytest

from bbtui.ui.markdown.clean import Cleaner, clean


@pytest.mark.parametrize(
    "unsafe",
    [*"\x1b\x07\x00\x08\x0b\x0c\r\x7f\x85\x9b\x9d\u202a\u202e\u2066\u2069\ud800"],
    ids=ascii,
)
def test_what_a_terminal_would_obey_becomes_a_replacement_character(unsafe: str) -> None:
    assert clean(f"a{unsafe}b") == "a\ufffdb"


@pytest.mark.parametrize("safe", ["[bold]x[/bold]", "a\tb\nc", "日本語 🚀 e\u0301 שלום", "👩‍💻"])
def test_text_stays_as_it_is(safe: str) -> None:
    assert clean(safe) == safe


def test_every_line_end_is_a_newline() -> None:
    assert clean("a\r\nb\u2028c\u2029d") == "a\nb\nc\nd"


def test_a_line_end_cut_in_two_is_one_newline() -> None:
    cleaner = Cleaner()
    assert cleaner.feed("a\r") + cleaner.feed("\nb") == "a\nb"


def test_a_lone_return_at_the_end_of_a_piece_is_shown() -> None:
    cleaner = Cleaner()
    assert cleaner.feed("a\r") + cleaner.feed("b") == "a\ufffdb"
