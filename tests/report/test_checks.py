"""Checks in the report: how many an answer passes, which not, and the exact rules folded away."""

from __future__ import annotations

from dataclasses import replace

from bbtui.domain.answer import Cell
from bbtui.domain.check import Check, CheckResult, undecided
from bbtui.report.markdown import render_markdown
from tests.fakes.checks import check_here
from tests.report.samples import BIG, HARBOUR, LOCAL, WRITTEN, answer, empty

PATTERN = Check("mentions", r"re:(?i)rop(e|es)\b")
LABELLED = Check("avoids", r"re:^\s*The", label="no article first")


def report(*checks: Check, texts: tuple[str, str], slow: bool = False) -> str:
    session = empty(BIG, LOCAL, tasks=(replace(HARBOUR, checks=checks),))
    for endpoint, text in zip((BIG, LOCAL), texts, strict=True):
        session = session.with_answer(answer(Cell("harbour", endpoint.name), text))

    def run_slow(check: Check, text: str) -> CheckResult:
        return undecided(check, "not decided within 2 s")

    run = run_slow if slow else check_here
    return render_markdown(session, now=WRITTEN, run_check=run)


def test_failed_checks_are_listed_in_words_under_their_count() -> None:
    text = report(
        PATTERN, LABELLED, Check("words", "2.."), texts=("The lamps.", "Ropes and lamps.")
    )
    assert (
        "**Checks 1 of 3**\n\n"
        "- **failed** mentions the pattern of check 1\n"
        "- **failed** no article first\n"
    ) in text
    assert text.count("**Checks ") == 2
    assert "**Checks 3 of 3**\n\n##" in text, "nothing is listed where nothing failed"


def test_regular_expressions_are_only_in_the_folded_table() -> None:
    text = report(PATTERN, LABELLED, texts=("The lamps.", "Ropes."))
    before, _, rest = text.partition("<details>\n<summary>2 checks</summary>\n\n")
    table, _, after = rest.partition("\n\n</details>\n")
    assert "rop(e" not in before + after
    results = [line.split("|")[-3:-1] for line in table.split("\n")[2:]]
    assert [[cell.strip() for cell in row] for row in results] == [["failed", "passed"]] * 2
    assert "no article first `avoids re:^\\s*The`" in table


def test_check_of_code_is_no_pass_without_code() -> None:
    text = report(Check("avoids", "utf-64", "code"), texts=("No code.", "```\nx = 1\n```"))
    assert "**Checks 0 of 1**\n\n- **failed** avoids utf-64 in code (no code block)\n" in text
    assert "**Checks 1 of 1**" in text


def test_undecided_check_is_no_pass_and_gives_the_reason() -> None:
    text = report(PATTERN, texts=("The lamps.", "Ropes."), slow=True)
    line = "- **not decided** mentions the pattern of check 1 (within 2 s)\n"
    assert text.count(f"**Checks 0 of 1**\n\n{line}") == 2


def test_label_is_text_whatever_it_holds() -> None:
    hostile = Check("mentions", "x|y", label="</details> | `a` <b>")
    text = report(hostile, texts=("No.", "No."))
    assert r"- **failed** \</details> \| \`a\` \<b>" in text
