"""Hiding the hosts and pods of a session in every form of its report."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bbtui.domain.answer import AnswerState, Cell
from bbtui.domain.problem import Problem
from bbtui.domain.score import Note, Remark
from bbtui.domain.session import HostRecord, Session, SessionInfo
from bbtui.exchange.json_file import to_json
from bbtui.report.html import render_html
from bbtui.report.markdown import render_markdown
from bbtui.report.mask import mask_places
from bbtui.report.rows import render_csv, render_jsonl
from tests.fakes.checks import check_here
from tests.report.samples import BIG, HARBOUR, LOCAL, MIDDLE, WRITTEN, answer, empty, judge, remark

FORMS = {
    "md": lambda one: render_markdown(one, now=WRITTEN, run_check=check_here),
    "html": lambda one: render_html(one, now=WRITTEN, run_check=check_here),
    "json": to_json,
    "jsonl": lambda one: render_jsonl(one, check_here),
    "csv": lambda one: render_csv(one, check_here),
}


def session() -> Session:
    """Return a session whose places are in every text that a server or a person wrote."""
    cause = (
        "connection refused by gpu-box:8000, as by 10.1.2.3 and https://nas.home.example/v1, "
        "not by 127.0.0.1:11434"
    )
    nas = replace(LOCAL, address="http://nas.home.example:11434", label="on nas.home.example")
    made = empty(BIG, MIDDLE, nas, tasks=(HARBOUR,))
    made = replace(made, about=SessionInfo(title="nas.home.example against gpu-box"))
    failed = answer(Cell("harbour", "middle"), "", state=AnswerState.FAILED, cause=cause)
    made = made.with_answer(failed)
    pod = Problem("the pod abc…-11434.proxy.runpod.net is stopped", "see https://gpu-box:8000/x")
    made = made.with_host_record("big-brain", HostRecord(problem=pod))
    made = judge(made, "harbour", "middle", Note("10.1.2.3 was slow"))
    return remark(made, Remark("finding", "NAS.home.example is enough."))


@pytest.mark.parametrize("form", FORMS)
def test_no_form_names_a_host_or_a_pod(form: str) -> None:
    text = FORMS[form](mask_places(session())).lower()
    for place in ("nas.home", "gpu-box:", "//gpu-box", "10.1.2.3", "abc…", "runpod.net"):
        assert place not in text
    assert "host-1" in text


def test_same_place_has_the_same_name_and_this_machine_keeps_its_own() -> None:
    masked = mask_places(session())
    addresses = [endpoint.address for endpoint in masked.endpoints]
    assert addresses == ["https://host-1", "http://host-2:8000", "http://host-3:11434"]
    assert masked.answers[0].problem.cause == (
        "connection refused by host-2:8000, as by host-4 and https://host-3/v1, "
        "not by 127.0.0.1:11434"
    )
    assert masked.about.title == "host-3 against gpu-box", "a word is no address"


def test_answers_stay_as_they_were_written() -> None:
    text = "Ask 10.9.8.7 or https://nas.home.example."
    made = session().with_answer(answer(Cell("harbour", "local"), text))
    assert mask_places(made).answers[-1].text == text
