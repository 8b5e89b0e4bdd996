"""Checks: facts about an answer's text, shown beside the score and never a score.

Nothing a model wrote is ever executed: Python is parsed with `ast`, JSON with `json`, and shell
code by a parser that the caller passes in.
"""

from __future__ import annotations

import ast
import json
import re
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from bbtui.formatting.text import counted

Kind = Literal["words", "mentions", "avoids", "python", "bash", "json"]
KINDS: tuple[Kind, ...] = ("words", "mentions", "avoids", "python", "bash", "json")

#: Takes shell code, returns None when it parses and the parser's own message when not.
BashParser = Callable[[str], str | None]

#: In front of a regular expression.
PATTERN = "re:"

# What follows backticks must hold none: that would be code within a line of prose.
_FENCE = re.compile(
    r"(?P<indent>[ \t]*)(?P<fence>`{3,}(?=[^`]*$)|~{3,})[ \t]*(?P<language>[^\s`]*)"
)
_WORD = re.compile(r"\S+")
_LANGUAGES: dict[str, tuple[str, ...]] = {
    "python": ("python", "py", "python3"),
    "bash": ("bash", "sh", "shell", "zsh", "console"),
    "json": ("json",),
}


@dataclass(frozen=True, slots=True)
class Check:
    """One check of a task."""

    kind: Kind
    """What it examines."""

    value: str
    """The text or ``re:`` pattern of mentions/avoids; "parses" for python, bash and json;
    "min..max" for words (either may be empty).
    """

    on: Literal["answer", "code"] = "answer"
    """Whether the whole answer is checked, or its code blocks."""

    label: str = ""
    """The author's own words for it, "" for none."""

    @property
    def is_pattern(self) -> bool:
        """Return whether its value is a regular expression."""
        return self.kind in ("mentions", "avoids") and self.value.startswith(PATTERN)

    @property
    def title(self) -> str:
        """Return the author's label, else the rule."""
        return self.label or self.rule

    @property
    def rule(self) -> str:
        """Return what is checked: ``mentions hmac.compare_digest in code``."""
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
    """The result of a check, with a detail such as "212 words" (may be empty)."""

    check: Check
    """The check."""
    passed: bool
    """Whether the text passes it."""
    detail: str = ""
    """What was found; "" for nothing to add."""

    decided: bool = True
    """False if it could not be decided, with the reason as the detail."""


#: The detail of a check that has nothing to look at.
_NOTHING = {"answer": "empty answer", "code": "no code block"}
#: Returns the result of a check of one text.
Checker = Callable[[Check, str], CheckResult]


def undecided(check: Check, why: str) -> CheckResult:
    """Return the result of a check that could not be decided."""
    return CheckResult(check, passed=False, detail=why, decided=False)


def code_blocks(text: str) -> list[tuple[str, str]]:
    """Return the fenced blocks of a Markdown text, as (language in lower case or "", code).

    As CommonMark reads them: a fence that is not closed runs to the end of the text, one is closed
    by at least as many of its own characters, and the code loses the indentation of its fence.
    Unlike there, a fence may be indented at any depth, because models put code into nested lists.
    """
    found: list[tuple[str, list[str]]] = []
    opening: re.Match[str] | None = None
    for line in text.split("\n"):
        line = line.removesuffix("\r")
        if opening is None:
            opening = _FENCE.match(line)
            if opening:
                found.append((opening["language"].lower(), []))
        elif _closes(line, opening):
            opening = None
        else:
            found[-1][1].append(_dedented(line, len(opening["indent"])))
    return [(language, "".join(f"{line}\n" for line in lines)) for language, lines in found]


def _closes(line: str, opening: re.Match[str]) -> bool:
    """Return whether this line closes the block; one indented much deeper is code in it."""
    bare = line.strip()
    fence = opening["fence"]
    depth = len(line) - len(line.lstrip()) - len(opening["indent"])
    return len(bare) >= len(fence) and set(bare) == {fence[0]} and depth <= 3


def _dedented(line: str, depth: int) -> str:
    """Return the line without its first `depth` blanks, or as many as it has."""
    return line[min(depth, len(line) - len(line.lstrip())) :]


def run_check(check: Check, text: str, parse_bash: BashParser) -> CheckResult:
    """Return the result of a check of one text; text that cannot be parsed does not pass.

    What holds for nothing at all is no evidence: a check of code does not pass without code, and
    on an empty answer only a count of words does.
    """
    if check.kind in ("python", "bash", "json"):
        return _parse(check, text, parse_bash)
    checked = text if check.on == "answer" else "\n".join(code for _, code in code_blocks(text))
    if not checked.strip() and (check.kind, check.on) != ("words", "answer"):
        return CheckResult(check, False, _NOTHING[check.on])
    if check.kind == "words":
        count = len(_WORD.findall(checked))
        low, _, high = check.value.partition("..")
        passed = (not low or count >= int(low)) and (not high or count <= int(high))
        return CheckResult(check, passed, counted(count, "word"))
    try:
        found = _finds(check.value, checked)
    except (re.error, OverflowError, RecursionError) as error:
        return CheckResult(check, False, f"invalid pattern: {error}")
    return CheckResult(check, found == (check.kind == "mentions"))


def _finds(value: str, text: str) -> bool:
    if value.startswith(PATTERN):
        return re.search(value[len(PATTERN) :], text) is not None
    return value.casefold() in text.casefold()


def _parse(check: Check, text: str, parse_bash: BashParser) -> CheckResult:
    """Parse the answer, or each of its code blocks in that language (or without a language)."""
    if check.on == "answer":
        sources = [text]
    else:
        blocks = code_blocks(text)
        named = [code for language, code in blocks if language in _LANGUAGES[check.kind]]
        sources = named or [code for language, code in blocks if not language]
    sources = [source for source in sources if source.strip()]
    if not sources:
        nothing = _NOTHING["answer"] if check.on == "answer" else f"no {check.kind} code block"
        return CheckResult(check, False, nothing)
    for source in sources:
        fault = _fault(check.kind, source, parse_bash)
        if fault is not None:
            return CheckResult(check, False, fault)
    count = len(sources)
    return CheckResult(check, True, "1 block" if count == 1 else f"{count} blocks")


def _fault(kind: str, source: str, parse_bash: BashParser) -> str | None:
    try:
        if kind == "python":
            # The parser warns of odd escapes on stderr, which is the user's screen.
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                ast.parse(source)
        elif kind == "json":
            json.loads(source)
        else:
            return parse_bash(source)
    except SyntaxError as error:
        return error.msg if error.lineno is None else f"line {error.lineno}: {error.msg}"
    except (RecursionError, MemoryError):
        return "nested too deeply to be parsed"
    except ValueError as error:
        return str(error)
    return None
