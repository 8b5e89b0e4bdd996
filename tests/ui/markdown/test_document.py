from __future__ import annotations

import random

import pytest
from rich.style import Style

from bbtui.ui.markdown.document import Document
from bbtui.ui.markdown.draw import Drawer
from bbtui.ui.markdown.look import Look
from bbtui.ui.markdown.rows import Row
from tests.bench.corpus import tokens
from tests.ui.markdown.samples import ANSWER, cut, odd_answer

THOUGHTS = "They want a **parser**.\n\n- check the header\n- compare"


def document(text: str = "", thinking: str = "", width: int = 50) -> Document:
    made = Document(Drawer(width, Look()))
    made.extend(text, thinking)
    return made


def all_rows(shown: Document) -> list[Row]:
    while shown.settle(0, shown.height):
        pass
    return [shown.row(y) for y in range(shown.height)]


def plain(shown: Document) -> list[str]:
    return [row.strip.text.rstrip() for row in all_rows(shown)]


@pytest.mark.parametrize("seed", range(25))
def test_a_text_that_streamed_looks_as_if_it_had_come_at_once(seed: int) -> None:
    rng = random.Random(seed)
    texts = [ANSWER, "".join(tokens(400, seed)), *(odd_answer(rng) for _ in range(15))]
    for text in texts:
        streamed = document()
        for piece in cut(text, rng):
            streamed.extend(piece, "")
            if rng.random() < 0.3:
                streamed.settle(max(0, streamed.height - 20), streamed.height)
        assert all_rows(streamed) == all_rows(document(text))


def test_character_by_character() -> None:
    streamed = document()
    for character in ANSWER:
        streamed.extend(character, "")
        streamed.settle(0, streamed.height)
    assert all_rows(streamed) == all_rows(document(ANSWER))


@pytest.mark.parametrize("seed", range(10))
def test_thinking_stands_above_the_answer_wherever_it_came(seed: int) -> None:
    rng = random.Random(seed)
    pieces = [(piece, "") for piece in cut(ANSWER, rng)]
    thoughts = [("", piece) for piece in cut(THOUGHTS, rng)]
    streamed = document()
    while pieces or thoughts:
        text, thinking = rng.choice([part for part in (pieces, thoughts) if part]).pop(0)
        streamed.extend(text, thinking)
    assert all_rows(streamed) == all_rows(document(ANSWER, THOUGHTS))


def test_thinking_has_a_heading_and_stands_apart() -> None:
    assert plain(document("The answer.", "Let me see.")) == [
        " thinking",
        " Let me see.",
        "",
        " The answer.",
    ]
    look = Look(thinking=Style(dim=True, italic=True))
    shown = Document(Drawer(30, look))
    shown.extend("answer", "thought")
    quiet = [all(s.style and s.style.italic for s in row.strip) for row in all_rows(shown)]
    assert quiet == [True, True, False, False]


def test_empty_thinking_is_not_shown() -> None:
    assert plain(document("x", "\n\n")) == [" x"]


def test_nothing_has_no_rows() -> None:
    assert document().height == 0
    assert document("\n \n").height == 0


def test_estimated_heights_become_known_a_bit_at_a_time() -> None:
    text = "".join(tokens(3_000))
    shown = document(text)
    assert not shown.settled
    while not shown.settled:
        budget = iter([True] * 5)
        shown.work(lambda budget=budget: next(budget, False))  # type: ignore[misc]
    known = shown.height
    assert len(all_rows(shown)) == known == len(all_rows(document(text)))


@pytest.mark.parametrize("width", [45, 140])
def test_a_place_is_the_same_text_at_another_width_and_back(width: int) -> None:
    shown = document("".join(tokens(1_500)), width=80)
    rows = plain(shown)
    places = [shown.place(y) for y in range(len(rows))]
    shown.use(Drawer(width, Look()))
    for place, row in zip(places, rows, strict=True):
        at = shown.row_of(place)
        table = "─" in row or "   " in row.strip()  # its cells wrap each by itself
        near = range(at - 2 * table, at + 2 * table + 1)
        first = "".join(row.split()[:1])[:20]
        assert any(first in shown.row(y).strip.text for y in near)
    shown.use(Drawer(80, Look()))
    assert [shown.row_of(place) for place in places] == list(range(len(rows)))


def test_a_place_in_the_answer_stays_when_thinking_comes_late() -> None:
    shown = document("one\n\ntwo\n\nthree")
    place = shown.place(2)
    shown.extend("", "a late thought\n\nand another")
    all_rows(shown)
    assert shown.row(shown.row_of(place)).strip.text.strip() == "two"


def test_another_look_keeps_every_row_in_its_place() -> None:
    shown = document(ANSWER, THOUGHTS)
    before = plain(shown)
    shown.use(Drawer(50, Look(base=Style(color="red"))))
    assert shown.height == len(before)
    assert plain(shown) == before
    assert {s.style.color.name for s in shown.row(0).strip if s.style and s.style.color} == {"red"}
