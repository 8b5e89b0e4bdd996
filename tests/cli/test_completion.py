"""`bbtui completion`: each script is one that its shell takes, and completes every command."""

from __future__ import annotations

import shutil
import subprocess

import pytest

from bbtui.cli.parser import COMMANDS
from tests.cli.program import LIMIT_S, Program

SHELLS = ("bash", "zsh", "fish")


def complete_in_bash(program: Program, *words: str) -> list[str]:
    """Return what bash offers for the last of these words."""
    script = program("completion", "bash").out
    ask = (
        f"COMP_WORDS=({' '.join(map(repr, words))}); COMP_CWORD={len(words) - 1}\n"
        f"_shtab_bbtui bbtui '{words[-1]}' '{words[-2]}'\n"
        'printf "%s\\n" "${COMPREPLY[@]}"'
    )
    ended = subprocess.run(
        ["bash", "-c", f"{script}\n{ask}"],
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
        check=True,
    )
    return ended.stdout.split()


def test_bash_completes_commands_options_and_verbs(program: Program):
    assert set(complete_in_bash(program, "bbtui", "")) >= set(COMMANDS)
    assert complete_in_bash(program, "bbtui", "run", "--pri") == ["--print"]
    assert complete_in_bash(program, "bbtui", "pods", "sta") == ["start"]
    assert complete_in_bash(program, "bbtui", "report", "--format", "m") == ["md"]


@pytest.mark.parametrize("shell", SHELLS)
def test_shell_parses_its_script(program: Program, shell: str):
    ended = program("completion", shell)
    assert ended.code == 0
    assert "retry-errors" in ended.out
    if shutil.which(shell) is not None:
        subprocess.run([shell, "-n"], input=ended.out, text=True, timeout=LIMIT_S, check=True)


def test_other_shell_is_refused_with_the_known_ones(program: Program):
    ended = program("completion", "tcsh")
    assert ended.code == 2
    assert all(shell in ended.err for shell in ("'tcsh'", *SHELLS))
