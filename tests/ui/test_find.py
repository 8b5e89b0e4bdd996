"""Finding text in the focused answer."""

from __future__ import annotations

import threading

import pytest

from bbtui.ui.markdown.document import MarkdownDocument
from bbtui.ui.markdown.renderer import Renderer
from bbtui.ui.markdown.rows import MarkdownStyles, selected_text, spans_of
from tests.fakes import Script, answering, done, known, sent, text, wait
from tests.ui.driver import NARROW, WIDE, AppDriver, run_app

LONG = "\n\n".join(f"Paragraph {n} about **red** lorries." for n in range(1, 41))


def view_row(app: AppDriver) -> int:
    return app.main.pane.view.scroll_offset.y


def styled(app: AppDriver, words: str) -> set[str]:
    """Return the backgrounds of the cells in which these words are shown in the answer."""
    view = app.main.pane.view
    found = set()
    for y in range(view.size.height):
        for segment in view.render_line(y):
            if segment.text.strip() == words and segment.style and segment.style.bgcolor:
                found.add(segment.style.bgcolor.name)
    return found


@pytest.mark.parametrize("size", [WIDE, NARROW])
async def test_hits_are_counted_and_gone_to_in_turn(size: tuple[int, int]) -> None:
    async with run_app(big=answering(LONG), size=size) as app:
        await app.run_all()
        await app.press("slash")
        await app.type("RED lor")
        await app.shows("Big Brain: find RED lor")
        await app.shows("1 of 40")
        await app.press("enter")
        await app.shows("n next · N previous")
        await app.press("N")
        await app.shows("40 of 40")
        await app.shows("Paragraph 40")
        await app.press("n")
        await app.shows("1 of 40")
        await app.until(lambda: view_row(app) == 0)
        await app.press("escape")
        await app.until(lambda: app.top is app.main)


async def test_hits_are_highlighted_until_the_box_is_closed() -> None:
    async with run_app(big=answering("One apple, two apples.")) as app:
        await app.run_all()
        plain = styled(app, "apple")
        await app.press("slash")
        await app.type("apple")
        await app.shows("1 of 2")
        assert len(styled(app, "apple") - plain) == 2, "the current hit looks different"
        await app.press("escape")
        await app.until(lambda: app.top is app.main)
        assert styled(app, "apple") == plain


async def test_search_without_a_match_shows_a_message() -> None:
    async with run_app() as app:
        await app.run_all()
        await app.press("slash")
        await app.type("zebra")
        await app.shows("not found")
        await app.press("enter", "n", "escape")
        await app.until(lambda: app.top is app.main)


async def test_words_are_found_across_the_wrap_of_a_line() -> None:
    words = " ".join(f"word{n}" for n in range(40))
    async with run_app(big=answering(words), size=NARROW) as app:
        await app.run_all()
        view = app.main.pane.view
        wraps = [y for y in range(view.size.height) if view._document.row(y).joint == " "]
        last = view._document.row(wraps[0] - 1).strip.text.split()[-1]
        first = view._document.row(wraps[0]).strip.text.split()[0]
        await app.press("slash")
        await app.type(f"{last} {first}")
        await app.shows("1 of 1")


async def test_what_comes_while_the_box_is_open_is_found(release: threading.Event) -> None:
    more = Script(known(), sent(), text("Here is one. "), wait(release), text("And one."), done())
    async with run_app(big=more) as app:
        await app.press("space")
        await app.shows("Here is one.")
        await app.press("slash")
        await app.type("one")
        await app.shows("1 of 1")
        release.set()
        await app.settle()
        await app.press("enter", "n")
        await app.shows("2 of 2")


def test_spans_lead_back_to_the_found_characters() -> None:
    shown = MarkdownDocument(Renderer(12, MarkdownStyles()))
    shown.extend("- a list of words that wrap\n\n> quoted words that wrap, too", "")
    while shown.render_range(0, shown.height):
        pass
    rows = [shown.row(y) for y in range(shown.height)]
    whole = selected_text((row, (0, -1)) for row in rows)
    for first in range(len(whole)):
        for stop in range(first + 1, min(first + 9, len(whole)) + 1):
            spans = spans_of(rows, first, stop)
            found = "".join(rows[y].strip.text[slice(*span)] for y, span in sorted(spans.items()))
            assert "".join(found.split()) == "".join(whole[first:stop].split())
