"""How the room is shared, at any size and while it changes."""

from __future__ import annotations

import re
import threading

import pytest

from bbtui.domain.task import Task
from tests.fakes import (
    BIG,
    Script,
    answering,
    done,
    known,
    make_connection,
    make_session,
    sent,
    text,
    wait,
)
from tests.ui.driver import NARROW, WIDE, run_app

TOO_SMALL = "bbtui needs a terminal of 60×16 or more"
EVERYTHING = ("Big Brain ·", "Local ·", "1 Gitea webhook", "● saved 22:41")


@pytest.mark.parametrize("size", [WIDE, (100, 28), (200, 50)])
async def test_wide_shows_tasks_and_both_panes(size: tuple[int, int]) -> None:
    async with run_app(size=size) as app:
        await app.run_all()
        assert all(words in app.text for words in EVERYTHING)
        assert re.search("task 1 of 4   Gitea|1/4 Gitea", app.rows[0]), (
            "the title of the session gives way"
        )
        assert app.rows[-1].endswith("? keys") or "? keys" in app.rows[-1]
        assert app.text.count("All is well.") == 2
        assert app.text.count("● ready") == 2


@pytest.mark.parametrize("size", [NARROW, (99, 28), (100, 27), (60, 16)])
async def test_narrow_shows_one_pane_and_both_clocks(size: tuple[int, int]) -> None:
    async with run_app(size=size) as app:
        await app.run_all()
        await app.press("4")
        assert re.search("task 1 of 4   Gitea|1/4 Gitea", app.rows[0])
        assert "▸ Prompt of Gitea webhook." in app.rows[1]
        assert re.search("✓ Big Brain +25 ms", app.rows[2])
        assert re.search("▸✓ Local +25 ms", app.rows[2])
        assert "Local · gemma3:1b" in app.rows[3]
        assert "gemma3:27b" not in app.text
        assert app.text.count("All is well.") == 1
        await app.press("tab")
        assert "▸✓ Big Brain" in app.rows[2]
        assert app.judgements == ["4/5", ""]
        assert "? keys" in app.rows[-1]


async def test_backslash_switches_tabs_and_columns() -> None:
    async with run_app(size=NARROW) as app:
        await app.run_all()
        await app.press("\\")
        assert "Big Brain · gemma3:27b" in app.rows[2]
        assert "Local · gemma3:1b" in app.rows[2]
        assert app.text.count("All is well.") == 2
        await app.press("\\")
        assert app.text.count("All is well.") == 1


@pytest.mark.parametrize(("size", "other"), [(NARROW, (100, 28)), (WIDE, NARROW)])
async def test_backslash_twice_leaves_the_choice_to_the_size(
    size: tuple[int, int], other: tuple[int, int]
) -> None:
    async with run_app(size=size) as app:
        await app.resize(*other)
        untouched = app.text
        await app.resize(*size)
        await app.press("\\", "\\")
        await app.resize(*other)
        assert app.text == untouched


@pytest.mark.parametrize("size", [(59, 16), (60, 15), (59, 15), (40, 10), (20, 5)])
async def test_too_small_terminal_shows_a_message_and_keeps_everything(
    size: tuple[int, int],
) -> None:
    async with run_app() as app:
        await app.run_all()
        await app.press("4")
        before = app.text
        await app.resize(*size)
        assert " ".join(app.text.split()) == TOO_SMALL
        await app.resize(*WIDE)
        assert app.text == before
        await app.press("pagedown", "5")
        assert app.marks("webhook", "local").score == 5


async def test_shrinking_terminal_shows_only_the_message() -> None:
    async with run_app(size=NARROW) as app:
        await app.run_all()
        for step in range(21):
            width, height = 80 - 3 * step, 24 - 19 * step // 20
            await app.resize(width, height)
            if width >= 60 and height >= 16:
                assert "? keys" in app.rows[-1]
                assert "✓ Big Brain" in app.rows[2]
            else:
                assert " ".join(app.text.split()) == TOO_SMALL


async def test_start_in_a_too_small_terminal_shows_the_message() -> None:
    async with run_app(size=(20, 5)) as app:
        assert "bbtui needs a terminal of 60×16" in " ".join(app.text.split())
        await app.run_all()
        await app.resize(*WIDE)
        assert app.text.count("All is well.") == 2


async def test_resize_while_streaming_loses_no_text(release: threading.Event) -> None:
    words = " ".join(f"word{number}" for number in range(200))
    big = Script(known(), sent(), text(words[:800]), wait(release), text(words[800:]), done())
    async with run_app(big=big) as app:
        await app.press("space")
        await app.shows("word90")
        for size in ((80, 24), (20, 5), (100, 28), (60, 16), (160, 40)):
            await app.resize(*size)
        release.set()
        await app.settle()
        await app.resize(*WIDE)
        await app.press("g")
        shown = " ".join(row.split("▕")[1].split("▏")[0] for row in app.rows[3:31])
        assert "word0 word1 word2" in " ".join(shown.split())
        await app.press("G")
        assert "word199" in app.text


async def test_z_maximises_and_restores_the_pane() -> None:
    async with run_app() as app:
        await app.run_all()
        before = app.text
        await app.press("z")
        assert "tasks" not in app.text
        assert "gemma3:1b" not in app.text
        await app.press("tab")
        assert "gemma3:1b" in app.text
        assert "gemma3:27b" not in app.text
        await app.press("tab", "z")
        assert app.text == before


async def test_f2_hides_the_task_list() -> None:
    async with run_app() as app:
        await app.press("f2")
        assert "1 Gitea webhook" not in app.text
        await app.press("f2")
        assert "1 Gitea webhook" in app.text


async def test_f2_shows_why_the_task_list_stays_hidden() -> None:
    async with run_app(size=NARROW) as app:
        await app.press("f2")
        assert "the task list needs a terminal of 100×28 or more" in app.hint
        await app.resize(*WIDE)
        assert "1 Gitea webhook" in app.text, "what could not be seen was not hidden"
        await app.press("z", "f2")
        assert "one pane is maximised · z restores it" in app.hint
        await app.press("z")
        assert "1 Gitea webhook" in app.text


@pytest.mark.parametrize("size", [WIDE, NARROW])
async def test_single_endpoint_takes_the_whole_width(size: tuple[int, int]) -> None:
    async with run_app(connections=[make_connection(BIG)], size=size) as app:
        await app.run_all()
        await app.press("tab", "3")
        assert app.marks("webhook", BIG).score == 3
        assert app.judgements == ["3/5"]


async def test_three_endpoints_are_beside_each_other() -> None:
    connections = [make_connection(name) for name in ("one", "two", "three")]
    async with run_app(connections=connections) as app:
        await app.run_all()
        assert [name in app.rows[2] for name in ("One", "Two", "Three")] == [True] * 3
        await app.press("1", "2", "3")
        assert "1 2 3" in app.row("1 Gitea")
        await app.resize(*NARROW)
        assert [name in app.rows[2] for name in ("One", "Two", "Three")] == [True] * 3


async def test_current_task_is_in_view_in_a_long_list() -> None:
    tasks = [Task(f"task-{n}", f"Title {n}", f"Prompt {n}.") for n in range(1, 31)]
    async with run_app(session=make_session(tasks=tasks), size=(100, 28)) as app:
        for number in range(1, 30):
            assert f"▸ {number:>2} Title {number}" in app.text
            await app.press("n")
        assert "▸ 30 Title 30" in app.text
        assert "Title 1 " not in app.text
        await app.press("n")
        assert "this is the last task" in app.hint


@pytest.mark.parametrize("size", [WIDE, (100, 28)])
async def test_long_title_takes_two_rows(size: tuple[int, int]) -> None:
    async with run_app(size=size) as app:
        y = app.rows.index(app.row("2 Evennia "))
        assert [row[:25].rstrip(" ▕") for row in app.rows[y : y + 3]] == [
            "   2 Evennia        · ·",
            "     architecture",
            "   3 Pod burn-down  · ·",
        ]
        await app.pilot.click(offset=(6, y + 1))
        await app.until(lambda: app.task == "evennia")


async def test_previous_task_at_the_first_shows_a_message() -> None:
    async with run_app() as app:
        await app.press("p")
        assert "this is the first task" in app.hint


async def test_click_opens_a_task() -> None:
    async with run_app() as app:
        await app.run_all()
        y = next(y for y, row in enumerate(app.rows) if "3 Pod" in row)
        await app.pilot.click(offset=(4, y))
        await app.until(lambda: app.task == "burn-down")
        assert "▸ 3 Pod" in app.text
        await app.pilot.click(offset=(4, 20))
        await app.pilot.pause()
        assert app.task == "burn-down", "below the last task is nothing"


async def test_click_below_the_tasks_opens_none() -> None:
    tasks = [Task(f"task-{n}", f"Title {n}", f"Prompt {n}.") for n in range(1, 61)]
    async with run_app(session=make_session(tasks=tasks)) as app:
        await app.press("space")
        await app.settle()
        await app.press("3")
        for words in ("tasks ", "mean score"):
            y = next(y for y, row in enumerate(app.rows) if words in row)
            await app.pilot.click(offset=(4, y))
            await app.pilot.pause()
            assert app.task == "task-1"
        last = max(y for y, row in enumerate(app.rows) if "Title" in row[:25])
        number = int(app.rows[last].split()[0])
        await app.pilot.click(offset=(4, last))
        await app.until(lambda: app.task == f"task-{number}")


async def test_click_on_an_answer_focuses_it() -> None:
    async with run_app() as app:
        await app.run_all()
        await app.pilot.click(offset=(100, 10))
        await app.until(lambda: app.focused == "Local")
        await app.press("2")
        assert app.marks("webhook", "local").score == 2


async def test_click_opens_a_tab() -> None:
    async with run_app(size=NARROW) as app:
        await app.pilot.click(offset=(60, 2))
        await app.until(lambda: "▸· Local" in app.rows[2])
        assert "Local · gemma3:1b" in app.text


@pytest.mark.parametrize("size", [WIDE, NARROW, (60, 16)])
async def test_scroll_keys_work_at_once_in_every_layout(size: tuple[int, int]) -> None:
    long = "\n\n".join(f"Paragraph {number}." for number in range(60))
    async with run_app(big=answering(long), local=answering(long), size=size) as app:
        await app.run_all()
        for _ in range(2):
            await app.press("end")
            await app.until(lambda: "Paragraph 59." in app.text)
            await app.press("home")
            assert app.main.pane.view.scroll_offset.y == 0
            await app.press("pagedown")
            assert app.main.pane.view.scroll_offset.y > 0
            await app.press("home", "tab")


FIGURES = re.compile(r"(first(?: token)?) +(\S+ m?s) +(~?\S+ tok/s) +(~?\d+ tok) +(\S+ (?:ms|s))")


@pytest.mark.parametrize("key", ["d", "m", "o", "question_mark"])
async def test_large_dialogs_are_centred(key: str) -> None:
    async with run_app(session=make_session(number=12)) as app:
        await app.press(key)
        await app.shows("╭")
        top = app.row("╭")
        left, right = top.index("╭"), WIDE[0] - 1 - top.index("╮")
        assert left > 0
        assert abs(left - right) <= 1


async def test_figures_keep_their_columns_while_they_change() -> None:
    gates = [threading.Event() for _ in range(6)]
    steps = [known(), sent(120)]
    for number, release in enumerate(gates):
        steps += [*[text("x ", 5 + 60 * number) for _ in range(40 * number + 1)], wait(release)]
    ends = set()
    async with run_app(big=Script(*steps, done())) as app:
        await app.press("space")
        seen = 0
        for number, release in enumerate(gates):
            seen += 40 * number + 1
            await app.until(lambda seen=seen: f"{seen} tok " in app.text)
            row = app.row("tok/s").split("▕")[1].split("▏")[0]
            found = FIGURES.search(row)
            assert found is not None, row
            ends.add(tuple(found.end(group) for group in range(1, 6)))
            release.set()
        await app.settle()
    assert len(ends) == 1, "a figure has moved"
