"""The points of the rubric that were ticked, at their answer."""

from __future__ import annotations

from dataclasses import replace

from bbtui.domain.answer import Cell
from bbtui.domain.score import Tick
from bbtui.report.markdown import render_markdown
from tests.fakes.checks import check_here
from tests.report.samples import BIG, HARBOUR, LOCAL, WRITTEN, answer, empty, judge


def report(*points: str, ticks: tuple[Tick, ...]) -> str:
    """Return the report of two answers; the ticks are the first one's."""
    session = empty(BIG, LOCAL, tasks=(replace(HARBOUR, rubric=points),))
    for endpoint in (BIG, LOCAL):
        session = session.with_answer(answer(Cell("harbour", endpoint.name), "Lamps."))
    session = judge(session, "harbour", BIG.name, *ticks)
    return render_markdown(session, now=WRITTEN, run_check=check_here)


def rows(text: str) -> list[list[str]]:
    """Return the cells of the rubric's table."""
    table = text.partition("| Rubric ")[2].partition("\n\n")[0].split("\n")
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table[2:]]


def test_ticked_points_are_at_the_task_and_counted_at_the_answer() -> None:
    text = report("a sound", "`bell` is named", "no metaphor", ticks=(Tick(2), Tick(3)))
    assert rows(text) == [
        ["a sound", "✗", "–"],
        ["`bell` is named", "✓", "–"],
        ["no metaphor", "✓", "–"],
    ]
    assert text.index("| Rubric ") < text.index("#### Big Brain")
    assert text.count("**Rubric:** 2/3") == 1, "nothing was ticked of the other answer"


def test_ticks_of_several_trials_are_counted() -> None:
    session = replace(empty(BIG, tasks=(replace(HARBOUR, rubric=("a sound", "a bell")),)), trials=3)
    for trial in (1, 2, 3):
        cell = Cell("harbour", BIG.name, trial)
        session = session.with_answer(answer(cell, "Lamps."))
        session = judge(session, "harbour", BIG.name, Tick(1), trial=trial)
    session = judge(session, "harbour", BIG.name, Tick(1, met=False), Tick(2), trial=3)
    text = render_markdown(session, now=WRITTEN, run_check=check_here)
    assert rows(text) == [["a sound", "2 of 3"], ["a bell", "1 of 3"]]


def test_rubric_without_a_tick_is_listed_at_the_task() -> None:
    for ticks in ((), (Tick(1), Tick(1, met=False))):
        text = report("a sound", ticks=ticks)
        assert "**Rubric**\n\n- a sound\n" in text
        assert "✗" not in text
    assert "Rubric" not in report(ticks=())


def test_point_of_a_rubric_is_text_whatever_it_holds() -> None:
    assert rows(report("<b>\n# now", ticks=(Tick(1),))) == [["\\<b> # now", "✓", "–"]]
    assert "| a \\| b | ✓ " in report("a | b", ticks=(Tick(1),))
