"""Ctrl-C from the first line of the program on."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from bbtui.crashes import came_of_interrupt
from tests.cli.program import ROOT, Program

#: Runs bbtui as a module and interrupts it when it opens or imports the file named first.
_INTERRUPTED_AT = """
import os, runpy, signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)
where = sys.argv.pop(1)
sent = False

def audit(event, arguments):
    global sent
    if event == "import" and arguments[0] == where and not sent:
        sent = True
        os.kill(os.getpid(), signal.SIGINT)

sys.addaudithook(audit)
runpy.run_module("bbtui", run_name="__main__")
"""


@pytest.mark.parametrize(
    "module",
    [
        "argparse",
        "bbtui.cli.context",
        "bbtui.cli.parser",
        "bbtui.locations",
    ],
)
def test_interrupt_while_it_starts_is_exit_130_without_a_traceback(
    home: Path, tmp_path: Path, module: str
):
    done = subprocess.run(
        [sys.executable, "-c", _INTERRUPTED_AT, module, "sessions"],
        cwd=ROOT,
        env=Program(home, tmp_path).env(),
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "interrupted\n")


def test_interrupt_in_the_making_of_a_class_is_one():
    class Interrupted:
        def __set_name__(self, owner: type, name: str) -> None:
            raise KeyboardInterrupt

    with pytest.raises((RuntimeError, KeyboardInterrupt)) as caught:
        type("Made", (), {"name": Interrupted()})
    assert came_of_interrupt(caught.value)
    assert not came_of_interrupt(ValueError())


def test_interrupt_in_the_making_of_a_dataclass_is_exit_130(home: Path, tmp_path: Path):
    program = Program(home, tmp_path)
    ended = program("sessions", launcher=("tests.cli.conditions", "interrupted="))
    assert (ended.code, ended.out, ended.err) == (130, "", "interrupted\n")
