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
from tests.ui.desks import NARROW, WIDE, Seat, seated

TOO_SMALL = "bbtui needs 60×16 or more; nothing is lost, just make room"
#: So many drawings in a row are the same when a resize is over.
STILL = 3
EVERYTHING = ("Big Brain ·", "Local ·", "1 Gitea webhook", "● saved 22:41")


async def resize(seat: Seat, width: int, height: int) -> None:
    await seat.pilot.resize_terminal(width, height)
    await seat.pilot.pause()
    await seat.until(lambda: seat.app.size == seat.main.size == (width, height))
    drawn: list[str] = []

    def still() -> bool:
        drawn.append(seat.text)
        return len(set(drawn[-STILL:])) == 1 and len(drawn) >= STILL

    await seat.until(still)


@pytest.mark.parametrize("size", [WIDE, (100, 28), (200, 50)])
async def test_wide_shows_tasks_and_both_panes(size: tuple[int, int]) -> None:
    async with seated(size=size) as seat:
        await seat.run_all()
        assert all(words in seat.text for words in EVERYTHING)
        assert re.search("task 1 of 4   Gitea|1/4 Gitea", seat.rows[0]), (
            "the title of the session gives way"
        )
        assert seat.rows[-1].endswith("? keys") or "? keys" in seat.rows[-1]
        assert seat.text.count("All is well.") == 2
        assert seat.text.count("● ready") == 2


@pytest.mark.parametrize("size", [NARROW, (99, 28), (100, 27), (60, 16)])
async def test_narrow_shows_one_pane_and_both_clocks(size: tuple[int, int]) -> None:
    async with seated(size=size) as seat:
        await seat.run_all()
        await seat.press("4")
        assert re.search("task 1 of 4   Gitea|1/4 Gitea", seat.rows[0])
        assert re.search("✓ Big Brain +25 ms", seat.rows[1])
        assert re.search("▸✓ Local +25 ms", seat.rows[1])
        assert "Local · gemma3:1b" in seat.rows[2]
        assert "gemma3:27b" not in seat.text
        assert seat.text.count("All is well.") == 1
        await seat.press("tab")
        assert "▸✓ Big Brain" in seat.rows[1]
        assert "●●●●○ 4/5" in seat.rows[2]
        assert "? keys" in seat.rows[-1]


async def test_backslash_switches_tabs_and_columns() -> None:
    async with seated(size=NARROW) as seat:
        await seat.run_all()
        await seat.press("\\")
        assert "Big Brain · gemma3:27b" in seat.rows[1]
        assert "Local · gemma3:1b" in seat.rows[1]
        assert seat.text.count("All is well.") == 2
        await seat.press("\\")
        assert seat.text.count("All is well.") == 1


@pytest.mark.parametrize(("size", "other"), [(NARROW, (100, 28)), (WIDE, NARROW)])
async def test_backslash_twice_leaves_the_choice_to_the_room(
    size: tuple[int, int], other: tuple[int, int]
) -> None:
    async with seated(size=size) as seat:
        await resize(seat, *other)
        untouched = seat.text
        await resize(seat, *size)
        await seat.press("\\", "\\")
        await resize(seat, *other)
        assert seat.text == untouched


@pytest.mark.parametrize("size", [(59, 16), (60, 15), (59, 15), (40, 10), (20, 5)])
async def test_too_small_says_so_and_nothing_is_lost(size: tuple[int, int]) -> None:
    async with seated() as seat:
        await seat.run_all()
        await seat.press("4")
        before = seat.text
        await resize(seat, *size)
        assert " ".join(seat.text.split()) == TOO_SMALL
        await resize(seat, *WIDE)
        assert seat.text == before
        await seat.press("pagedown", "5")
        assert seat.marks("webhook", "local").score == 5


async def test_a_terminal_that_shrinks_ends_at_the_message_alone() -> None:
    async with seated(size=NARROW) as seat:
        await seat.run_all()
        for step in range(21):
            width, height = 80 - 3 * step, 24 - 19 * step // 20
            await resize(seat, width, height)
            if width >= 60 and height >= 16:
                assert "? keys" in seat.rows[-1]
                assert "✓ Big Brain" in seat.rows[1]
            else:
                assert " ".join(seat.text.split()) == TOO_SMALL


async def test_it_may_start_too_small() -> None:
    async with seated(size=(20, 5)) as seat:
        assert "bbtui needs 60×16" in " ".join(seat.text.split())
        await seat.run_all()
        await resize(seat, *WIDE)
        assert seat.text.count("All is well.") == 2


async def test_a_resize_in_mid_stream_loses_nothing(gate: threading.Event) -> None:
    words = " ".join(f"word{number}" for number in range(200))
    big = Script(known(), sent(), text(words[:800]), wait(gate), text(words[800:]), done())
    async with seated(big=big) as seat:
        await seat.press("space")
        await seat.sees("word90")
        for size in ((80, 24), (20, 5), (100, 28), (60, 16), (160, 40)):
            await resize(seat, *size)
        gate.set()
        await seat.settle()
        await resize(seat, *WIDE)
        await seat.press("g")
        shown = " ".join(row.split("▕")[1].split("▏")[0] for row in seat.rows[2:31])
        assert "word0 word1 word2" in " ".join(shown.split())
        await seat.press("G")
        assert "word199" in seat.text


async def test_z_gives_a_pane_all_the_room_and_back() -> None:
    async with seated() as seat:
        await seat.run_all()
        before = seat.text
        await seat.press("z")
        assert "tasks" not in seat.text
        assert "gemma3:1b" not in seat.text
        await seat.press("tab")
        assert "gemma3:1b" in seat.text
        assert "gemma3:27b" not in seat.text
        await seat.press("tab", "z")
        assert seat.text == before


async def test_f2_hides_the_task_list() -> None:
    async with seated() as seat:
        await seat.press("f2")
        assert "1 Gitea webhook" not in seat.text
        await seat.press("f2")
        assert "1 Gitea webhook" in seat.text


async def test_f2_says_why_the_task_list_does_not_come() -> None:
    async with seated(size=NARROW) as seat:
        await seat.press("f2")
        assert "the task list needs 100×28 or more" in seat.hint
        await resize(seat, *WIDE)
        assert "1 Gitea webhook" in seat.text, "what could not be seen was not hidden"
        await seat.press("z", "f2")
        assert "one pane has all the room · z takes it back" in seat.hint
        await seat.press("z")
        assert "1 Gitea webhook" in seat.text


@pytest.mark.parametrize("size", [WIDE, NARROW])
async def test_one_endpoint_has_all_the_room(size: tuple[int, int]) -> None:
    async with seated(connections=[make_connection(BIG)], size=size) as seat:
        await seat.run_all()
        await seat.press("tab", "3")
        assert seat.marks("webhook", BIG).score == 3
        assert "●●●○○ 3/5" in seat.text


async def test_three_endpoints_stand_beside_each_other() -> None:
    connections = [make_connection(name) for name in ("one", "two", "three")]
    async with seated(connections=connections) as seat:
        await seat.run_all()
        assert [name in seat.rows[1] for name in ("One", "Two", "Three")] == [True] * 3
        await seat.press("1", "2", "3")
        assert "1 2 3" in seat.row("1 Gitea")
        await resize(seat, *NARROW)
        assert [name in seat.rows[1] for name in ("One", "Two", "Three")] == [True] * 3


async def test_the_task_at_hand_is_in_view_however_many_there_are() -> None:
    tasks = [Task(f"task-{n}", f"Title {n}", f"Prompt {n}.") for n in range(1, 31)]
    async with seated(session=make_session(tasks=tasks), size=(100, 28)) as seat:
        for number in range(1, 30):
            assert f"▸ {number} Title {number}" in seat.text
            await seat.press("n")
        assert "▸ 30 Title 30" in seat.text
        assert "Title 1 " not in seat.text
        await seat.press("n")
        assert "this is the last task" in seat.hint


@pytest.mark.parametrize("size", [WIDE, (100, 28)])
async def test_a_long_title_stands_whole_in_two_rows(size: tuple[int, int]) -> None:
    async with seated(size=size) as seat:
        y = seat.rows.index(seat.row("2 Evennia "))
        assert [row[:25].rstrip(" ▕") for row in seat.rows[y : y + 3]] == [
            "   2 Evennia        · ·",
            "     architecture",
            "   3 Pod burn-down  · ·",
        ]
        await seat.pilot.click(offset=(6, y + 1))
        await seat.until(lambda: seat.task == "evennia")


async def test_the_first_task_has_none_before_it() -> None:
    async with seated() as seat:
        await seat.press("p")
        assert "this is the first task" in seat.hint


async def test_a_click_opens_a_task() -> None:
    async with seated() as seat:
        await seat.run_all()
        y = next(y for y, row in enumerate(seat.rows) if "3 Pod" in row)
        await seat.pilot.click(offset=(4, y))
        await seat.until(lambda: seat.task == "burn-down")
        assert "▸ 3 Pod" in seat.text
        await seat.pilot.click(offset=(4, 20))
        await seat.pilot.pause()
        assert seat.task == "burn-down", "below the last task is nothing"


async def test_a_click_opens_no_task_that_is_out_of_sight() -> None:
    tasks = [Task(f"task-{n}", f"Title {n}", f"Prompt {n}.") for n in range(1, 61)]
    async with seated(session=make_session(tasks=tasks)) as seat:
        await seat.press("space")
        await seat.settle()
        await seat.press("3")
        for words in ("tasks ", "mean score"):
            y = next(y for y, row in enumerate(seat.rows) if words in row)
            await seat.pilot.click(offset=(4, y))
            await seat.pilot.pause()
            assert seat.task == "task-1"
        last = max(y for y, row in enumerate(seat.rows) if "Title" in row[:25])
        number = int(seat.rows[last].split()[0])
        await seat.pilot.click(offset=(4, last))
        await seat.until(lambda: seat.task == f"task-{number}")


async def test_a_click_on_an_answer_focuses_it() -> None:
    async with seated() as seat:
        await seat.run_all()
        await seat.pilot.click(offset=(100, 10))
        await seat.until(lambda: seat.focused == "Local")
        await seat.press("2")
        assert seat.marks("webhook", "local").score == 2


async def test_a_click_opens_a_tab() -> None:
    async with seated(size=NARROW) as seat:
        await seat.pilot.click(offset=(60, 1))
        await seat.until(lambda: "▸· Local" in seat.rows[1])
        assert "Local · gemma3:1b" in seat.text


@pytest.mark.parametrize("size", [WIDE, NARROW, (60, 16)])
async def test_scroll_keys_work_at_once_in_every_layout(size: tuple[int, int]) -> None:
    long = "\n\n".join(f"Paragraph {number}." for number in range(60))
    async with seated(big=answering(long), local=answering(long), size=size) as seat:
        await seat.run_all()
        for _ in range(2):
            await seat.press("end")
            await seat.until(lambda: "Paragraph 59." in seat.text)
            await seat.press("home")
            assert seat.main.pane.view.scroll_offset.y == 0
            await seat.press("pagedown")
            assert seat.main.pane.view.scroll_offset.y > 0
            await seat.press("home", "tab")


FIGURES = re.compile(r"(first(?: token)?) +(\S+ m?s) +(~?\S+ tok/s) +(~?\d+ tok) +(\S+ (?:ms|s))")


@pytest.mark.parametrize("key", ["d", "m", "r", "o", "question_mark"])
async def test_every_sheet_stands_in_the_middle(key: str) -> None:
    async with seated(session=make_session(number=12)) as seat:
        await seat.press(key)
        await seat.sees("╭")
        top = seat.row("╭")
        left, right = top.index("╭"), WIDE[0] - 1 - top.index("╮")
        assert left > 0
        assert abs(left - right) <= 1


async def test_figures_stay_in_their_columns_while_they_change() -> None:
    gates = [threading.Event() for _ in range(6)]
    steps = [known(), sent(120)]
    for number, gate in enumerate(gates):
        steps += [*[text("x ", 5 + 60 * number) for _ in range(40 * number + 1)], wait(gate)]
    ends = set()
    async with seated(big=Script(*steps, done())) as seat:
        await seat.press("space")
        seen = 0
        for number, gate in enumerate(gates):
            seen += 40 * number + 1
            await seat.until(lambda seen=seen: f"{seen} tok " in seat.text)
            row = seat.row("tok/s").split("▕")[1].split("▏")[0]
            found = FIGURES.search(row)
            assert found is not None, row
            ends.add(tuple(found.end(group) for group in range(1, 6)))
            gate.set()
        await seat.settle()
    assert len(ends) == 1, "a figure has moved"
