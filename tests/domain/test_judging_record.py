"""How a session was judged, counted from its log."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from bbtui.domain.answer import Cell
from bbtui.domain.judging_record import JudgingRecord, hidden_rounds, judging_record
from bbtui.domain.score import Blinding, Conditions, Judged, Judgement, Redo, Reveal, Score, Undo
from bbtui.domain.session import Session
from tests.fakes import BIG, LOCAL, make_answer, make_session
from tests.fakes.builders import MORNING

BIG_CELL, LOCAL_CELL = Cell("webhook", BIG), Cell("webhook", LOCAL)
Given = tuple[Judged, Cell, str] | tuple[Judged, Cell, str, int]


def judged(*log: Given, texts: tuple[str, str] = ("One.", "Two.")) -> Session:
    """Return a session with both answers of a round, judged by this log."""
    answers = [make_answer(BIG_CELL, texts[0]), make_answer(LOCAL_CELL, texts[1])]
    rows = []
    for number, (what, cell, blinding, *took) in enumerate(log, 1):
        conditions = Conditions(blinding, (LOCAL, BIG), took[0] if took else None)
        at = MORNING - timedelta(minutes=1)
        rows.append(Judgement(at, what, cell, 1, number, conditions))
    return make_session(answers=answers, judgements=rows)


ON: Given = (Blinding(on=True, seed="7"), Cell("", ""), "open")


def test_session_without_scores_has_an_empty_record() -> None:
    assert judging_record(judged()) == JudgingRecord()


def test_scores_count_by_what_was_hidden() -> None:
    record = judging_record(
        judged(ON, (Score(4), BIG_CELL, "blind"), (Score(2), LOCAL_CELL, "unblinded"))
    )
    assert (record.scored, record.blind, record.unblinded, record.seeds) == (2, 1, 1, ("7",))


def test_score_changed_after_the_reveal_counts_in_place_of_the_blind_one() -> None:
    record = judging_record(
        judged(
            ON,
            (Score(4), BIG_CELL, "blind"),
            (Score(2), LOCAL_CELL, "blind"),
            (Reveal(), BIG_CELL, "blind"),
            (Score(5), BIG_CELL, "unblinded"),
        )
    )
    assert (record.scored, record.blind, record.unblinded, record.early) == (2, 1, 1, 0)


def test_undone_change_leaves_the_blind_score_in_force() -> None:
    log = [
        ON,
        (Score(4), BIG_CELL, "blind"),
        (Score(5), BIG_CELL, "unblinded"),
        (Undo(3), BIG_CELL, "unblinded"),
    ]
    assert judging_record(judged(*log)).blind == 1
    assert judging_record(judged(*log, (Redo(3), BIG_CELL, "unblinded"))).blind == 0


def test_score_of_an_earlier_attempt_does_not_count() -> None:
    session = judged(ON, (Score(4), BIG_CELL, "blind"))
    again = make_answer(BIG_CELL, "Again.", attempt=2)
    assert judging_record(session.with_answer(again)).scored == 0


def test_early_reveal_counts_once_for_each_round() -> None:
    early = (Reveal(early=True), BIG_CELL, "blind")
    assert judging_record(judged(ON, early, early)).early == 1


def test_answers_that_were_there_before_blind_mode_are_counted() -> None:
    session = judged(ON)
    assert judging_record(session).there_before == 0
    later = replace(session.judgements[0], at=MORNING + timedelta(hours=1))
    assert judging_record(replace(session, judgements=(later,))).there_before == 2


def test_answer_that_names_a_model_counts_where_it_was_judged_blind() -> None:
    log = [ON, (Score(4), BIG_CELL, "blind"), (Score(4), LOCAL_CELL, "blind")]
    assert judging_record(judged(*log, texts=("I am Gemma.", "Plain."))).naming == 1


def test_median_time_is_that_of_the_scores_in_force() -> None:
    log = [(Score(4), BIG_CELL, "open", 4000), (Score(4), LOCAL_CELL, "open", 8000)]
    assert judging_record(judged(*log)).took_s == 6.0


def test_hidden_rounds_are_those_with_answers_that_are_not_revealed() -> None:
    assert hidden_rounds(judged(ON)) == [BIG_CELL.round]
    assert hidden_rounds(judged(ON, (Reveal(), BIG_CELL, "blind"))) == []
    assert hidden_rounds(judged()) == []
