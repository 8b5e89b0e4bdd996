from __future__ import annotations

import pytest

from bbtui.formatting.sanitize import clean_name, clean_text, excerpt, single_line


@pytest.mark.parametrize(
    "unsafe",
    [*"\x1b\x07\x00\x08\x0b\x0c\r\x7f\x85\x9b\x9d\u202a\u202e\u2066\u2069\ud800"],
    ids=ascii,
)
def test_unsafe_character_is_replaced(unsafe: str) -> None:
    assert clean_text(f"a{unsafe}b") == "a\ufffdb"
    assert not {unsafe} & set(single_line(f"a{unsafe}b"))
    assert not {unsafe} & set(clean_name(f"a{unsafe}b"))


@pytest.mark.parametrize("safe", ["a\tb\nc", "日本語 🚀 e\u0301 שלום", "👩‍💻", "a\u2028b"])
def test_plain_text_is_unchanged(safe: str) -> None:
    assert clean_text(safe) == safe


def test_line_end_of_two_characters_is_a_newline() -> None:
    assert clean_text("a\x1b\r\nb") == "a\ufffd\nb"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("plain [bold]words[/]", "plain [bold]words[/]"),
        (" two\n\twords\u00a0here\r\n", "two words here"),
        ("in\u200bvisible\ufeff", "in\ufffdvisible\ufffd"),
        ("\x1b[31m\x9b\u202e\u2028x", "\ufffd[31m\ufffd\ufffd x"),
    ],
)
def test_line_has_no_breaks_and_nothing_invisible(text: str, line: str) -> None:
    assert single_line(text) == line


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("two\n\twords ", "two words"),
        ("\x1b[31m\x9b\u202e\u2028x", "\ufffd[31m\ufffd\ufffd x"),
        ("y" * 90, "y" * 79 + "…"),
        (" " * 5000 + "x", "x"),
    ],
)
def test_excerpt_is_one_harmless_line(text: str, clean: str) -> None:
    assert excerpt(text) == clean


@pytest.mark.parametrize("name", ["👩‍💻 at work", "نمی‌خواهم", "क्‍ष", "日本語 e\u0301 שלום"])
def test_joiners_stay_in_a_name(name: str) -> None:
    assert (clean_name(name), single_line(name), excerpt(name)) == (name, name, name)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("two\n\tlines\r\n", "two  lines  "),
        ("in\u200bvisible\ufeff", "in\ufffdvisible\ufffd"),
        ("\x1b[31m\x9b\u202e\u2028x", "\ufffd[31m\ufffd\ufffd x"),
    ],
)
def test_name_stays_as_long_as_it_was(text: str, name: str) -> None:
    assert clean_name(text) == name
