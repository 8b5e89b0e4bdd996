from __future__ import annotations

import pytest

from bbtui.ui.markdown.blocks import StreamCleaner, clean_markdown


@pytest.mark.parametrize(
    "unsafe",
    [*"\x1b\x07\x00\x08\x0b\x0c\r\x7f\x85\x9b\x9d\u202a\u202e\u2066\u2069\ud800"],
    ids=ascii,
)
def test_control_character_is_replaced(unsafe: str) -> None:
    assert clean_markdown(f"a{unsafe}b") == "a\ufffdb"


@pytest.mark.parametrize(
    "safe", ["[bold]x[/bold]", "a\tb\nc", "日本語 🚀 e\u0301 שלום", "ක්\u200dෂ"]
)
def test_safe_text_is_unchanged(safe: str) -> None:
    assert clean_markdown(safe) == safe


def test_line_endings_become_newlines() -> None:
    assert clean_markdown("a\r\nb\u2028c\u2029d") == "a\nb\nc\nd"


def test_crlf_split_between_pieces_is_one_newline() -> None:
    cleaner = StreamCleaner()
    assert cleaner.feed("a\r") + cleaner.feed("\nb") == "a\nb"


def test_lone_carriage_return_is_replaced() -> None:
    cleaner = StreamCleaner()
    assert cleaner.feed("a\r") + cleaner.feed("b") == "a\ufffdb"
