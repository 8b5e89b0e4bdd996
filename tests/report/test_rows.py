"""A session as rows: JSON lines, and a table for a spreadsheet."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace

import pytest
from hypothesis import given

from bbtui.domain.answer import Cell
from bbtui.domain.score import Note, Verdict
from bbtui.domain.session import Session
from bbtui.report.rows import NAMES, render_csv, render_jsonl
from tests.fakes.checks import check_here
from tests.report import samples
from tests.report.samples import HARBOUR, LOCAL, answer, empty, judge
from tests.report.test_markdown_escape import HOSTILE_TEXT


def lines(session: Session) -> list[dict[str, object]]:
    return [json.loads(line) for line in render_jsonl(session, check_here).split("\n")[:-1]]


def table(session: Session) -> list[dict[str, str]]:
    text = render_csv(session, check_here).removeprefix("\ufeff")
    return list(csv.DictReader(io.StringIO(text, newline=""), strict=True))


def one_answer(text: str) -> Session:
    return empty(LOCAL, tasks=(HARBOUR,)).with_answer(answer(Cell("harbour", "local"), text))


def test_every_answer_that_is_planned_has_a_row() -> None:
    rows = lines(samples.three_endpoints())
    assert len(rows) == 9
    assert [row["state"] for row in rows] == [
        *("done", "done", "done", "truncated", "stopped", "failed"),
        *["not run"] * 3,
    ]
    assert (rows[1]["attempt"], rows[1]["score"], rows[8]["attempt"]) == (2, 4, 0)
    assert rows[5]["cause"] == "connection refused by 127.0.0.1:11434"
    assert len(table(samples.three_endpoints())) == 9


def test_row_has_the_judgement_the_checks_and_the_figures() -> None:
    row = lines(samples.complete())[1]
    assert row["text"] == samples.BAD_CODE
    assert (row["verdict"], row["why"]) == ("BROKEN", "cannot run")
    assert row["faults"] == "FATAL: `utf-64` is no encoding; MISSING: no signature is computed"
    assert (row["ticked"], row["points"], row["passed"], row["checks"]) == (1, 2, 1, 3)
    assert (row["e2e_ms"], row["ttft_ms"], row["tokens"]) == (1204.5, 98.0, 31)
    assert tuple(row) == NAMES


def test_incomplete_answer_has_no_latency() -> None:
    [row] = [row for row in table(samples.three_endpoints()) if row["state"] == "truncated"]
    assert (row["e2e_ms"], row["text"]) == ("", "Lamps on wat")


def test_cost_is_that_of_the_answer() -> None:
    costs = [row["cost"] for row in lines(samples.on_a_pod())]
    assert costs == pytest.approx([2.4 * 0.79 / 3600, (41 * 0.25 + 900 * 1.25) / 1e6] * 2)


@pytest.mark.parametrize(
    "text",
    ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\n@x", "  =1", "＝1", "|cmd", "%0a=1"],
)
def test_spreadsheet_takes_no_text_for_a_formula(text: str) -> None:
    session = one_answer(text)
    session = judge(session, "harbour", "local", Note(text), Verdict("BAD", text))
    [row] = table(session)
    assert all(row[name].startswith("'") for name in ("text", "note", "why"))
    assert lines(session)[0]["text"] == text


def test_text_longer_than_a_cell_is_cut_with_its_length() -> None:
    [row] = table(one_answer("word " * 20_000))
    assert len(row["text"]) == 32_767
    assert row["text"].endswith("… (cut: 100,000 characters)")


def test_table_opens_as_utf_8_with_the_line_ends_of_the_standard() -> None:
    text = render_csv(one_answer("Größe"), check_here)
    assert text.startswith("\ufeffsession,started_at,task,")
    assert text.endswith("Größe\r\n")


@given(HOSTILE_TEXT)
def test_any_text_comes_back(text: str) -> None:
    session = one_answer(text)
    session = replace(session, tasks=(replace(HARBOUR, title=f"x{text}"),))
    [line] = lines(session)
    assert line["text"] == text.encode(errors="replace").decode().replace("\ud800", "\ufffd")
    [row] = table(session)
    assert set(row) == set(NAMES)
    assert len(render_jsonl(session, check_here).splitlines()) == 1
