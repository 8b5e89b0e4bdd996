"""Reports as golden files; ``GOLDEN=write pytest tests/report`` rewrites them."""

from __future__ import annotations

import ast
import os
import re
from collections.abc import Callable
from dataclasses import replace
from functools import cache, lru_cache
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from bbtui.domain.answer import AnswerState, Cell
from bbtui.domain.check import Check, CheckResult, run_check
from bbtui.domain.cost import PodUse
from bbtui.domain.problem import Problem
from bbtui.domain.score import Judgement, Note, Remark, Score, Tick, Undo, Verdict
from bbtui.domain.session import HostRecord, Session
from bbtui.domain.task import own_prompt
from bbtui.report import view
from bbtui.report.answers import is_long
from bbtui.report.markdown import render_markdown
from bbtui.report.markdown_escape import first_line, fold_title
from tests.report import samples
from tests.report.test_markdown_escape import HOSTILE_TEXT

FOLDER = Path(__file__).parent / "golden"
SECTIONS = [
    "Environment",
    "Summary",
    "Quality assessment",
    "Task by task",
    "Comparison",
    "Latency summary",
    "Key finding",
    "Next steps",
    "Method",
]
RENDERER = MarkdownIt("commonmark").enable("table")


@lru_cache(maxsize=4)
def parsed(markdown: str) -> list[Token]:
    """Return the tokens of a document, which no test changes."""
    return RENDERER.parse(markdown)


@cache
def plain_report() -> str:
    """Return a report of plain texts."""
    return render(_with_texts("plain", "plain"))


@pytest.fixture(autouse=True)
def _version(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(view, "__version__", "0.1.0")


def parse_bash(code: str) -> str | None:
    """Replace bash, whose messages differ between versions."""
    return "line 1: unexpected end of file" if "then" in code and "fi" not in code else None


def check_with_bash(check: Check, text: str) -> CheckResult:
    return run_check(check, text, parse_bash)


def render(session: Session, *, short: bool = False) -> str:
    return render_markdown(session, now=samples.WRITTEN, run_check=check_with_bash, short=short)


def headings(markdown: str, tag: str = "") -> list[str]:
    tokens = parsed(markdown)
    return [
        tokens[position + 1].content
        for position, token in enumerate(tokens)
        if token.type == "heading_open" and not token.level and token.tag.startswith(tag)
    ]


def section(markdown: str, title: str) -> str:
    return markdown.split(f"\n## {title}\n", 1)[1].split("\n## ", 1)[0]


def rows(markdown: str) -> list[list[str]]:
    """Return the cells of every table row of a section, without the rules."""
    return [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in markdown.split("\n")
        if line.startswith("|") and not re.fullmatch(r"[|:\- ]+", line)
    ]


@pytest.mark.parametrize(
    "sample",
    [
        samples.complete,
        samples.one_side_missing,
        samples.three_endpoints,
        samples.hostile,
        samples.trials,
        samples.on_a_pod,
        samples.untouched,
        samples.judged_blind,
    ],
)
@pytest.mark.parametrize("short", [False, True])
def test_report_matches_golden_file(sample: Callable[[], Session], short: bool) -> None:
    golden = FOLDER / f"{sample.__name__}{'.short' if short else ''}.md"
    written = render(sample(), short=short)
    if os.environ.get("GOLDEN") == "write":
        golden.write_text(written, encoding="utf-8")
    assert written == golden.read_text(encoding="utf-8")


@pytest.mark.parametrize("count", [1, 2, 3])
def test_session_without_answers_has_all_sections(count: int) -> None:
    endpoints = (samples.BIG, samples.LOCAL, samples.MIDDLE)[:count]
    written = render(samples.empty(*endpoints))
    assert headings(written, "h2") == SECTIONS
    assert written.count("**UNAVAILABLE** — not run.") == 3 * count
    for row in rows(section(written, "Latency summary"))[:5]:
        assert len(row) == 1 + count
    assert "`bbtui run --resume 12`" in section(written, "Next steps")


def test_session_without_tasks_has_all_sections() -> None:
    written = render(samples.empty(samples.BIG, samples.LOCAL, tasks=()))
    assert headings(written, "h2") == SECTIONS


def test_own_prompt_is_a_task_like_others() -> None:
    task = own_prompt(1, "What is\n\na `fence`?\n```\nthis")
    session = samples.empty(samples.LOCAL, tasks=(task,))
    session = replace(session, about=type(session.about)())
    session = session.with_answer(samples.answer(Cell("prompt-1", "local"), "A wall."))
    written = render(session)
    assert headings(written)[:1] == ["Benchmark: Local"]
    assert "### 1. What is\n" in written
    assert "> What is\n>\n> a `fence`?\n\n```\nthis\n```\n" in written
    assert "> A wall." in written


def test_total_is_the_sum_of_the_figures_shown() -> None:
    session = samples.empty(samples.BIG, samples.LOCAL)
    for task in session.tasks:
        # Each is shown as 100 ms; the exact sum would be shown as 301 ms.
        session = session.with_answer(
            samples.answer(Cell(task.id, "local"), "Yes.", e2e_ms=100.4, ttft_ms=9)
        )
    table = rows(section(render(session), "Latency summary"))
    assert [row[2] for row in table[1:4]] == ["100 ms"] * 3
    assert table[4] == ["**Total**", "**N/A**", "**300 ms**"]


@pytest.mark.parametrize(
    ("state", "flag"),
    [
        (AnswerState.FAILED, "FAILED"),
        (AnswerState.TRUNCATED, "INCOMPLETE"),
        (AnswerState.STOPPED, "STOPPED"),
        (AnswerState.STREAMING, "STILL RUNNING"),
    ],
)
def test_unfinished_answer_shows_its_text_and_its_ending(state: AnswerState, flag: str) -> None:
    session = samples.empty(samples.LOCAL, tasks=(samples.HARBOUR,))
    broken = samples.answer(
        Cell("harbour", "local"), "Lamps and", state=state, cause="the line went dead"
    )
    session = samples.judge(session.with_answer(broken), "harbour", "local", Score(3))
    written = render(session)
    assert f"**{flag}** — the line went dead.\n\n> Lamps and\n\n**Score:** 3/5\n" in written
    assert "UNAVAILABLE" not in written
    assert rows(section(written, "Latency summary"))[1][1] == "N/A (the line went dead)"


def test_empty_answer_is_not_a_missing_answer() -> None:
    session = samples.empty(samples.LOCAL, tasks=(samples.HARBOUR,))
    session = session.with_answer(samples.answer(Cell("harbour", "local"), "", thinking="Hm."))
    written = render(session)
    assert "(empty answer)" in written
    assert "3 characters of thinking not shown" in written
    assert "UNAVAILABLE" not in written


def test_answers_that_were_not_run_are_called_so() -> None:
    session = samples.empty(samples.BIG, samples.LOCAL)
    for task in session.tasks[:2]:
        session = session.with_answer(samples.answer(Cell(task.id, "big-brain"), "Yes."))
    stopped = Problem("the pod is stopped", "start it")
    session = session.with_host_record("local", HostRecord(problem=stopped))
    summary = section(render(session), "Summary")
    assert "- Big Brain was not run on Clean-up job.\n" in summary
    assert "- Local was not run on any of the 3: the pod is stopped.\n" in summary
    assert "gave no answer" not in summary


def verdict(session: Session) -> list[str]:
    """Return the lines of the verdict."""
    text = render(session).partition("\n**Verdict**\n\n")[2].partition("\n\n## Environment")[0]
    return text.split("\n")


def test_verdict_comes_before_the_environment() -> None:
    assert verdict(samples.complete()) == [
        "- Big Brain was better on 2, equal on 1 of 3 tasks.",
        "- Mean scores: Big Brain 4.3 (3 tasks), Local 2.3 (3 tasks).",
        "- 2 differing tasks cannot reach 1 in 20 whatever the scores: at least 6 are needed.",
        "- What an answer costs is not known: no price configured.",
        "- Big Brain takes 1.2 × as long.",
    ]


def test_verdict_without_scores_has_the_command_that_gives_them() -> None:
    assert verdict(samples.one_side_missing()) == [
        "- No answer is scored yet: 3 answers to score. `bbtui score 12`",
        "- Big Brain has no answer to 3 of 3 tasks: the pod is stopped (its proxy answered 404).",
    ]
    some = samples.judge(samples.one_side_missing(), "cron", "local", Score(3))
    assert verdict(some)[-1] == "- 2 answers still to score: `bbtui score 12`"


def test_sides_are_named_below_the_title() -> None:
    pod = HostRecord(pod=PodUse("L40S", 0.79, 60))
    big, local = replace(samples.BIG, hardware=""), replace(samples.LOCAL, hardware="")
    session = samples.empty(big, local).with_host_record("big-brain", pod)
    title, _, sides = render(session).split("\n")[:3]
    assert title == "# Big Brain quality benchmark"
    assert sides == "**Big Brain** (`gemma3:27b`, L40S) vs **Local** (`gemma3:1b`)"
    same = [replace(one, hardware="one machine") for one in (samples.BIG, samples.LOCAL)]
    sides = render(samples.empty(*same)).split("\n")[2]
    assert sides == "**Big Brain** (`gemma3:27b`) vs **Local** (`gemma3:1b`)"


@pytest.mark.parametrize(("lines", "folded"), [(15, False), (16, True)])
def test_long_answer_is_folded_under_its_first_line(lines: int, folded: bool) -> None:
    text = "\n".join(["# The **lamps** @me", *["A line."] * (lines - 1)])
    session = samples.empty(samples.LOCAL, tasks=(samples.HARBOUR,))
    session = session.with_answer(samples.answer(Cell("harbour", "local"), text))
    written = render(session)
    fold = "<details>\n<summary>The lamps @\u200bme (16 lines)</summary>\n\n> # The **lamps** "
    assert (fold in written) is folded
    end = "> A line.\n\n</details>\n\n**Score:**" if folded else "> A line.\n\n**Score:**"
    assert end in written


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("```python\nimport smol\n```", "import smol"),
        ("\n\n| a | b |\n|---|---|\n", "a"),
        ("- *one*\n- two", "one"),
        ("---\n\n<b>not bold</b> & `code`", "&lt;b&gt;not bold&lt;/b&gt; &amp; code"),
        ("word " * 40, "word " * 14 + "word…"),
        ("</summary></details> x", "&lt;/summary&gt;&lt;/details&gt; x"),
    ],
)
def test_title_of_a_fold_is_plain_text(text: str, first: str) -> None:
    assert fold_title(first_line(text)) == first


def test_expected_answer_is_shown_once_for_missing_answers() -> None:
    session = samples.empty(samples.BIG, samples.LOCAL, tasks=(samples.HARBOUR,))
    written = render(session)
    assert written.count("> About twenty words") == 1
    assert written.count("Expected answer: see above.") == 1


def test_undone_judgement_is_not_in_the_report() -> None:
    session = samples.complete()
    last = max(row.id for row in session.judgements)
    finding = Judgement(samples.WRITTEN, Undo(last), id=last + 1)
    assert "Worth its price" in render(session)
    assert "Worth its price" not in render(session.with_judgement(finding))


def test_password_in_an_address_is_masked() -> None:
    leaky = replace(samples.LOCAL, address="http://me:hunter2@gpu.example:11434")
    written = render(samples.empty(leaky))
    assert "hunter2" not in written
    assert "gpu.example" in written


def test_table_columns_are_aligned_in_the_source() -> None:
    table = [
        line
        for line in section(render(samples.complete()), "Comparison").split("\n")
        if line.startswith("|")
    ]
    assert len({tuple(i for i, c in enumerate(line) if c == "|") for line in table}) == 1


def test_report_has_no_consecutive_empty_lines() -> None:
    session = samples.empty(samples.BIG, samples.LOCAL)
    for sample in (session, samples.one_side_missing(), samples.trials()):
        assert "\n\n\n" not in render(sample)


def _with_texts(answer: str, other: str) -> Session:
    """Return a session in which every text of a person or a model is one of these."""
    session = samples.empty(
        replace(samples.BIG, label=other, model=other, hardware=other),
        replace(samples.LOCAL, label="Local"),
        tasks=(
            replace(
                samples.HARBOUR,
                title=other,
                prompt=answer,
                expected=answer,
                rubric=(other,),
                checks=(Check("words", "..999999", label=other),),
            ),
        ),
    )
    session = replace(session, about=type(session.about)(other, other, other, other, other))
    session = session.with_answer(samples.answer(Cell("harbour", "big-brain"), answer))
    failed = samples.answer(
        Cell("harbour", "local"), "", state=AnswerState.FAILED, cause=other, hint=other
    )
    session = session.with_answer(failed)
    judgements = (Verdict(other, other), Note(other), Tick(1))
    session = samples.judge(session, "harbour", "big-brain", *judgements)
    return samples.remark(session, Remark("summary", other), Remark("finding", other))


def _outline(markdown: str) -> list[str]:
    """Return the top-level tokens of a document, without quotes, fences and paragraphs."""
    passages = ("blockquote", "fence", "paragraph", "html_block")
    return [
        token.type + token.tag
        for token in parsed(markdown)
        if token.level == 0 and not token.type.startswith(passages)
    ]


_FOLD_START = re.compile(r"<details>\n<summary>[^<>\n]*</summary>\n")


def _folds(markdown: str) -> list[list[Token]]:
    """Return the top-level tokens within each fold; fail for any other HTML."""
    found: list[list[Token]] = []
    inside = False
    for token in parsed(markdown):
        html = [one for one in (token, *(token.children or ())) if one.type.startswith("html")]
        if html:
            start, end = _FOLD_START.fullmatch(token.content), token.content == "</details>\n"
            assert token.level == 0
            assert end if inside else start, token.content
            inside = not inside
            if inside:
                found.append([])
        elif inside and token.level == 0:
            found[-1].append(token)
    assert not inside
    return found


def _all_tokens(markdown: str) -> list[Token]:
    return [token for block in parsed(markdown) for token in (block, *(block.children or ()))]


#: Answers of any length: every second one is long enough to be folded.
ANSWERS = st.one_of(HOSTILE_TEXT, st.lists(HOSTILE_TEXT, min_size=16, max_size=24).map("\n".join))


@given(ANSWERS, st.one_of(HOSTILE_TEXT, st.text(min_size=1)))
def test_hostile_text_changes_neither_outline_nor_tables_nor_folds(answer: str, other: str) -> None:
    plain = plain_report()
    written = render(_with_texts(answer, f"x{other}"))
    assert _outline(written) == _outline(plain)
    assert headings(written, "h2") == SECTIONS
    counts = [
        [token.type for token in _all_tokens(text)].count("td_open") for text in (plain, written)
    ]
    assert counts[0] == counts[1]
    folds = _folds(written)
    # The answer and the expected answer of the other side are the same text.
    assert len(folds) - len(_folds(plain)) == (2 if is_long(answer) else 0)
    assert not [token for fold in folds for token in fold if token.type == "heading_open"]


def test_answer_of_200_kb_changes_neither_outline_nor_folds() -> None:
    answer = (samples.HOSTILE + "\n\n") * (200_000 // len(samples.HOSTILE))
    written = render(_with_texts(answer, "x"))
    assert len(written) > 200_000
    assert _outline(written) == _outline(plain_report())
    assert len(_folds(written)) == len(_folds(plain_report())) + 2


def test_code_of_an_answer_is_kept_unchanged() -> None:
    [code] = [
        token.content
        for token in RENDERER.parse(render(samples.complete()))
        if token.type == "fence" and "def genuine(secret: bytes" in token.content
    ]
    assert code in samples.GOOD_CODE
    ast.parse(code)
