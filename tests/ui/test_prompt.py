"""The prompt above the answers: whole before it was asked, then one row until it is opened."""

from __future__ import annotations

from dataclasses import replace

import pytest
from textual.app import App, ComposeResult

from bbtui.ui.widgets.prompt_strip import PromptStrip, PromptView
from tests.fakes import answering, make_session, make_tasks
from tests.ui.driver import NARROW, WIDE, AppDriver, run_app

SIZES = [WIDE, NARROW, (200, 50), (60, 16)]
LINES = "\n".join(f"Requirement {number}: refuse what is wrong." for number in range(1, 61))
LONG = f"Write a function that receives a webhook.\n\n{LINES}"
ANSWER = "\n\n".join(f"Paragraph {number}." for number in range(60))


def session_of(prompt: str, *, number: int = 0):
    first, *others = make_tasks()
    return make_session(tasks=[replace(first, prompt=prompt), *others], number=number)


def strip(app: AppDriver) -> list[str]:
    """Return the rows of the strip, without the spaces around each."""
    return [row.strip() for row in app.main.prompt.plain.splitlines()]


@pytest.mark.parametrize("size", SIZES)
async def test_prompt_is_open_until_it_was_asked(size: tuple[int, int]) -> None:
    async with run_app(session=session_of(LONG), size=size) as app:
        rows = size[1] * 40 // 100
        await app.until(lambda: len(strip(app)) == rows)
        assert strip(app)[0] == "▾ Write a function that receives a webhook."
        assert "▾ Write a function that receives a webhook." in app.text
        assert "space run" in app.text
        await app.press("space")
        await app.settle()
        [row] = strip(app)
        assert row.startswith("▸ Write a function that receives a webhook. Requirement")
        assert row.endswith("…")
        await app.press("n")
        assert strip(app) == ["▾ Prompt of Evennia architecture."]


@pytest.mark.parametrize("size", SIZES)
async def test_opened_prompt_scrolls_to_its_end_and_closes(size: tuple[int, int]) -> None:
    async with run_app(session=session_of(LONG), size=size, big=answering(ANSWER)) as app:
        await app.run_all()
        await app.press("P")
        await app.until(lambda: len(strip(app)) == size[1] * 40 // 100)
        await app.press("pagedown")
        assert "▾" not in app.main.prompt.plain
        await app.press("end")
        assert strip(app)[-1].endswith("Requirement 60: refuse what is wrong.")
        await app.press("g", "j")
        assert app.main.pane.view.scroll_offset.y == 1, "j scrolls the answer"
        await app.press("P")
        assert len(strip(app)) == 1
        await app.press("pagedown")
        assert app.main.pane.view.scroll_offset.y > 1, "the keys are the answer's again"


async def test_prompt_stays_open_from_task_to_task_once_it_was_opened() -> None:
    async with run_app(session=session_of("One line.\nAnother line.")) as app:
        await app.run_all()
        await app.press("P", "n", "p")
        assert strip(app) == ["▾ One line.", "Another line."]
        await app.press("escape")
        assert strip(app) == ["▸ One line. Another line."]


async def test_prompt_that_was_not_asked_is_closed_in_its_task_alone() -> None:
    async with run_app(session=session_of("One line.\nAnother line.")) as app:
        await app.press("P")
        assert strip(app) == ["▸ One line. Another line."]
        await app.press("n")
        assert strip(app) == ["▾ Prompt of Evennia architecture."]


async def test_short_prompt_leaves_the_keys_that_scroll_to_the_answer() -> None:
    async with run_app(session=session_of("One line."), big=answering(ANSWER)) as app:
        await app.run_all()
        await app.press("P", "g", "pagedown")
        assert app.main.pane.view.scroll_offset.y > 0


async def test_prompt_of_a_megabyte_shows_its_beginning_and_its_end() -> None:
    prompt = "First words. " + "部品が二つある. " * 60_000 + "last words"
    assert len(prompt) > 500_000
    assert len(prompt.encode()) > 1_000_000
    async with run_app(session=session_of(prompt)) as app:
        await app.until(lambda: len(strip(app)) == 14)
        assert strip(app)[0].startswith("▾ First words. 部品が二つある.")
        await app.press("end")
        assert strip(app)[-1].endswith("last words")
        await app.run_all()
        [row] = strip(app)
        assert row.startswith("▸ First words. 部品が二つある.")
        assert row.endswith("…")


async def test_controls_in_a_prompt_are_not_sent_to_the_terminal() -> None:
    async with run_app(session=session_of("One\x1b[2J\ttwo\r\nthree\x07\n")) as app:
        assert strip(app) == ["▾ One�[2J two", "three�"]
        await app.press("P")
        assert strip(app) == ["▸ One�[2J two three�"]


async def test_resize_wraps_the_prompt_again() -> None:
    prompt = "one two three four five six seven eight nine ten eleven twelve thirteen fourteen"
    async with run_app(session=session_of(prompt)) as app:
        assert strip(app) == [f"▾ {prompt}"]
        await app.resize(60, 16)
        assert strip(app) == [
            "▾ one two three four five six seven eight nine ten eleven",
            "twelve thirteen fourteen",
        ]
        await app.resize(*WIDE)
        assert strip(app) == [f"▾ {prompt}"]


async def test_prompt_takes_one_row_until_its_width_is_known() -> None:
    prompt = PromptStrip()

    class Bare(App[None]):
        before = 0.0

        def compose(self) -> ComposeResult:
            yield prompt

        def on_mount(self) -> None:
            prompt.show(PromptView("Write a function.", opened=True, most_rows=14))
            height = prompt.styles.height
            self.before = height.value if height is not None else 0.0

    app = Bare()
    async with app.run_test(size=(14, 20)) as pilot:
        assert app.before == 1
        await pilot.pause()
        assert prompt.plain == "▾ Write a\n  function."


@pytest.mark.parametrize("size", SIZES)
async def test_empty_prompt_takes_one_row(size: tuple[int, int]) -> None:
    async with run_app(session=session_of(" \n"), size=size) as app:
        assert strip(app) == ["▾"]
        await app.run_all()
        assert strip(app) == ["▸"]
