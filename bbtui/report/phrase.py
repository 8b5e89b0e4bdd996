"""What a report says, before it is Markdown: words with emphasis and code in them, and tables.

Nothing here is escaped. A phrase holds what people and models wrote as they wrote it, and each
format makes it harmless in its own way.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NamedTuple


class Strong(NamedTuple):
    """Words that carry weight, such as a verdict."""

    text: str


class Code(NamedTuple):
    """A command, a model's name, an address: shown as typed."""

    text: str


Span = str | Strong | Code
#: One span, or several that follow each other without a space between them.
Phrase = Span | tuple[Span, ...]

_CODE_SPAN = re.compile(r"(?<!`)(`+)(?!`)(?P<code>.+?)(?<!`)\1(?!`)")


@dataclass(frozen=True, slots=True)
class Table:
    """A table: a heading per column, and rows of as many cells. `right` names the columns of
    figures, counted from 0."""

    head: tuple[Phrase, ...]
    rows: tuple[tuple[Phrase, ...], ...]
    right: frozenset[int] = frozenset()


def spans(phrase: Phrase) -> tuple[Span, ...]:
    """The spans of a phrase, one or several."""
    return (phrase,) if isinstance(phrase, str | Strong | Code) else phrase


def joined(*phrases: Phrase) -> Phrase:
    """One phrase of several."""
    return tuple(span for phrase in phrases for span in spans(phrase))


def with_code(text: str) -> Phrase:
    """A line somebody wrote: what stands between backticks is meant as code, the rest as words."""
    found: list[Span] = []
    end = 0
    for match in _CODE_SPAN.finditer(text):
        found += [text[end : match.start()], Code(match["code"])]
        end = match.end()
    return tuple(span for span in (*found, text[end:]) if span)


def operator_paragraphs(text: str) -> tuple[Phrase, ...]:
    """What a person typed, a paragraph for each line that is not empty."""
    return tuple(with_code(line.strip()) for line in text.split("\n") if line.strip())
