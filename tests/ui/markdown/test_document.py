from __future__ import annotations

import random
from functools import partial

import pytest
from rich.style import Style

from bbtui.ui.markdown.document import MarkdownDocument
from bbtui.ui.markdown.renderer import Renderer
from bbtui.ui.markdown.rows import MarkdownStyles, Row
from tests.bench.corpus import tokens
from tests.ui.markdown.samples import ANSWER, cut, odd_answer

THOUGHTS = "They want a **parser**.\n\n- check the header\n- compare"


def document(text: str = "", thinking: str = "", width: int = 50) -> MarkdownDocument:
    made = MarkdownDocument(Renderer(width, MarkdownStyles()))
    made.extend(text, thinking)
    return made


def all_rows(shown: MarkdownDocument) -> list[Row]:
    while shown.render_range(0, shown.height):
        pass
    return [shown.row(y) for y in range(shown.height)]


def plain(shown: MarkdownDocument) -> list[str]:
    return [row.strip.text.rstrip() for row in all_rows(shown)]


@pytest.mark.parametrize("seed", range(25))
def test_streamed_text_is_rendered_like_complete_text(seed: int) -> None:
    rng = random.Random(seed)
    texts = [ANSWER, "".join(tokens(400, seed)), *(odd_answer(rng) for _ in range(15))]
    for text in texts:
        streamed = document()
        for piece in cut(text, rng):
            streamed.extend(piece, "")
            if rng.random() < 0.3:
                streamed.render_range(max(0, streamed.height - 20), streamed.height)
        assert all_rows(streamed) == all_rows(document(text))


def test_text_streamed_by_character_is_rendered_like_complete_text() -> None:
    streamed = document()
    for character in ANSWER:
        streamed.extend(character, "")
        streamed.render_range(0, streamed.height)
    assert all_rows(streamed) == all_rows(document(ANSWER))


@pytest.mark.parametrize("seed", range(10))
def test_thinking_is_above_the_answer_in_any_order(seed: int) -> None:
    rng = random.Random(seed)
    pieces = [(piece, "") for piece in cut(ANSWER, rng)]
    thoughts = [("", piece) for piece in cut(THOUGHTS, rng)]
    streamed = document()
    while pieces or thoughts:
        text, thinking = rng.choice([part for part in (pieces, thoughts) if part]).pop(0)
        streamed.extend(text, thinking)
    assert all_rows(streamed) == all_rows(document(ANSWER, THOUGHTS))


def test_thinking_has_a_heading_and_its_own_style() -> None:
    assert plain(document("The answer.", "Let me see.")) == [
        " thinking",
        " Let me see.",
        "",
        " The answer.",
    ]
    styles = MarkdownStyles(thinking=Style(dim=True, italic=True))
    shown = MarkdownDocument(Renderer(30, styles))
    shown.extend("answer", "thought")
    quiet = [all(s.style and s.style.italic for s in row.strip) for row in all_rows(shown)]
    assert quiet == [True, True, False, False]


def test_empty_thinking_is_not_shown() -> None:
    assert plain(document("x", "\n\n")) == [" x"]


def test_empty_text_has_no_rows() -> None:
    assert document().height == 0
    assert document("\n \n").height == 0


def test_blocks_out_of_view_are_rendered_in_steps() -> None:
    text = "".join(tokens(3_000))
    shown = document(text)
    assert not shown.complete
    while not shown.complete:
        budget = iter([True] * 5)
        shown.render_more(partial(next, budget, False))
    known = shown.height
    assert len(all_rows(shown)) == known == len(all_rows(document(text)))


@pytest.mark.parametrize("width", [45, 140])
def test_anchor_is_the_same_text_at_another_width_and_back(width: int) -> None:
    shown = document("".join(tokens(1_500)), width=80)
    rows = plain(shown)
    anchors = [shown.anchor_at(y) for y in range(len(rows))]
    shown.set_renderer(Renderer(width, MarkdownStyles()))
    for anchor, row in zip(anchors, rows, strict=True):
        at = shown.row_of(anchor)
        table = "─" in row or "   " in row.strip()  # its cells wrap each by itself
        near = range(at - 2 * table, at + 2 * table + 1)
        first = "".join(row.split()[:1])[:20]
        assert any(first in shown.row(y).strip.text for y in near)
    shown.set_renderer(Renderer(80, MarkdownStyles()))
    assert [shown.row_of(anchor) for anchor in anchors] == list(range(len(rows)))


def test_anchor_in_the_answer_stays_when_thinking_comes_late() -> None:
    shown = document("one\n\ntwo\n\nthree")
    anchor = shown.anchor_at(2)
    shown.extend("", "a late thought\n\nand another")
    all_rows(shown)
    assert shown.row(shown.row_of(anchor)).strip.text.strip() == "two"


def test_other_styles_keep_every_row_in_place() -> None:
    shown = document(ANSWER, THOUGHTS)
    before = plain(shown)
    shown.set_renderer(Renderer(50, MarkdownStyles(base=Style(color="red"))))
    assert shown.height == len(before)
    assert plain(shown) == before
    assert {s.style.color.name for s in shown.row(0).strip if s.style and s.style.color} == {"red"}
