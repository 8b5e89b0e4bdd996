from __future__ import annotations

from dataclasses import replace

import pytest

from bbtui.domain.answer import AnswerState, Cell
from bbtui.domain.cell_results import session_results
from bbtui.domain.problem import Problem
from bbtui.domain.score import Score
from bbtui.domain.session import HostRecord, Session
from bbtui.report.next_steps import next_steps
from bbtui.report.styled_text import spans
from tests.report.samples import BIG, HARBOUR, LOCAL, answer, complete, empty, judge, trials


def steps(session: Session) -> list[str]:
    return [
        "".join(span if isinstance(span, str) else f"`{span.text}`" for span in spans(step))
        for step in next_steps(session_results(session))
    ]


def one(state: AnswerState, text: str = "", cause: str = "", hint: str = "") -> Session:
    session = empty(BIG, tasks=(HARBOUR,))
    cell = Cell("harbour", "big-brain")
    return session.with_answer(answer(cell, text, state=state, cause=cause, hint=hint))


def test_finished_session_has_no_next_steps() -> None:
    session = judge(one(AnswerState.DONE, "Lamps."), "harbour", "big-brain", Score(3))
    assert steps(session) == ["None: nothing is missing."]


def test_unscored_answer_is_to_be_scored() -> None:
    assert steps(one(AnswerState.DONE, "Lamps.")) == [
        "Score the 1 unscored answer: `bbtui score 12`"
    ]


@pytest.mark.parametrize(
    "cause", ["the pod is stopped", "pod off: its proxy answered 404", "the pod abc… is gone"]
)
def test_stopped_pod_is_to_be_started_before_the_rerun(cause: str) -> None:
    assert steps(one(AnswerState.FAILED, cause=cause)) == [
        "Start Big Brain's pod: `bbtui pods start big-brain`",
        "Rerun the missing answer: `bbtui run --missing 12`",
    ]


def test_other_cause_does_not_start_a_pod() -> None:
    assert steps(one(AnswerState.FAILED, cause="connection refused")) == [
        "Rerun the missing answer: `bbtui run --missing 12`"
    ]


def test_diagnosed_fix_comes_first() -> None:
    session = one(AnswerState.FAILED, cause="no model gemma3:27b", hint="`ollama pull gemma3:27b`")
    assert steps(session)[0] == "Big Brain: no model gemma3:27b — `ollama pull gemma3:27b`."


def test_each_cause_is_listed_once() -> None:
    session = empty(BIG, LOCAL).with_host_record(
        "big-brain", HostRecord(problem=Problem("it is off", "Switch it on"))
    )
    assert steps(session) == [
        "Big Brain: it is off — Switch it on.",
        "Run the 6 missing answers: `bbtui run --resume 12`",
    ]


def test_demo_session_is_resumed_with_the_demo_command() -> None:
    served = replace(BIG, address="127.0.0.1 (embedded)")
    session = empty(served, tasks=(HARBOUR,))
    assert steps(session) == ["Run the missing answer: `bbtui demo --resume 12`"]


def test_session_without_number_is_named_by_its_id() -> None:
    session = replace(trials(), number=0)
    assert steps(session) == [f"Rerun the missing answer: `bbtui run --missing {session.id}`"]


def test_token_limit_asks_for_a_higher_limit() -> None:
    assert steps(complete())[-1] == (
        "Raise `num_predict` (now 1,024) in a new session: 1 answer reached the token limit."
    )


def test_unfinished_answer_is_to_be_rerun() -> None:
    assert steps(one(AnswerState.STREAMING))[0].startswith("Rerun the missing answer: ")


def test_stopped_answer_is_not_rerun() -> None:
    assert steps(one(AnswerState.STOPPED, cause="stopped by you")) == ["None: nothing is missing."]
