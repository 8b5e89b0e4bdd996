"""bbtui score --next: from one unscored answer to the next, through all sessions."""

from __future__ import annotations

import pytest

from tests.cli.ollama import FAILED, WHOLE, Ollama
from tests.cli.program import Program
from tests.cli.terminal import in_terminal

NOTHING = "nothing is left to score: every answer of every session has a score\n"


def scores(program: Program, *numbers: int) -> list[list[int | None]]:
    return [
        [answer["score"] for answer in program.session(str(number))["answers"]]
        for number in numbers
    ]


def test_every_unscored_answer_of_all_sessions_is_scored_oldest_session_first(
    program: Program, ollama: Ollama
):
    program.configure(big=ollama.url, local=ollama.url)
    for prompt in ("First?", "Second?"):
        assert program("run", prompt).code == 0
    ollama.answer(FAILED)
    assert program("run", "Third?").code == 3
    ollama.answer(WHOLE)
    assert program("run", "Fourth?").code == 0
    with in_terminal(program, "score", "--next") as terminal:
        terminal.shows("task 1 of 1   First?")
        terminal.press("5")
        terminal.shows("Big: 5/5 · now Local")
        terminal.press("4")
        terminal.shows(
            "all scored: cannot tell these apart · every answer of #1 is scored · now #2"
        )
        terminal.shows("task 1 of 1   Second?")
        terminal.press("3")
        terminal.shows("Big: 3/5 · now Local")
        terminal.press("2")
        terminal.shows("now #4")
        terminal.shows("task 1 of 1   Fourth?")
        terminal.press("11")
        terminal.shows("nothing is left: every session is scored · q quits")
        terminal.press("q")
        assert terminal.ended() == 0
    assert scores(program, 1, 2, 3, 4) == [[5, 4], [3, 2], [None, None], [1, 1]]
    ended = program("score", "--next")
    assert (ended.code, ended.err) == (0, NOTHING)


def test_score_next_shows_after_each_task_whether_that_is_enough(program: Program, ollama: Ollama):
    program.configure(big=ollama.url, local=ollama.url)
    assert program("run", "--tasks", program.tasks("one", "two")).code == 0
    with in_terminal(program, "score", "--next") as terminal:
        terminal.shows("task 1 of 2")
        terminal.press("53")
        terminal.shows("not yet: 6 more tasks the same way would do, 1 is left · now two, Big")
        terminal.press("q")
        assert terminal.ended() == 0


def test_score_next_begins_where_something_is_left(program: Program, ollama: Ollama):
    program.configure(local=ollama.url)
    program("run", "First?", "-n", 2)
    program("run", "Second?")
    with in_terminal(program, "score", "1") as terminal:
        terminal.shows("First?")
        terminal.press("4")
        terminal.shows("4/5")
        terminal.press("q")
        assert terminal.ended() == 0
    with in_terminal(program, "score", "--next") as terminal:
        terminal.shows("trial 2 of 2")
        terminal.press("3")
        terminal.shows("now #2")
        terminal.press("q")
        assert terminal.ended() == 0
    assert scores(program, 1, 2) == [[4, 3], [None]]


def test_score_next_without_a_session_has_nothing_left(program: Program):
    ended = program("score", "--next")
    assert (ended.code, ended.out, ended.err) == (0, "", NOTHING)
    assert not (program.home / ".local" / "share" / "bbtui").exists(), "nothing is created"


@pytest.mark.parametrize("words", [("1", "--next"), ("--next", "1")])
def test_one_session_and_all_of_them_cannot_be_combined(program: Program, words: tuple[str, ...]):
    ended = program("score", *words)
    assert ended.code == 2
    assert ended.err == "bbtui: ID and --next cannot be combined: leave out one of them\n"


def test_two_programs_may_score_one_session_at_once(program: Program, ollama: Ollama):
    program.configure(big=ollama.url, local=ollama.url)
    program("run", "Which?")
    with in_terminal(program, "score") as one, in_terminal(program, "score") as other:
        for terminal in (one, other):
            terminal.shows("task 1 of 1   Which?")
        one.press("5")
        one.shows("Big: 5/5 · now Local")
        other.press("2")
        other.shows("Big: 2/5 · now Local")
        other.shows("1 judgement of another program loaded; the latest counts")
        one.press("4")
        one.shows("two programs judge this session")
        one.shows("2/5")
        for terminal in (one, other):
            terminal.press("q")
            assert terminal.ended() == 0
    assert scores(program, 1) == [[2, 4]], "the last score of each answer counts"
    log = [(row["endpoint"], row["value"]) for row in program.session("1")["judgements"]]
    assert log == [("big", 5), ("big", 2), ("local", 4)], "and none is lost"
