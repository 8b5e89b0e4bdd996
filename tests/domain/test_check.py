from __future__ import annotations

import pytest

from bbtui.domain.check import Check, code_blocks, run_check


def no_bash(source: str) -> str | None:
    raise AssertionError("no bash was to be parsed")


def strict_bash(source: str) -> str | None:
    return None if source.rstrip().endswith("done") else "line 2: unexpected end of file"


def run(check: Check, text: str, parse_bash=no_bash) -> tuple[bool, str]:
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
def test_word_bounds_are_inclusive(value, count, passed):
    detail = "1 word" if count == 1 else f"{count} words"
    assert run(Check("words", value), "one\n" * count) == (passed, detail)


def test_words_in_code_are_counted_in_the_blocks():
    text = "many words of prose\n```\nx = 1\n```\nand more\n```\ny\n```"
    assert run(Check("words", "4..4", on="code"), text) == (True, "4 words")


def test_mentions_is_plain_text_whatever_its_case():
    text = "Use HMAC.compare_digest (constant time)."
    assert run(Check("mentions", "hmac.compare_digest"), text) == (True, "")
    assert run(Check("mentions", "hmacXcompare_digest"), text) == (False, "")
    assert run(Check("avoids", "compare_digest ("), text) == (False, "")
    assert run(Check("avoids", "=="), text) == (True, "")


def test_value_with_re_prefix_is_a_pattern():
    assert run(Check("mentions", r"re:time\w*out"), "a timeout of 5 s") == (True, "")
    assert run(Check("avoids", r"re:\beval\b"), "evaluate") == (True, "")
    assert run(Check("avoids", r"re:\beval\b"), "eval(x)") == (False, "")


@pytest.mark.parametrize("kind", ["mentions", "avoids"])
def test_invalid_pattern_does_not_pass_and_is_reported(kind):
    passed, detail = run(Check(kind, "re:(unclosed"), "text")
    assert not passed
    assert detail.startswith("invalid pattern: missing )")


def test_mentions_in_code_does_not_look_at_prose():
    text = "Use hmac.\n```python\nimport json\n```\n"
    assert run(Check("mentions", "hmac", on="code"), text) == (False, "")
    assert run(Check("mentions", "json", on="code"), text) == (True, "")


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
        ("```python", (False, "no python code block")),
        ("", (False, "no python code block")),
        # In a list the fence and its code are indented together.
        ("1. Do:\n   ```python\n   def f():\n       return 1\n   ```\n   then", (True, "1 block")),
        ("- a\n    - b\n      ```python\n      if x:\n          y()\n      ```", (True, "1 block")),
        # Inline code that happens to begin a line opens nothing.
        ("```x``` is code\n\nprose goes on", (False, "no python code block")),
    ],
)
def test_python_code_blocks_are_parsed_and_an_error_is_located(text, expected):
    assert run(Check("python", "parses", on="code"), text) == expected


def test_fence_inside_a_longer_fence_or_a_string_is_code():
    longer = '````python\ntext = """\n```\ninner\n```\n"""\n````\nafter'
    assert code_blocks(longer) == [("python", 'text = """\n```\ninner\n```\n"""\n')]
    other = "```\n~~~\n```\n"
    assert code_blocks(other) == [("", "~~~\n")]
    deep = '```python\nx = """\n        ```\n"""\n```\n'
    assert code_blocks(deep) == [("python", 'x = """\n        ```\n"""\n')]


def test_odd_escapes_in_python_are_no_fault_and_no_warning(recwarn):
    assert run(Check("python", "parses"), "import re\nre.compile('\\d+')\n") == (True, "1 block")
    assert not recwarn.list


@pytest.mark.parametrize("source", ["-" * 100_000 + "1", "(" * 5000, "a" + ".b" * 100_000])
def test_python_nested_too_deeply_does_not_pass_and_is_reported(source):
    passed, detail = run(Check("python", "parses"), source)
    assert not passed
    assert "nested" in detail


def test_json_is_parsed_and_an_error_has_its_position():
    assert run(Check("json", "parses"), ' {"a": [1, 2]}\n') == (True, "1 block")
    passed, detail = run(Check("json", "parses"), '{"a": 1,}')
    assert (passed, "line 1 column" in detail) == (False, True)
    deep = run(Check("json", "parses"), "[" * 200_000)
    assert deep == (False, "nested too deeply to be parsed")
    block = 'As asked:\n```json\n{"a": 1}\n```'
    assert run(Check("json", "parses", on="code"), block) == (True, "1 block")
    assert run(Check("json", "parses"), block)[0] is False


def test_bash_is_left_to_the_parser_that_is_handed_in():
    check = Check("bash", "parses", on="code")
    good, bad = "for f in *; do\n  rm $f\ndone\n", "for f in *; do\n"
    assert run(check, f"```sh\n{good}```", strict_bash) == (True, "1 block")
    fault = "line 2: unexpected end of file"
    assert run(check, f"```bash\n{good}```\n```shell\n{bad}```", strict_bash) == (False, fault)
    assert run(check, "```python\nx\n```", no_bash) == (False, "no bash code block")


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
def test_check_has_a_title(check, title):
    assert check.title == title


@pytest.mark.parametrize(
    "check",
    [
        Check("avoids", "utf-64", "code"),
        Check("mentions", "hmac", "code"),
        Check("words", "..50", "code"),
    ],
)
def test_check_of_code_does_not_pass_without_code(check: Check) -> None:
    assert run(check, "No code here.\n\n```\n\n```") == (False, "no code block")


@pytest.mark.parametrize(
    "check",
    [
        Check("avoids", "utf-64"),
        Check("avoids", "re:x"),
        Check("python", "parses"),
        Check("json", "parses"),
    ],
)
def test_empty_answer_passes_no_check_of_its_text(check: Check) -> None:
    assert run(check, " \n") == (False, "empty answer")
