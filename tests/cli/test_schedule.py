"""Warm-ups and pauses of a run without a screen."""

from __future__ import annotations

from tests.cli.ollama import Ollama
from tests.cli.program import Program
from tests.cli.terminal import in_terminal


def test_pause_is_counted_down_on_a_terminal(program: Program, ollama: Ollama):
    program.configure(local=ollama.url)
    with in_terminal(program, "run", "--no-tui", "Hello?", "-n", "2", "--cooldown", "1") as run:
        run.shows("cools down, 1 s left")
        run.shows("[2/2] local  prompt-1 ×2")
        assert run.ended() == 0


def test_warm_ups_are_in_no_count_and_no_figure(program: Program, ollama: Ollama):
    program.configure(local=ollama.url)
    ended = program("run", "Hello?", "--warmup", 2)
    assert ended.code == 0
    assert "[1/1] local" in ended.err
    assert "#1 saved: 1 of 1 answered" in ended.err
    assert len(ollama.prompts) == 3
    assert len(program.session("1")["answers"]) == 1
    assert "2 warm-up requests to each endpoint before its first measured one" in ended.out
