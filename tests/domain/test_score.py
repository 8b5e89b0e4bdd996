from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bbtui.domain.answer import Cell
from bbtui.domain.score import (
    NO_MARKS,
    Fault,
    FaultEdit,
    FaultRemoval,
    Judgement,
    Note,
    Redo,
    Remark,
    Score,
    Severity,
    Tick,
    Undo,
    Verdict,
    Winner,
    scorecard,
)
from tests.fakes import BIG, LOCAL, make_judgement

HERE = Cell("webhook", BIG)
THERE = Cell("webhook", LOCAL)


def log(*rows):
    """Rows with ids from 1; each a judgement of HERE, or (judgement, cell, attempt)."""
    return [
        make_judgement(*(row if isinstance(row, tuple) else (row, HERE, 1)), row=number)
        for number, row in enumerate(rows, 1)
    ]


def score_after(*rows):
    return scorecard(log(*rows)).of(HERE, 1).score


def test_scorecard_without_judgements_is_empty():
    card = scorecard([])
    assert card.of(HERE, 1) == NO_MARKS
    assert (card.undoable, card.redoable, card.summary, dict(card.winners)) == (None, None, "", {})


@pytest.mark.parametrize("value", [0, 6, -1])
def test_score_is_one_to_five(value):
    with pytest.raises(ValueError, match="a score is 1 to 5"):
        Score(value)


def test_undo_of_a_second_score_restores_the_first():
    assert score_after(Score(3), Score(5)) == 5
    assert score_after(Score(3), Score(5), Undo(2)) == 3
    assert score_after(Score(3), Score(5), Undo(2), Undo(1)) is None


def test_redo_restores_in_the_order_it_was_undone():
    card = scorecard(log(Score(3), Score(5), Undo(2), Undo(1)))
    assert card.undoable is None
    assert card.redoable.id == 1
    card = scorecard(log(Score(3), Score(5), Undo(2), Undo(1), Redo(1)))
    assert (card.of(HERE, 1).score, card.undoable.id, card.redoable.id) == (3, 1, 2)
    assert score_after(Score(3), Score(5), Undo(2), Undo(1), Redo(1), Redo(2)) == 5


def test_new_judgement_ends_what_could_be_redone():
    card = scorecard(log(Score(3), Undo(1), Note("slow"), Redo(1)))
    assert card.of(HERE, 1).score is None
    assert card.of(HERE, 1).note == "slow"
    assert card.redoable is None


def test_two_programs_that_undo_the_same_row_undo_it_once():
    card = scorecard(log(Score(3), Score(5), Undo(2), Undo(2)))
    assert (card.of(HERE, 1).score, card.undoable.id, card.redoable.id) == (3, 1, 2)
    again = scorecard(log(Score(3), Score(5), Undo(2), Undo(2), Redo(2), Redo(2)))
    assert (again.of(HERE, 1).score, again.undoable.id) == (5, 2)


def test_undo_and_redo_of_rows_that_are_not_there_change_nothing():
    assert score_after(Score(3), Undo(99), Redo(1), Redo(99)) == 3


def test_marks_belong_to_one_attempt_of_one_answer():
    card = scorecard(log(Score(3), (Score(4), THERE, 1), (Score(5), HERE, 2)))
    assert [card.of(HERE, 1).score, card.of(THERE, 1).score, card.of(HERE, 2).score] == [3, 4, 5]
    assert card.of(THERE, 2) == NO_MARKS


def test_faults_add_up_and_each_can_be_taken_back():
    fatal, vague = Fault(Severity.FATAL, "no HMAC"), Fault(Severity.VAGUE, "no example")
    assert scorecard(log(fatal, vague)).of(HERE, 1).faults == (fatal, vague)
    assert scorecard(log(fatal, vague, Undo(1))).of(HERE, 1).faults == (vague,)
    back = scorecard(log(fatal, vague, Undo(1), Redo(1)))
    assert back.of(HERE, 1).faults == (fatal, vague), "in the order they were said"


def test_ticks_add_up_and_each_can_be_taken_away_or_back():
    assert scorecard(log(Tick(2), Tick(5), Tick(2))).of(HERE, 1).ticks == {2, 5}
    assert scorecard(log(Tick(2), Tick(5), Tick(2, met=False))).of(HERE, 1).ticks == {5}
    assert scorecard(log(Tick(2), Tick(5), Undo(2))).of(HERE, 1).ticks == {2}
    assert scorecard(log(Tick(2), Tick(2, met=False), Undo(2))).of(HERE, 1).ticks == {2}
    assert scorecard(log(Tick(2), Undo(1), Redo(1))).of(HERE, 1).ticks == {2}
    assert scorecard(log(Tick(2), (Tick(3), THERE, 1))).of(THERE, 1).ticks == {3}


def test_ticks_are_counted_of_the_points_that_the_rubric_has():
    marks = scorecard(log(Tick(1), Tick(4), Tick(9))).of(HERE, 1)
    assert (marks.ticked(7), marks.ticked(9), NO_MARKS.ticked(7)) == ("2/7", "3/9", "")


def test_edited_fault_keeps_its_place_and_its_undo_restores_it():
    fatal, vague = Fault(Severity.FATAL, "no HMAC"), Fault(Severity.VAGUE, "no example")
    edits = FaultEdit(1, Severity.WRONG, "a weak HMAC"), FaultEdit(1, Severity.WRONG, "MD5")
    faults = lambda *rows: scorecard(log(fatal, vague, *rows)).of(HERE, 1).faults  # noqa: E731
    assert faults(edits[0]) == (Fault(Severity.WRONG, "a weak HMAC"), vague)
    assert faults(*edits) == (Fault(Severity.WRONG, "MD5"), vague), "the first row stays its name"
    assert faults(*edits, Undo(4)) == (Fault(Severity.WRONG, "a weak HMAC"), vague)
    assert faults(*edits, Undo(4), Undo(3)) == (fatal, vague)
    assert faults(*edits, Undo(4), Redo(4)) == (Fault(Severity.WRONG, "MD5"), vague)


def test_removed_fault_is_gone_until_the_removal_is_undone():
    fatal, vague = Fault(Severity.FATAL, "no HMAC"), Fault(Severity.VAGUE, "no example")
    faults = lambda *rows: scorecard(log(fatal, vague, *rows)).of(HERE, 1).faults  # noqa: E731
    assert faults(FaultRemoval(1)) == (vague,)
    assert faults(FaultRemoval(1), FaultRemoval(2)) == ()
    assert faults(FaultRemoval(1), Undo(3)) == (fatal, vague)
    assert faults(FaultRemoval(1), Undo(3), Redo(3)) == (vague,)


@pytest.mark.parametrize("what", [FaultEdit(1, Severity.WRONG, "late"), FaultRemoval(1)])
def test_change_of_a_fault_that_is_gone_changes_nothing(what):
    """Two programs may judge one session at once."""
    vague = Fault(Severity.VAGUE, "no example")
    gone = log(Fault(Severity.FATAL, "no HMAC"), vague, FaultRemoval(1), what)
    assert scorecard(gone).of(HERE, 1).faults == (vague,)
    undone = log(Fault(Severity.FATAL, "no HMAC"), vague, what, Undo(1))
    assert scorecard(undone).of(HERE, 1).faults == (vague,)
    assert scorecard(log(Note("no fault at all"), what)).of(HERE, 1).faults == ()


def test_change_of_a_fault_acts_on_its_own_answer_alone():
    vague = Fault(Severity.VAGUE, "no example")
    card = scorecard(log((vague, THERE, 1), FaultRemoval(1)))
    assert card.of(THERE, 1).faults == (vague,)


def test_empty_note_or_verdict_removes_it():
    assert scorecard(log(Note("a"), Note("b"))).of(HERE, 1).note == "b"
    assert scorecard(log(Note("a"), Note(""))).of(HERE, 1).note == ""
    assert scorecard(log(Verdict("SOLID"), Verdict(""))).of(HERE, 1).verdict is None
    assert scorecard(log(Note("a"), Note(""), Undo(2))).of(HERE, 1).note == "a"


def test_winner_is_of_the_task_and_remarks_are_of_the_session():
    card = scorecard(
        log(
            (Winner("endpoint", BIG), Cell("webhook", ""), 1),
            (Winner("tie"), Cell("evennia", ""), 1),
            Remark("summary", "first"),
            Remark("summary", "big is better"),
            Remark("finding", "by 3 points"),
        )
    )
    assert card.winners == {"webhook": Winner("endpoint", BIG), "evennia": Winner("tie")}
    assert (card.summary, card.finding) == ("big is better", "by 3 points")
    assert card.marks == {}


@pytest.mark.parametrize(
    ("line", "word", "why"),
    [
        ("solid", "SOLID", ""),
        ("SOLID correct and short", "SOLID", "correct and short"),
        ("  solid  —  correct ", "SOLID", "correct"),
        ("solid: correct", "SOLID", "correct"),
        ("solid - correct", "SOLID", "correct"),
        ("solid—correct", "SOLID", "correct"),
        ("ok, but slow", "OK", "but slow"),
        ("OK.", "OK", ""),
        ("half-right so so", "HALF-RIGHT", "so so"),
        ("wrong -1 is no index", "WRONG", "-1 is no index"),
        ("wrong see http://x: it says -", "WRONG", "see http://x: it says -"),
        ("solid\tcorrect", "SOLID", "correct"),
        ("— lost", "LOST", ""),
        ("", "", ""),
        (" … ", "…", ""),
        ("...", "", ""),
    ],
)
def test_typed_line_is_a_word_and_why(line, word, why):
    assert Verdict.of_line(line) == Verdict(word, why)


class Model:
    """What a person expects of undo and redo: two stacks and a table."""

    def __init__(self):
        self.done: list[Judgement] = []
        self.undone: list[Judgement] = []
        self.log: list[Judgement] = []

    def row(self, what, cell=HERE):
        row = make_judgement(what, cell, row=len(self.log) + 1)
        self.log.append(row)
        return row

    def judge(self, what, cell):
        self.done.append(self.row(what, cell))
        self.undone.clear()

    def undo(self):
        if self.done:
            self.undone.append(self.done.pop())
            self.row(Undo(self.undone[-1].id))

    def redo(self):
        if self.undone:
            self.done.append(self.undone.pop())
            self.row(Redo(self.done[-1].id))


@given(
    st.lists(
        st.tuples(st.sampled_from([HERE, THERE]), st.builds(Score, st.integers(1, 5)))
        | st.tuples(st.sampled_from([HERE, THERE]), st.builds(Note, st.sampled_from("ab")))
        | st.sampled_from(["undo", "redo"]),
        max_size=40,
    )
)
def test_any_sequence_of_keys_adds_up_as_two_stacks_do(keys):
    model = Model()
    for key in keys:
        if isinstance(key, str):
            getattr(model, key)()
        else:
            cell, what = key
            model.judge(what, cell)
    card = scorecard(model.log)
    for cell in (HERE, THERE):
        said = [row.what for row in model.done if row.cell == cell]
        scores = [what.value for what in said if isinstance(what, Score)]
        notes = [what.text for what in said if isinstance(what, Note)]
        assert card.of(cell, 1).score == (scores[-1] if scores else None)
        assert card.of(cell, 1).note == (notes[-1] if notes else "")
    assert card.undoable == (model.done[-1] if model.done else None)
    assert card.redoable == (model.undone[-1] if model.undone else None)
