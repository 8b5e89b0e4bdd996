"""Usage errors: cause and fix, exit 2, no request; and -h."""

from __future__ import annotations

import argparse

import pytest

from bbtui.cli.parser import build_full_parser
from tests.cli.ollama import Ollama
from tests.cli.program import Program


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("sesions",), 'there is no command "sesions"; did you mean "sessions"?'),
        (("frobnicate",), 'there is no command "frobnicate"; known: run, demo'),
        (("what is a monad",), 'to send a prompt: bbtui run "…"'),
        (("run", "--serial", "--parallel"), "not allowed with argument --serial"),
        (("run", "-n", "0"), "must be a whole number of 1 or more, not '0'"),
        (("run", "-n", "20001"), "must be at most 20,000, not '20001'"),
        (("run", "--no-tui", "-n", "20000"), "× 1 × 20,000 = "),
        (("run", "--no-tui", "-n", "20000"), "a session can have at most 20,000"),
        (("run", "--no-tui", "-n", "20000"), "lower -n, or select fewer tasks (--task)"),
        (("run", "-n", "many"), "must be a whole number of 1 or more, not 'many'"),
        (("run", "--warmup", "-1"), "must be a whole number of 0 or more, not '-1'"),
        (("run", "--warmup", "101"), "must be at most 100, not '101'"),
        (("run", "--cooldown", "-1"), "must be a number of seconds, 0 or more, not '-1'"),
        (("run", "--cooldown", "1e9"), "must be at most 3600 seconds, not '1e9'"),
        (("run", "--cooldown", "nan"), "must be a number of seconds, 0 or more, not 'nan'"),
        (("run", "--cold", "--warmup", "1"), "a warm-up loads the model"),
        (("run", "--timeout", "-3"), "must be a number of seconds above 0, not '-3'"),
        (("run", "--timeout", "nan"), "must be a number of seconds above 0, not 'nan'"),
        (("run", "--blond"), "unrecognized arguments: --blond"),
        (("run", "--blond"), "see `bbtui run -h`"),
        (("run", "what", "is", "it"), "run: unrecognized arguments: is it"),
        (("run", "what", "is", "it"), 'quote a prompt of several words: bbtui run "…"'),
        (("report", "1", "2"), "see `bbtui report -h`"),
        (("run", "--seed", "x", "Hi"), "--seed: must be a whole number from 0 to 4294967295"),
        (("run", "--temperature", "9", "Hi"), "--temperature: must be a number from 0 to 2"),
        (("run", "--think", "hard", "Hi"), '--think: must be true, false, "low"'),
        (("run", "-e", "locl", "Hi"), 'unknown endpoint "locl"; did you mean "local"?'),
        (("run", "-m", "local", "Hi"), "must be NAME=MODEL, such as local=gemma3:1b"),
        (("run", "-m", "big=x", "Hi"), '-m big=x: unknown endpoint "big"'),
        (("run", "Hi", "--task", "x"), "PROMPT and --task cannot be combined"),
        (("run", "Hi", "--tasks", "x"), "PROMPT and --tasks cannot be combined"),
        (("run", "--task", "gitea-webhok"), 'did you mean "gitea-webhook"?'),
        (("run", "--tasks", "none.toml"), "none.toml: 1 problem"),
        (("run", "  "), "the prompt is empty"),
        (("run", "-"), "the prompt on stdin is empty"),
        (("run", "--retry-errors"), "--retry-errors needs --resume"),
        (("run", "Hi", "--report", "-", "--json", "-"), "cannot both write to stdout"),
        (("run", "Hi", "--report", "."), ". is a folder"),
        (
            ("run", "Hi", "--json", "no/where.json"),
            "cannot write no/where.json: there is no folder no",
        ),
        (("run", "--resume", "7"), "there is no session '7'"),
        (("run", "--resume"), "there is no session yet"),
        (("demo", "-m", "big=x"), "the models of the demo are fixed"),
        (("demo", "-e", "bog"), 'the demo has no endpoint "bog"'),
        (("report", "none.json"), "cannot read none.json: No such file or directory"),
        (("report", "--format", "pdf"), "invalid choice: 'pdf'"),
        (("sessions", "delete"), "the following arguments are required: ID"),
        (("sessions", "import", "none.json"), "cannot read none.json"),
        (("-c", "none.toml", "run"), "none.toml: 1 problem"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_wrong_command_line_is_exit_2_with_cause_and_fix(
    program: Program, ollama: Ollama, words: tuple[str, ...], sentence: str
):
    program.configure(local=ollama.url)
    ended = program(*words)
    assert ended.code == 2, ended.err
    assert sentence in ended.err
    assert ended.err.startswith("bbtui: ")
    assert ended.out == ""
    assert ollama.prompts == []


@pytest.mark.parametrize("words", [(), ("run",), ("run", "Hello?"), ("run", "--no-tui")])
def test_run_without_a_configuration_names_demo_and_init(program: Program, words: tuple[str, ...]):
    ended = program(*words)
    assert ended.code == 2
    cause, fix = ended.err.splitlines()
    assert cause.startswith("bbtui: ")
    assert "`bbtui demo`" in fix
    assert "`bbtui config init`" in fix


def test_prompt_that_is_not_utf_8_is_refused(program: Program, ollama: Ollama):
    program.configure(local=ollama.url)
    ended = program("run", "-", stdin=b"\xff\xfe")
    assert (ended.code, ended.out) == (2, "")
    assert "the prompt on stdin is not UTF-8 text" in ended.err


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("run",),
        ("demo",),
        ("score",),
        ("results",),
        ("report",),
        ("sessions",),
        ("sessions", "list"),
        ("sessions", "show"),
        ("sessions", "rename"),
        ("sessions", "delete"),
        ("sessions", "import"),
        ("config",),
        ("config", "init"),
        ("diff",),
        ("tasks",),
        ("tasks", "check"),
        ("themes",),
        ("themes", "check"),
        ("doctor",),
        ("pods",),
        ("pods", "list"),
        ("pods", "show"),
        ("pods", "start"),
        ("pods", "stop"),
    ],
    ids=" ".join,
)
def test_every_command_and_verb_has_help(program: Program, words: tuple[str, ...]):
    ended = program(*words, "-h")
    assert (ended.code, ended.err) == (0, "")
    assert ended.out.startswith(f"usage: {' '.join(('bbtui', *words))}")


def test_help_lists_commands_and_exit_codes(program: Program):
    out = program("--help").out
    commands = (
        "run",
        "demo",
        "pods",
        "sessions",
        "score",
        "results",
        "report",
        "diff",
        "tasks",
        "config",
        "themes",
    )
    for command in commands:
        assert f"\n    {command} " in out
    for code in (0, 1, 2, 3, 4, 130):
        assert f"\n  {code} " in out


def test_every_short_option_has_a_long_one() -> None:
    parsers, short = [build_full_parser()], {}
    while parsers:
        parser = parsers.pop()
        for action in parser._actions:
            if isinstance(action, argparse._SubParsersAction):
                parsers += action.choices.values()
            for one in (word for word in action.option_strings if not word.startswith("--")):
                longs = [word for word in action.option_strings if word.startswith("--")]
                assert longs, f"{parser.prog} {one}"
                short[one] = longs[0]
    assert short == {
        "-h": "--help",
        "-c": "--config",
        "-e": "--endpoint",
        "-m": "--model",
        "-n": "--trials",
        "-o": "--output",
    }
