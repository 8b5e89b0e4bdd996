from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from bbtui.clients import bash_syntax
from bbtui.clients.bash_syntax import parse_bash

needs_bash = pytest.mark.skipif(shutil.which("bash") is None, reason="no bash on this machine")


@needs_bash
def test_valid_code_has_no_error() -> None:
    assert parse_bash('set -eu\nfor f in *; do echo "$f"; done\n') is None
    assert parse_bash("") is None


@needs_bash
def test_syntax_error_names_its_line() -> None:
    fault = parse_bash("echo one\nif [ -d /tmp ]; then\n")
    assert fault is not None
    assert fault.startswith("line ")
    assert "unexpected end of file" in fault


@needs_bash
def test_nothing_is_executed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = tmp_path / "made"
    start_up = tmp_path / "start-up"
    start_up.write_text(f"touch {made}\n")
    monkeypatch.setenv("BASH_ENV", str(start_up))
    monkeypatch.setenv("ENV", str(start_up))
    assert parse_bash(f"touch {made}\necho $(touch {made}) `touch {made}`\nexit 3\n") is None
    assert not made.exists()


@needs_bash
def test_any_text_is_accepted() -> None:
    for code in ("\x00", "\ud800", "\x1b]0;x\x07 )", "é" * 100_000, "((" * 2_000):
        fault = parse_bash(code)
        assert fault is None or "\n" not in fault


def test_missing_bash_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert parse_bash("echo") == "not checked: bash is not installed"


def test_hanging_bash_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "bash").write_text("#!/bin/sh\nread -r _ </dev/zero\n")
    (tmp_path / "bash").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(bash_syntax, "_TIMEOUT_S", 0.2)
    assert parse_bash("echo") == "not checked: bash took longer than 0.2 s"
