"""Blind judging on the screen: what is hidden, what reveals it, and the messages about it."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest

from bbtui.domain.answer import Answer, AnswerState, Cell, Round
from bbtui.domain.blind import drawn_orders
from bbtui.domain.score import Blinding, Reveal, Score, Winner
from bbtui.domain.session import Session
from tests.fakes import (
    BIG,
    LOCAL,
    Script,
    answering,
    done,
    known,
    make_answer,
    make_connection,
    make_judgement,
    make_session,
    sent,
    text,
    wait,
)
from tests.ui.driver import NARROW, TASKS, AppDriver, run_app

#: A seed under which the second side of the session is the left one in the first round.
SEED = next(
    seed
    for seed in map(str, range(100))
    if drawn_orders(make_session(), seed)[Round("webhook", 1)] == (LOCAL, BIG)
)
TEXTS = {BIG: "Words of the first.", LOCAL: "Words of the second."}


def blind_session(*answers: Answer, trials: int = 1, answered: bool = True) -> Session:
    """Return a saved session in blind mode; by default with both answers of every task."""
    session = make_session(number=12, trials=trials)
    if answered and not answers:
        answers = tuple(make_answer(cell, TEXTS[cell.endpoint]) for cell in session.cells())
    log = make_judgement(Blinding(on=True, seed=SEED))
    return replace(session, answers=answers, judgements=(log,))


def kinds(app: AppDriver) -> list[str]:
    return [type(row.what).__name__ for row in app.session.judgements]


async def test_blind_round_shows_texts_under_letters_alone() -> None:
    async with run_app(session=blind_session()) as app:
        left, right = (pane.title_row.plain.split() for pane in app.main.panes)
        assert (left, right) == (["A", "✓", "done"], ["B", "✓", "done"])
        row = app.row("Words of")
        assert row.index("the second") < row.index("the first")
        for name in ("Big Brain:", "Big Brain ·", "Local", "gemma3", "tok/s", "first token", "GPU"):
            assert name not in app.text


async def test_answers_of_a_blind_round_appear_together(release: threading.Event) -> None:
    held = Script(known(), sent(), text("Held here"), wait(release), done())
    session = blind_session(answered=False)
    async with run_app(session=session, big=held) as app:
        await app.press("space")
        await app.until(lambda: app.answer("webhook", LOCAL).state is AnswerState.DONE)
        assert app.text.count("the answers appear when all have ended") == 2
        assert "Held here" not in app.text
        assert "All is well." not in app.text
        assert [title.strip() for title in app.titles] == ["A", "B"]
        await app.press("4")
        assert "no answer to score here yet" in app.text
        release.set()
        await app.shows("Held here")
        await app.shows("All is well.")


async def test_last_score_of_a_blind_round_shows_which_side_was_which() -> None:
    async with run_app(session=blind_session()) as app:
        await app.press("4")
        assert "A: 4/5 · now B" in app.text
        assert app.marks("webhook", LOCAL).score == 4
        await app.press("2")
        assert app.marks("webhook", BIG).score == 2
        await app.shows("B: 2/5 · A is Local, B is Big Brain")
        assert [title.split()[0] for title in app.titles] == ["Local", "Big"]
        assert app.row("Words of").index("the second") < app.row("Words of").index("the first")
        await app.press("n")
        assert [title.split()[0] for title in app.titles] == ["A", "B"]


async def test_accent_follows_the_endpoint_and_is_neutral_in_a_blind_round() -> None:
    async with run_app(session=blind_session()) as app:
        assert all(pane.title_row.has_class("foreground") for pane in app.main.panes)
        await app.press("4", "2")
        assert [pane.title_row.has_class("endpoint-2") for pane in app.main.panes] == [True, False]
        assert [pane.title_row.has_class("endpoint-1") for pane in app.main.panes] == [False, True]
        assert not any(pane.title_row.has_class("foreground") for pane in app.main.panes)


async def test_key_reveals_a_round_early_and_records_it() -> None:
    async with run_app(session=blind_session()) as app:
        await app.press("b")
        await app.shows("reveal the sides of this round now")
        await app.press("y")
        await app.shows("A is Local, B is Big Brain")
        assert app.session.judgements[-1].what == Reveal(early=True)
        await app.press("n")
        assert app.titles[0].split()[0] == "A"


async def test_score_after_the_reveal_is_marked_as_unblinded() -> None:
    async with run_app(session=blind_session()) as app:
        await app.press("4", "2", "3")
        scores = [row for row in app.session.judgements if isinstance(row.what, Score)]
        assert [row.conditions.blinding for row in scores] == ["blind", "blind", "unblinded"]
        assert {row.conditions.order for row in scores} == {(LOCAL, BIG)}


async def test_key_turns_blind_mode_on_and_records_the_seed() -> None:
    session = replace(blind_session(), judgements=())
    async with run_app(session=session, blind_seed=SEED) as app:
        assert "Big Brain" in app.titles[0]
        await app.press("b")
        await app.shows("it is recorded that 8 answers were there already")
        await app.press("y")
        await app.shows("blind: a round shows its sides once each has a score")
        assert app.session.judgements[-1].what == Blinding(on=True, seed=SEED)
        assert [title.split()[0] for title in app.titles] == ["A", "B"]


async def test_round_that_was_judged_openly_stays_open() -> None:
    session = replace(blind_session(), judgements=())
    async with run_app(session=session) as app:
        await app.press("4", "b", "y")
        await app.shows("blind from the next round on: this one was judged already")
        assert "Big Brain" in app.titles[0]
        await app.press("n")
        assert app.titles[0].split()[0] == "A"


async def test_blind_judging_can_be_ended() -> None:
    async with run_app(session=blind_session()) as app:
        await app.press("b")
        await app.press("o")
        await app.shows("blind judging has ended: every round shows its sides")
        assert app.titles[0].startswith("Big Brain")
        assert app.session.judgements[-1].what == Blinding(on=False)
        await app.press("b")
        await app.shows("judge blind from here on?")


@pytest.mark.parametrize("key", ["m", "d", "s", "e", "Y"])
async def test_what_would_show_the_sides_is_closed_and_names_the_key(key: str) -> None:
    async with run_app(session=blind_session()) as app:
        await app.press(key)
        await app.shows("closed while this round is blind · b reveals its sides")
        assert app.top is app.main
        assert app.reports.written == []


async def test_report_is_closed_while_another_round_is_blind() -> None:
    async with run_app(session=blind_session()) as app:
        await app.press("4", "2", "e")
        await app.shows("closed while 3 rounds with answers are blind")
        assert app.reports.written == []


async def test_failed_side_shows_only_that_it_failed() -> None:
    broken = make_answer(
        Cell("webhook", LOCAL), "Half", AnswerState.TRUNCATED, cause="127.0.0.1 closed", hint="wait"
    )
    session = blind_session(make_answer(Cell("webhook", BIG)), broken)
    async with run_app(session=session) as app:
        assert app.titles[0].split() == ["A", "✗", "failed"]
        assert "Half" in app.text
        assert "closed" not in app.text


async def test_side_that_answers_nothing_is_left_out_of_the_scores() -> None:
    broken = make_answer(Cell("webhook", LOCAL), "", AnswerState.FAILED, cause="refused")
    session = blind_session(make_answer(Cell("webhook", BIG)), broken)
    async with run_app(session=session) as app:
        assert app.titles[0].split() == ["A", "✗", "failed"]
        assert "no text" in app.text
        assert app.focused == "B"
        await app.press("4")
        await app.shows("B: 4/5 · A is Local, B is Big Brain")


async def test_answer_that_names_itself_warns_before_its_first_score() -> None:
    session = blind_session(
        make_answer(Cell("webhook", BIG)), make_answer(Cell("webhook", LOCAL), "I am Gemma.")
    )
    async with run_app(session=session) as app:
        await app.press("4")
        await app.shows("A names a model")
        assert app.marks("webhook", LOCAL).score is None
        assert "I am Gemma." in app.text
        await app.press("4")
        assert app.marks("webhook", LOCAL).score == 4


async def test_answer_that_names_itself_is_scored_at_once_in_an_open_round() -> None:
    answers = [make_answer(Cell("webhook", name), "I am Gemma.") for name in (BIG, LOCAL)]
    async with run_app(session=make_session(number=12, answers=answers)) as app:
        await app.press("4")
        assert app.marks("webhook", BIG).score == 4


async def test_winner_of_a_blind_round_is_chosen_by_its_letter() -> None:
    async with run_app(session=blind_session()) as app:
        await app.press("w")
        await app.shows("1 A")
        await app.press("1")
        await app.shows("winner: A")
        assert app.comparison.scorecard.winners["webhook"] == Winner("endpoint", LOCAL)
        assert "♛ winner" in app.judgements[0]


async def test_winner_of_several_trials_waits_until_all_are_revealed() -> None:
    async with run_app(session=blind_session(trials=2)) as app:
        await app.press("w")
        await app.shows("the winner is that of all trials: score or reveal them first")


async def test_undo_names_the_side_by_its_letter() -> None:
    async with run_app(session=blind_session()) as app:
        await app.press("4", "n", "u")
        await app.shows("undone: A, score 4/5")
        assert app.task == "webhook"


async def test_esc_stops_every_answer_of_a_blind_round(release: threading.Event) -> None:
    held = Script(known(), sent(), text("Held here"), wait(release), done())
    async with run_app(session=blind_session(answered=False), big=held, local=held) as app:
        await app.press("space")
        await app.until(lambda: len(app.comparison.queue.live_answers) == 2)
        await app.press("escape")
        await app.shows("stopped the answers of this round")
        await app.settle()
        states = {answer.state for answer in app.session.answers}
        assert states == {AnswerState.STOPPED}


async def test_own_prompt_keeps_the_focus_on_the_same_place() -> None:
    async with run_app(session=blind_session(), big=answering(), local=answering()) as app:
        await app.press("tab", "i")
        await app.type("And now?")
        await app.press("enter")
        await app.until(lambda: app.task == "prompt-1")
        assert app.main.cursor.column == 1


async def test_session_list_names_no_side_of_a_blind_session() -> None:
    other = replace(blind_session(), id="019ab1c2-3d4e-7f50-8a61-000000000000", number=0)
    async with run_app(session=blind_session(), others=[other]) as app:
        await app.press("o")
        await app.until(lambda: app.top is not app.main)
        assert "#12" in app.text
        assert "Local" not in app.text


async def test_blind_round_in_tabs_shows_letters_and_no_figures() -> None:
    async with run_app(session=blind_session(), size=NARROW) as app:
        tabs = app.main.tabs.plain
        assert tabs.split() == ["▸✓", "A", "✓", "B"]
        await app.press("4")
        assert "4/5" in app.main.tabs.plain


async def test_task_list_shows_a_round_in_progress_as_one(release: threading.Event) -> None:
    held = Script(known(), sent(), text("Held here"), wait(release), done())
    async with run_app(session=blind_session(answered=False), big=held) as app:
        await app.press("space")
        await app.until(lambda: app.answer("webhook", LOCAL).state is AnswerState.DONE)
        assert "… …" in app.row("▸ 1 Gitea webhook")


async def test_mean_scores_count_revealed_rounds_alone() -> None:
    async with run_app(session=blind_session()) as app:
        await app.press("4")
        assert "mean score" not in app.text
        await app.press("2")
        assert "mean score" in app.text
        await app.press("n", "5")
        assert app.row("mean score").split()[2:4] == ["2.0", "4.0"]


async def test_blind_session_of_unconfigured_sides_is_judged_under_letters() -> None:
    session = blind_session()
    async with run_app(session=session, connections=[], judging=True) as app:
        await app.press("4", "2")
        await app.shows("A is Local, B is Big Brain")


async def test_side_reached_again_after_a_new_attempt_needs_its_score() -> None:
    connections = [make_connection(BIG), make_connection(LOCAL)]
    async with run_app(session=blind_session(), connections=connections) as app:
        await app.press("4", "space")
        await app.shows("run this task again")
        await app.press("y")
        await app.settle()
        await app.until(lambda: len(app.session.answers) == 10)
        await app.press("5")
        assert app.titles[0].split()[0] == "A"
        await app.press("shift+tab", "3")
        await app.until(lambda: app.titles[0].split()[0] == "Local")
        assert kinds(app).count("Reveal") == 1


async def test_answer_just_scored_has_the_label_of_its_own_round() -> None:
    orders = drawn_orders(make_session(), SEED)
    swapped = next(task for task in TASKS if orders[Round(task, 1)] == (BIG, LOCAL))
    async with run_app(session=blind_session()) as app:
        await app.press("4", *["n"] * TASKS.index(swapped))
        assert app.task == swapped
        await app.press("V")
        await app.shows("A · Gitea webhook: verdict")
        await app.press(
            "escape", *["p"] * TASKS.index(swapped), "tab", "2", *["n"] * TASKS.index(swapped), "V"
        )
        await app.shows("Big Brain · Gitea webhook: verdict")


async def test_time_of_a_judgement_has_no_pause_without_a_key() -> None:
    now = [0.0]
    async with run_app(session=blind_session(), pod_clock=lambda: now[0]) as app:
        for now[0] in (100.0, 200.0, 500.0, 510.0):
            await app.press("j")
        now[0] = 512.0
        await app.press("4")
        [row] = [one for one in app.session.judgements if isinstance(one.what, Score)]
        assert row.conditions.took_ms == 212_000


async def test_row_of_several_trials_shows_those_of_the_blind_round_in_view() -> None:
    async with run_app(session=blind_session(trials=2)) as app:
        await app.press("4")
        assert "4 ✓" in app.row("▸ 1 Gitea webhook")
        await app.press("2")
        await app.shows("A is Local, B is Big Brain")
        assert "2 4" in app.row("▸ 1 Gitea webhook")


async def test_thinking_is_hidden_until_the_round_is_revealed() -> None:
    thought = replace(make_answer(Cell("webhook", LOCAL), ""), thinking="Deep in thought.")
    session = blind_session(thought, make_answer(Cell("webhook", BIG)))
    async with run_app(session=session) as app:
        assert "no text" in app.text
        assert "Deep in thought." not in app.text
        await app.press("4", "2")
        await app.shows("Deep in thought.")
        assert "no text" not in app.text
