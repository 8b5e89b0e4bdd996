"""The note at an answer that is whole, but not as it should be."""

from __future__ import annotations

from dataclasses import replace

from bbtui.domain.answer import Cell, Read, ServerTimings
from bbtui.domain.host import Build
from bbtui.domain.problem import Problem
from bbtui.domain.session import HostRecord, Session
from bbtui.report.markdown import render_markdown
from tests.fakes.checks import check_here
from tests.report.samples import BIG, HARBOUR, MS, WRITTEN, answer, empty

BUILD = Build("Ollama 0.33.0", context_length=4096)


def report(prompt: str, counted: int, written: int) -> str:
    session: Session = empty(BIG, tasks=(replace(HARBOUR, prompt=prompt),))
    server = ServerTimings(prompt_eval_count=counted, eval_count=written)
    given = replace(answer(Cell("harbour", BIG.name), "Lamps."), server=server)
    session = session.with_answer(given).with_host_record(BIG.name, HostRecord(BUILD))
    return render_markdown(session, now=WRITTEN, run_check=check_here)


def test_cut_prompt_is_noted_with_the_answer() -> None:
    text = report("word " * 6000, 2051, 4)
    note = "Note: the prompt was truncated: the server read 2,051 tokens of its 30,000 characters."
    assert note in text.splitlines()
    assert text.index(note) < text.index("Lamps.")


def test_full_context_is_noted_with_the_answer() -> None:
    note = "Note: the context is full: 4,000 of 4,096 tokens; its beginning may be cut."
    assert note in report("Why?", 20, 3980).splitlines()


def test_normal_answer_has_no_note() -> None:
    assert "Note: the" not in report("Why?", 20, 100)


def test_what_was_left_out_of_a_whole_answer_is_noted() -> None:
    cause = "thinking inside the text was separated by its tags; left out as unreadable: usage"
    given = replace(answer(Cell("harbour", BIG.name), "Lamps."), problem=Problem(cause))
    session: Session = empty(BIG, tasks=(HARBOUR,)).with_answer(given)
    text = render_markdown(session, now=WRITTEN, run_check=check_here)
    assert f"Note: {cause}." in text.splitlines()
    assert text.index(cause) < text.index("Lamps.")


def test_buffer_of_a_proxy_is_noted_with_the_answer() -> None:
    session: Session = empty(BIG, tasks=(HARBOUR,))
    given = replace(
        answer(Cell("harbour", BIG.name), "Lamps."),
        reads=(Read(270 * MS, 4096, 3, 0, 30), Read(340 * MS, 1300, 3, 0, 10)),
        end_ns=341 * MS,
        server=ServerTimings(eval_count=40),
    )
    text = render_markdown(
        session.with_answer(given), now=WRITTEN, run_check=check_here
    ).splitlines()
    assert (
        "Note: 30 tokens came in the first read: the time to the first token is the proxy's, "
        "and tok/s rests on the 10 after it."
    ) in text
    assert "Note: about 10 tokens came in each later read: the chunk gaps are the proxy's." in text
    assert any("~142.9 tok/s" in line for line in text)
