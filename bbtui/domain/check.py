"""Checks: facts about an answer's text, shown beside the person's score and never a score.

Nothing a model wrote is ever executed: Python is parsed with `ast`, JSON with `json`, and shell
code by a parser the caller hands in.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

Kind = Literal["words", "mentions", "avoids", "python", "bash", "json"]
KINDS: tuple[Kind, ...] = ("words", "mentions", "avoids", "python", "bash", "json")

#: Takes shell code, returns None when it parses and the parser's own message when not.
BashParser = Callable[[str], str | None]

_FENCE = re.compile(
    r"^(?P<indent> {0,3})(?P<fence>`{3,}|~{3,})[ \t]*(?P<language>[^\s`]*)[^\n]*\n"
    r"(?P<body>.*?)(?:^ {0,3}(?P=fence)[`~]*[ \t]*$|\Z)",
    re.MULTILINE | re.DOTALL,
)
_WORD = re.compile(r"\S+")
_LANGUAGES: dict[str, tuple[str, ...]] = {
    "python": ("python", "py", "python3"),
    "bash": ("bash", "sh", "shell", "zsh", "console"),
    "json": ("json",),
}


@dataclass(frozen=True, slots=True)
class Check:
    """One check of a task.

    `value` is the text or ``re:`` pattern of mentions/avoids; "parses" for python, bash and json;
    "min..max" for words (either may be empty). `on` says what is looked at: the whole answer or
    its code blocks.
    """

    kind: Kind
    value: str
    on: Literal["answer", "code"] = "answer"

    @property
    def title(self) -> str:
        """The check in words, such as ``mentions hmac.compare_digest``."""
        match self.kind:
            case "words":
                low, _, high = self.value.partition("..")
                if low and high:
                    text = f"{low} to {high} words"
                else:
                    text = f"at least {low} words" if low else f"at most {high} words"
            case "mentions" | "avoids":
                text = f"{self.kind} {self.value}"
            case _:
                text = f"{self.kind} parses"
        in_code = self.on == "code" and self.kind in ("words", "mentions", "avoids")
        return f"{text} in code" if in_code else text


@dataclass(frozen=True, slots=True)
class CheckResult:
    """What a check found: `passed`, and a `detail` such as "212 words" (may be empty)."""

    check: Check
    passed: bool
    detail: str = ""


def code_blocks(text: str) -> list[tuple[str, str]]:
    """The fenced blocks of a Markdown text, as (language in lower case or "", code).

    A fence that never closes runs to the end of the text, as CommonMark says.
    """
    return [(m["language"].lower(), m["body"]) for m in _FENCE.finditer(text)]


def run_check(check: Check, text: str, parse_bash: BashParser) -> CheckResult:
    """Look at one answer's `text`. Never raises: what cannot be parsed is a check not passed."""
    if check.kind in ("python", "bash", "json"):
        return _parse(check, text, parse_bash)
    looked_at = text if check.on == "answer" else "\n".join(code for _, code in code_blocks(text))
    match check.kind:
        case "words":
            count = len(_WORD.findall(looked_at))
            low, _, high = check.value.partition("..")
            passed = (not low or count >= int(low)) and (not high or count <= int(high))
            return CheckResult(check, passed, f"{count} words")
        case "mentions":
            return CheckResult(check, _finds(check.value, looked_at))
        case _:
            return CheckResult(check, not _finds(check.value, looked_at))


def _finds(value: str, text: str) -> bool:
    if value.startswith("re:"):
        return re.search(value[3:], text) is not None
    return value.casefold() in text.casefold()


def _parse(check: Check, text: str, parse_bash: BashParser) -> CheckResult:
    """Parse the answer, or each of its code blocks in that language (or in none named)."""
    if check.on == "answer":
        sources = [text]
    else:
        blocks = code_blocks(text)
        named = [code for language, code in blocks if language in _LANGUAGES[check.kind]]
        sources = named or [code for language, code in blocks if not language]
    if not sources:
        return CheckResult(check, False, f"no {check.kind} code block")
    for source in sources:
        fault = _fault(check.kind, source, parse_bash)
        if fault is not None:
            return CheckResult(check, False, fault)
    count = len(sources)
    return CheckResult(check, True, "1 block" if count == 1 else f"{count} blocks")


def _fault(kind: str, source: str, parse_bash: BashParser) -> str | None:
    try:
        if kind == "python":
            ast.parse(source)
        elif kind == "json":
            json.loads(source)
        else:
            return parse_bash(source)
    except SyntaxError as error:
        return f"line {error.lineno}: {error.msg}"
    except (ValueError, RecursionError, MemoryError) as error:
        return str(error) or type(error).__name__
    return None
