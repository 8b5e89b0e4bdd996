"""Blind judging from the command line: the flags, and the output about a blind session."""

from __future__ import annotations

import pytest

from tests.cli.ollama import FAILED, Ollama
from tests.cli.program import Program
from tests.cli.terminal import in_terminal


def log(program: Program, kind: str) -> list[dict[str, object]]:
    rows = program.session("1")["judgements"]
    return [row for row in rows if row["what"] == kind]


def asked(program: Program, ollama: Ollama, *flags: str) -> None:
    program.configure(big=ollama.url, local=ollama.url)
    assert program("run", "Why?", *flags).code == 0


def test_blind_flag_is_recorded_with_its_seed(program: Program, ollama: Ollama):
    asked(program, ollama, "--blind", "--blind-seed", "7")
    assert [(row["on"], row["seed"]) for row in log(program, "blinding")] == [(True, "7")]


def test_blind_setting_makes_new_sessions_blind_unless_a_flag_overrides_it(
    program: Program, ollama: Ollama
):
    config = program.configure(big=ollama.url)
    config.write_text(config.read_text() + "\n[judging]\nblind = true\n")
    assert program("run", "Why?", "--no-blind").code == 0
    assert log(program, "blinding") == []
    assert program("run", "Why?").code == 0
    [row] = [one for one in program.session("2")["judgements"] if one["what"] == "blinding"]
    assert row["seed"], "one is drawn"


@pytest.mark.parametrize("seed", ["", "a\nb"])
def test_blind_seed_is_a_line_of_text(program: Program, ollama: Ollama, seed: str):
    program.configure(big=ollama.url)
    ended = program("run", "Why?", "--blind", "--blind-seed", seed)
    assert ended.code == 2
    assert "--blind-seed: must be a non-empty string on one line" in ended.err


def test_print_and_blind_cannot_be_combined(program: Program, ollama: Ollama):
    program.configure(big=ollama.url)
    ended = program("run", "Why?", "--print", "--blind")
    assert ended.code == 2
    assert "--print names the side of each answer, and --blind hides it" in ended.err
    assert "bbtui score --blind" in ended.err


def test_blind_session_is_scored_under_letters_and_revealed(program: Program, ollama: Ollama):
    asked(program, ollama, "--blind")
    with in_terminal(program, "score") as terminal:
        terminal.shows("A: 1-5 score")
        terminal.press("4")
        terminal.shows("A: 4/5 · now B")
        terminal.press("2")
        terminal.shows(" · A is ")
        terminal.press("q")
        assert terminal.ended() == 0
    assert [row["early"] for row in log(program, "reveal")] == [False]
    assert [row["blinding"] for row in log(program, "score")] == ["blind", "blind"]
    assert all(len(row["order"]) == 2 for row in log(program, "score"))
    assert all(isinstance(row["took_ms"], int) for row in log(program, "score"))


def test_saved_session_is_judged_blind_from_a_flag_on(program: Program, ollama: Ollama):
    asked(program, ollama)
    with in_terminal(program, "score", "--blind", "--blind-seed", "7") as terminal:
        terminal.shows("A: 1-5 score")
        terminal.press("q")
        assert terminal.ended() == 0
    assert [(row["on"], row["seed"]) for row in log(program, "blinding")] == [(True, "7")]
    report = program("report").out
    assert "2 answers had arrived before blind judging began and may have been seen." in report
    with in_terminal(program, "score", "--no-blind") as terminal:
        terminal.shows("Big: 1-5 score")
        terminal.press("q")
        assert terminal.ended() == 0
    assert [row["on"] for row in log(program, "blinding")] == [True, False]


def test_other_seed_for_a_blind_session_is_refused(program: Program, ollama: Ollama):
    asked(program, ollama, "--blind", "--blind-seed", "7")
    ended = program("run", "--resume", "1", "--no-tui", "--blind", "--blind-seed", "8")
    assert ended.code == 2
    assert '--blind-seed: #1 is judged blind with the seed "7"' in ended.err
    same = program("run", "--resume", "1", "--no-tui", "--blind", "--blind-seed", "7")
    assert "is judged blind" not in same.err
    assert len(log(program, "blinding")) == 1


def test_seed_that_is_used_again_is_recorded_in_the_other_session(program: Program, ollama: Ollama):
    asked(program, ollama, "--blind", "--blind-seed", "7")
    asked(program, ollama, "--blind", "--blind-seed", "7")
    rows = program.session("2")["judgements"]
    assert [row["seed"] for row in rows] == ["7"]


def test_commands_tell_that_a_session_is_blind(program: Program, ollama: Ollama):
    asked(program, ollama, "--blind")
    listed = program("sessions")
    assert "blind" in listed.out
    assert "Local" not in listed.out
    shown = program("sessions", "show").out
    assert "blind     1 round not revealed: bbtui score 1" in shown
    assert "done" not in shown
    written = program("report")
    told = "the report names the sides of 1 round judged blind and not revealed"
    assert told in written.err
    assert "1 round still blind for the judge: this report names the sides." in written.out
    refused = program("results")
    assert (refused.code, refused.out) == (2, "")
    assert "is judged blind" in refused.err


def test_side_without_an_answer_is_not_named_while_it_is_blind(program: Program, ollama: Ollama):
    with Ollama() as other:
        ollama.answer(FAILED)
        program.configure(big=other.url, local=ollama.url)
        ended = program("run", "Why?", "--blind")
    assert "no answer from" not in ended.err
    assert "[1/2] prompt-1  " in ended.err
    assert "[2/2] prompt-1  " in ended.err
    for word in ("big", "local", "gemma", "tok/s", "runner has died"):
        assert word not in ended.err


def test_progress_of_a_blind_run_on_a_terminal_names_no_side(program: Program, ollama: Ollama):
    program.configure(big=ollama.url, local=ollama.url)
    with in_terminal(program, "run", "Why?", "--blind", "--no-tui") as terminal:
        terminal.shows("score it       bbtui score 1")
        assert terminal.ended() == 0
        for word in ("big", "local", "Big", "Local", "tok/s", "first token"):
            assert word not in terminal.text


def test_report_of_a_blind_run_is_written_where_it_is_requested_alone(
    program: Program, ollama: Ollama
):
    program.configure(big=ollama.url, local=ollama.url)
    ended = program("run", "Why?", "--blind")
    assert ended.out == ""
    assert "no report yet: it would name the sides of blind rounds" in ended.err
    ended = program("run", "Why?", "--blind", "--report", "-")
    assert ended.out.startswith("# ")
    assert "the report names the sides of 1 round judged blind and not revealed" in ended.err


def test_two_programs_judge_a_blind_round_and_reveal_it_once(program: Program, ollama: Ollama):
    asked(program, ollama, "--blind", "--blind-seed", "7")
    with in_terminal(program, "score") as one, in_terminal(program, "score") as other:
        for terminal, given in ((one, "5"), (other, "2")):
            terminal.shows("1-5 score")
            terminal.press(given)
            terminal.shows(f"A: {given}/5 · now B")
        one.press("4")
        one.shows("A is")
        other.press("3")
        other.shows("A is")
        other.shows("1 judgement of another program loaded; the latest counts")
        for terminal in (one, other):
            terminal.press("q")
            assert terminal.ended() == 0
    rows = program.session("1")["judgements"]
    scores = [(row["value"], row["blinding"]) for row in rows if row["what"] == "score"]
    assert scores == [(5, "blind"), (2, "blind"), (4, "blind"), (3, "blind")]
    assert len(log(program, "reveal")) == 1
