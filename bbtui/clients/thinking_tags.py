"""Separates the thinking from the answer where a server sends both in one text.

A server without a parser for its model passes the model's own tags on: ``<think>plan</think>`` and
then the answer. Where the prompt's template has the opening tag already, only the closing one
comes. A tag may arrive in several parts. A tag that the answer is about, in quotes or in code, is
text.
"""

from __future__ import annotations

import re

from bbtui.domain.answer import Piece

#: The tags of DeepSeek-R1, Qwen and many more, of Magistral, Seed-OSS and Kimi, and of other models
#: by their prompts.
_TAGS = {
    "<think>": "</think>",
    "<thinking>": "</thinking>",
    "<thought>": "</thought>",
    "<reasoning>": "</reasoning>",
    "<seed:think>": "</seed:think>",
    "[THINK]": "[/THINK]",
    "◁think▷": "◁/think▷",
}
_ALL = (*_TAGS, *_TAGS.values())
_LONGEST = max(map(len, _ALL))
#: The character that a tag begins with, which is nowhere else in it.
_FIRST = re.compile("[<\\[◁]")
_OPENING = re.compile("|".join(map(re.escape, _TAGS)))
_CLOSING = re.compile("|".join(map(re.escape, _TAGS.values())))
_QUOTES = ("`", "'", '"')
#: What a tag may begin with, at the end of a text too: most texts have none, and are done with.
_POSSIBLE = re.compile(r"<(?:/?[str]|/?\Z)|\[(?:/?T|/?\Z)|◁")
_FENCE = "```"
#: Backticks, and what is between them.
_RUNS = re.compile("`+|[^`]+")


class ThinkingTags:
    """Splits the text of one answer into thinking and answer, part by part."""

    def __init__(self) -> None:
        self.found = False
        """Whether the text had such a tag."""

        self._held = ""  # may be the start of a tag
        self._closing = ""  # the tag that ends the thinking, if this is thinking
        self._blank = True  # nothing but white space came since the start, or since the last tag
        self._trims = False  # white space next to a tag is no part of the text
        self._any_text = False
        #: The text so far; None once a closing tag without an opening one would be text.
        self._before: _Before | None = _Before()

    def feed(self, piece: Piece) -> Piece | None:
        """Return what a piece completes; None for nothing."""
        if piece.thinking:
            self._before = None
        away = not (self._blank or self._held or self._closing or self._trims)
        if away and not _POSSIBLE.search(piece.text):
            if self._before is not None:
                self._before.add(piece.text)
            return piece if piece.text or piece.thinking else None
        rest, self._held = self._held + piece.text, ""
        return self._split(rest, piece.thinking)

    def close(self) -> Piece | None:
        """Return what was held back, when the stream has ended."""
        rest, self._held = self._held, ""
        return self._split(rest, last=True)

    def _split(self, rest: str, thinking: str = "", *, last: bool = False) -> Piece | None:
        text, ends_thinking = "", False
        while rest:
            if self._closing:
                part, tag, after = rest.partition(self._closing)
                if not tag:
                    part, self._held = _without_start_of_tag(rest, (self._closing,), last=last)
                thinking += self._trimmed(part)
                rest = after
                if tag:
                    self._after_tag()
            elif self._blank and (tag := _tag_at_start(rest)):
                ends_thinking |= self._any_text
                rest = rest.lstrip()[len(tag) :]
                self._after_tag(_TAGS.get(tag, ""))
            elif self._blank and not (last or self._held) and _may_become_tag(rest):
                self._held, rest = rest, ""
            elif self._before is not None and (closing := _CLOSING.search(rest)):
                part, after = rest[: closing.start()], rest[closing.end() :]
                if not after and not last:  # what follows decides whether it is quoted
                    self._held, rest = closing[0], part
                    continue
                self._before.add(part)
                if self._before.quotes_next or after.startswith(_QUOTES):
                    self._before = None
                    continue
                ends_thinking |= self._any_text
                thinking += part
                rest = after
                self._after_tag()
            else:
                part, held = rest, ""
                if self._before is not None and not self._held:
                    part, held = _without_start_of_tag(rest, tuple(_TAGS.values()), last=last)
                text += self._as_text(part)
                self._held, rest = self._held or held, ""
        return Piece(text, thinking, ends_thinking) if text or thinking or ends_thinking else None

    def _after_tag(self, closing: str = "") -> None:
        """Continue in the answer, or in the thinking that ends with `closing`."""
        self.found = self._blank = self._trims = True
        self._any_text = False
        self._closing = closing
        self._before = None

    def _trimmed(self, part: str) -> str:
        if self._trims:
            part = part.lstrip()
            self._trims = not part
        return part

    def _as_text(self, part: str) -> str:
        part = self._trimmed(part)
        self._blank = self._blank and not part.strip()
        self._any_text = self._any_text or bool(part)
        if self._before is not None:
            self._before.add(part)
        return part


class _Before:
    """What the text so far means for a closing tag after it: whether it is in quotes or code."""

    def __init__(self) -> None:
        self._end = ""  # the last characters
        self._ticks = 0  # how many backticks are the last characters
        self._fences = 0
        self._names_tags = False

    def add(self, part: str) -> None:
        """Add a part of the text."""
        if not part:
            return
        for run in _RUNS.findall(part) if "`" in part else (part,):
            if run.startswith("`"):
                self._ticks += len(run)
            else:
                self._fences += self._ticks >= len(_FENCE)
                self._ticks = 0
        seen = self._end + part
        self._names_tags = self._names_tags or _OPENING.search(seen) is not None
        self._end = seen[-_LONGEST:]

    @property
    def quotes_next(self) -> bool:
        """Whether what comes next is quoted, or the text is about tags."""
        fences = self._fences + (self._ticks >= len(_FENCE))
        return self._end.endswith(_QUOTES) or fences % 2 == 1 or self._names_tags


def _tag_at_start(text: str) -> str:
    """Return the tag that a text begins with, after white space; "" if there is none."""
    bare = text.lstrip()
    found = _OPENING.match(bare) or _CLOSING.match(bare)
    return found[0] if found else ""


def _may_become_tag(text: str) -> bool:
    bare = text.lstrip()
    return bool(bare) and any(tag.startswith(bare) for tag in _ALL)


def _without_start_of_tag(text: str, tags: tuple[str, ...], *, last: bool) -> tuple[str, str]:
    """Split off the end of a text that may be the start of one of these tags."""
    starts = [] if last else [found.start() for found in _FIRST.finditer(text[-_LONGEST:])]
    if not starts:
        return text, ""
    start = starts[-1] + max(0, len(text) - _LONGEST)
    end = text[start:]
    return (text[:start], end) if any(tag.startswith(end) for tag in tags) else (text, "")
