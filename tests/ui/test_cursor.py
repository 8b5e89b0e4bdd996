"""Where the user is: at the start, after a score, and as the session grows."""

from __future__ import annotations

from dataclasses import replace

from bbtui.domain.answer import AnswerState, Cell, Round
from bbtui.domain.score import Score
from bbtui.engine.comparison import Comparison
from bbtui.ui.cursor import Cursor
from tests.fakes import BIG, LOCAL, MemoryStore, make_answer, make_judgement, make_session

WEBHOOK = [Cell("webhook", BIG), Cell("webhook", LOCAL)]


def cursor_on(**session: object) -> tuple[Cursor, Comparison]:
    comparison = Comparison(make_session(**session), [], MemoryStore())  # type: ignore[arg-type]
    return Cursor(comparison), comparison


def test_new_session_begins_at_its_first_cell() -> None:
    cursor, _ = cursor_on()
    assert (cursor.round, cursor.cell) == (Round("webhook", 1), WEBHOOK[0])
    assert cursor.task.title == "Gitea webhook"


def test_session_begins_at_its_first_unscored_answer() -> None:
    answers = [make_answer(cell) for cell in (*WEBHOOK, Cell("evennia", BIG))]
    scores = [make_judgement(Score(3), cell, row=row) for row, cell in enumerate(WEBHOOK[:1], 1)]
    cursor, _ = cursor_on(answers=answers, judgements=scores, number=12)
    assert cursor.cell == WEBHOOK[1]


def test_session_begins_at_the_first_missing_answer() -> None:
    answers = [make_answer(cell) for cell in WEBHOOK]
    scores = [make_judgement(Score(3), cell, row=row) for row, cell in enumerate(WEBHOOK, 1)]
    cursor, _ = cursor_on(answers=answers, judgements=scores, number=12)
    assert cursor.cell == Cell("evennia", BIG)


def test_complete_session_begins_at_its_first_cell() -> None:
    session = make_session(tasks=make_session().tasks[:1], number=12)
    answers = tuple(make_answer(cell) for cell in WEBHOOK)
    scores = tuple(make_judgement(Score(3), cell, row=row) for row, cell in enumerate(WEBHOOK, 1))
    whole = replace(session, answers=answers, judgements=scores)
    assert Cursor(Comparison(whole, [], MemoryStore())).cell == WEBHOOK[0]


def test_answer_without_text_is_not_to_be_scored() -> None:
    failed = make_answer(WEBHOOK[0], "", AnswerState.FAILED)
    cursor, _ = cursor_on(answers=[failed, make_answer(WEBHOOK[1])], number=12)
    assert cursor.cell == WEBHOOK[1]


def test_next_unscored_answer_is_to_the_right_and_does_not_wrap() -> None:
    cursor, comparison = cursor_on(answers=[make_answer(cell) for cell in WEBHOOK])
    assert cursor.go_to_next_unscored()
    assert cursor.column == 1
    assert not cursor.go_to_next_unscored()
    assert cursor.column == 1
    cursor.column = 0
    comparison.judge(Score(3), WEBHOOK[1])
    assert not cursor.go_to_next_unscored()


def test_columns_wrap_and_rounds_do_not() -> None:
    cursor, _ = cursor_on(trials=2)
    cursor.move_column(-1)
    assert cursor.column == 1
    cursor.move_column(1)
    assert cursor.column == 0
    assert not cursor.move_round(-1)
    assert cursor.move_round(4)
    assert cursor.round == Round("webhook", 2)
    assert not cursor.move_round(4)


def test_cursor_stays_in_its_round_while_tasks_are_added() -> None:
    cursor, comparison = cursor_on(trials=2)
    cursor.go_to(Cell("evennia", LOCAL, 2))
    before = cursor.round_index
    task = comparison.add_prompt("What is new?")
    assert cursor.cell == Cell("evennia", LOCAL, 2)
    assert cursor.round_index == before + 1
    cursor.go_to(Cell(task.id, BIG))
    assert (cursor.task, cursor.round_index) == (task, 4)


def test_unknown_cell_moves_nothing() -> None:
    cursor, _ = cursor_on()
    cursor.go_to(Cell("no such task", "no such endpoint"))
    assert cursor.cell == WEBHOOK[0]
