"""A report as comments: marked, and divided where a comment is full."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bbtui.report.issue_comments import comments_of, marked, read_mark, split_markdown
from bbtui.report.markdown import render_markdown
from tests.fakes.checks import check_here
from tests.report import samples
from tests.report.test_markdown import _folds, headings
from tests.report.test_markdown_escape import HOSTILE_TEXT


def whole() -> str:
    return render_markdown(samples.complete(), now=samples.WRITTEN, run_check=check_here)


def test_marker_has_session_part_and_whether_the_text_is_unchanged() -> None:
    body = marked("# A report\n\nwith text", "0193-a1", 2)
    mark = read_mark(body)
    assert mark is not None
    assert (mark.session, mark.part, mark.unchanged) == ("0193-a1", 2, True)
    assert read_mark(body.replace("\n", "\r\n") + "\n") == mark, "as a forge gives it back"
    changed = read_mark(body.replace("with text", "with a remark"))
    assert changed is not None
    assert not changed.unchanged
    assert read_mark("no marker") is None
    assert read_mark(body + "\nand more") is None


def test_report_that_fits_is_one_comment() -> None:
    [body] = comments_of(whole(), "short", "id", 65_536)
    assert body.startswith("# Big Brain quality benchmark")


def test_report_that_is_too_long_is_the_short_one_and_the_whole_one_in_parts() -> None:
    bodies = comments_of(whole(), "# The short form\n", "id", 3_000)
    assert bodies[0].startswith("# The short form\n\n<!-- bbtui session id part 1 ")
    assert all(len(body) <= 3_000 for body in bodies)
    assert bodies[1].startswith(f"**The whole report, part 1 of {len(bodies) - 1}**\n\n# Big Brain")
    text = "\n\n".join(
        re.sub(r"^\*\*The whole.*\n\n|\n\n<!-- .*\n$", "", one) for one in bodies[1:]
    )
    assert text.strip() == whole().strip()


@pytest.mark.parametrize("longest", [800, 2_000, 5_000])
def test_each_part_is_markdown_of_its_own(longest: int) -> None:
    parts = split_markdown(whole(), longest)
    assert all(len(part) <= longest for part in parts)
    assert sum(len(headings(part)) for part in parts) == len(headings(whole()))
    for part in parts:
        _folds(part)


@given(st.lists(HOSTILE_TEXT, max_size=6).map("\n\n".join), st.integers(100, 400))
def test_no_part_is_too_long_whatever_the_text(text: str, longest: int) -> None:
    assert all(len(part) <= longest for part in split_markdown(text, longest))
