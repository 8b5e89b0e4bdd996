from __future__ import annotations

import pytest

from bbtui.domain.check import Check, code_blocks, run_check


def no_bash(source: str) -> str | None:
    raise AssertionError("no bash was to be parsed")


def strict_bash(source: str) -> str | None:
    return None if source.rstrip().endswith("done") else "line 2: unexpected end of file"


def look(check: Check, text: str, parse_bash=no_bash) -> tuple[bool, str]:
    result = run_check(check, text, parse_bash)
    assert result.check == check
    return result.passed, result.detail


@pytest.mark.parametrize(
    ("value", "count", "passed"),
    [
        ("2..4", 1, False),
        ("2..4", 2, True),
        ("2..4", 4, True),
        ("2..4", 5, False),
        ("2..", 1, False),
        ("2..", 500, True),
        ("..4", 0, True),
        ("..4", 5, False),
    ],
)
def test_words_are_counted_between_two_bounds_both_included(value, count, passed):
    assert look(Check("words", value), "one\n" * count) == (passed, f"{count} words")


def test_words_in_code_are_those_of_the_blocks():
    text = "many words of prose\n```\nx = 1\n```\nand more\n```\ny\n```"
    assert look(Check("words", "4..4", on="code"), text) == (True, "4 words")


def test_mentions_is_plain_text_whatever_its_case():
    text = "Use HMAC.compare_digest (constant time)."
    assert look(Check("mentions", "hmac.compare_digest"), text) == (True, "")
    assert look(Check("mentions", "hmacXcompare_digest"), text) == (False, "")
    assert look(Check("avoids", "compare_digest ("), text) == (False, "")
    assert look(Check("avoids", "=="), text) == (True, "")


def test_a_pattern_is_a_pattern():
    assert look(Check("mentions", r"re:time\w*out"), "a timeout of 5 s") == (True, "")
    assert look(Check("avoids", r"re:\beval\b"), "evaluate") == (True, "")
    assert look(Check("avoids", r"re:\beval\b"), "eval(x)") == (False, "")


@pytest.mark.parametrize("kind", ["mentions", "avoids"])
def test_a_pattern_that_cannot_be_read_is_not_passed_and_says_so(kind):
    passed, detail = look(Check(kind, "re:(unclosed"), "text")
    assert not passed
    assert detail.startswith("invalid pattern: missing )")


def test_mentions_in_code_does_not_look_at_prose():
    text = "Use hmac.\n```python\nimport json\n```\n"
    assert look(Check("mentions", "hmac", on="code"), text) == (False, "")
    assert look(Check("mentions", "json", on="code"), text) == (True, "")


GOOD = "def f():\n    return 1\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"Here:\n```python\n{GOOD}```\n", (True, "1 block")),
        (f"```py\n{GOOD}```\ntext\n~~~python3\n{GOOD}~~~\n", (True, "2 blocks")),
        (f"```\n{GOOD}```", (True, "1 block")),
        (f"```python\n{GOOD}", (True, "1 block")),
        (f"```python\r\n{GOOD}```\r\nprose, not Python\r\n", (True, "1 block")),
        (f"```Python title=a.py\n{GOOD}```\nprose", (True, "1 block")),
        (f"```python\n{GOOD}```\n```\n$ not python\n```", (True, "1 block")),
        ("```python\ndef f(:\n```", (False, "line 1: invalid syntax")),
        ("```python\nx = 'a\0b'\n```", (False, "source code string cannot contain null bytes")),
        ("```bash\nls\n```", (False, "no python code block")),
        ("no code at all", (False, "no python code block")),
        ("```python", (True, "1 block")),
        ("", (False, "no python code block")),
        # In a list the fence and its code are indented together.
        ("1. Do:\n   ```python\n   def f():\n       return 1\n   ```\n   then", (True, "1 block")),
        ("- a\n    - b\n      ```python\n      if x:\n          y()\n      ```", (True, "1 block")),
        # Inline code that happens to begin a line opens nothing.
        ("```x``` is code\n\nprose goes on", (False, "no python code block")),
    ],
)
def test_python_in_code_blocks_parses_or_says_where_not(text, expected):
    assert look(Check("python", "parses", on="code"), text) == expected


def test_a_fence_inside_a_longer_fence_or_a_string_is_code():
    longer = '````python\ntext = """\n```\ninner\n```\n"""\n````\nafter'
    assert code_blocks(longer) == [("python", 'text = """\n```\ninner\n```\n"""\n')]
    other = "```\n~~~\n```\n"
    assert code_blocks(other) == [("", "~~~\n")]
    deep = '```python\nx = """\n        ```\n"""\n```\n'
    assert code_blocks(deep) == [("python", 'x = """\n        ```\n"""\n')]


def test_odd_escapes_in_python_are_no_fault_and_no_warning(recwarn):
    assert look(Check("python", "parses"), "import re\nre.compile('\\d+')\n") == (True, "1 block")
    assert not recwarn.list


@pytest.mark.parametrize("source", ["-" * 100_000 + "1", "(" * 5000, "a" + ".b" * 100_000])
def test_python_that_is_too_deep_is_not_passed_and_says_so(source):
    passed, detail = look(Check("python", "parses"), source)
    assert not passed
    assert "nested" in detail


def test_json_parses_or_says_where_not():
    assert look(Check("json", "parses"), ' {"a": [1, 2]}\n') == (True, "1 block")
    passed, detail = look(Check("json", "parses"), '{"a": 1,}')
    assert (passed, "line 1 column" in detail) == (False, True)
    deep = look(Check("json", "parses"), "[" * 200_000)
    assert deep == (False, "nested too deeply to be parsed")
    block = 'As asked:\n```json\n{"a": 1}\n```'
    assert look(Check("json", "parses", on="code"), block) == (True, "1 block")
    assert look(Check("json", "parses"), block)[0] is False


def test_bash_is_left_to_the_parser_that_is_handed_in():
    check = Check("bash", "parses", on="code")
    good, bad = "for f in *; do\n  rm $f\ndone\n", "for f in *; do\n"
    assert look(check, f"```sh\n{good}```", strict_bash) == (True, "1 block")
    fault = "line 2: unexpected end of file"
    assert look(check, f"```bash\n{good}```\n```shell\n{bad}```", strict_bash) == (False, fault)
    assert look(check, "```python\nx\n```", no_bash) == (False, "no bash code block")


@pytest.mark.parametrize(
    ("check", "title"),
    [
        (Check("words", "150..250"), "150 to 250 words"),
        (Check("words", "150.."), "at least 150 words"),
        (Check("words", "..250"), "at most 250 words"),
        (Check("mentions", "hmac"), "mentions hmac"),
        (Check("avoids", "utf-64", on="code"), "avoids utf-64 in code"),
        (Check("python", "parses", on="code"), "python parses"),
    ],
)
def test_a_check_says_what_it_is(check, title):
    assert check.title == title


def test_what_is_looked_for_in_code_says_when_there_is_none() -> None:
    avoids = run_check(Check("avoids", "utf-64", "code"), "No code here.", lambda code: None)
    assert (avoids.passed, avoids.detail) == (True, "no code block")
    mentions = run_check(Check("mentions", "hmac", "code"), "No code here.", lambda code: None)
    assert (mentions.passed, mentions.detail) == (False, "no code block")
