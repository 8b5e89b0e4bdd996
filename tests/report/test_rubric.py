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


def test_ticked_points_are_listed_at_their_answer() -> None:
    text = report("a sound", "`bell` is named", "no metaphor", ticks=(Tick(2), Tick(3)))
    rows = "**Rubric:** 2/3\n\n- ✗ a sound\n- ✓ `bell` is named\n- ✓ no metaphor\n"
    assert rows in text
    assert text.count("Rubric:") == 1, "nothing was ticked of the other answer"


def test_rubric_without_a_tick_is_not_listed() -> None:
    assert "Rubric:" not in report("a sound", ticks=())
    assert "Rubric:" not in report("a sound", ticks=(Tick(1), Tick(1, met=False)))


def test_point_of_a_rubric_is_text_whatever_it_holds() -> None:
    text = report("<b>\n# now |", ticks=(Tick(1),))
    assert "- ✓ \\<b> # now" in text
