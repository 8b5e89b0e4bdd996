"""The entry point: what it imports, and how it reports unexpected errors."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

import bbtui
from bbtui import __main__ as entry
from tests.cli.program import ROOT, Program

#: click makes httpx import rich; import-linter brings click, a user's machine need not.
_PREPARE = "import sys; sys.modules['click'] = None\n"


def loaded_after(code: str) -> set[str]:
    """Return the top-level packages that a fresh interpreter has loaded after this code."""
    done = subprocess.run(
        [sys.executable, "-c", f"{_PREPARE}{code}\nprint(*sys.modules, file=sys.stderr)"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return {name.partition(".")[0] for name in done.stderr.split()}


@pytest.mark.parametrize(
    "module",
    [
        "bbtui.engine.comparison",
        "bbtui.clients.ports",
        "bbtui.clients.factory",
        "bbtui.store.sessions",
        "bbtui.report",
    ],
)
def test_lower_rooms_import_no_textual(module: str):
    assert loaded_after(f"import {module}").isdisjoint({"textual", "rich"})


@pytest.mark.parametrize("words", [["--version"], ["-h"], ["run", "-h"], ["demo", "-h"]])
def test_help_and_version_import_no_heavy_package(words: list[str]):
    code = f"from bbtui.__main__ import main\ntry:\n    main({words})\nexcept SystemExit:\n    pass"
    assert loaded_after(code).isdisjoint({"textual", "httpx", "jinja2", "xllamacpp", "sqlite3"})


def test_screen_starts_before_httpx_and_jinja_are_imported(home: Path, tmp_path: Path):
    config = Program(home, tmp_path).configure(local="http://127.0.0.1:9")
    loaded = loaded_after(
        "import bbtui.ui.app\n"
        "def screen(open_workspace):\n    print('SCREEN')\n    return 0\n"
        "bbtui.ui.app.run_screen = screen\n"
        "sys.stdin.isatty = sys.stdout.isatty = sys.stderr.isatty = lambda: True\n"
        "from bbtui.__main__ import main\n"
        f"assert main(['-c', {str(config)!r}]) == 0"
    )
    assert "textual" in loaded
    assert loaded.isdisjoint({"httpx", "jinja2", "xllamacpp"})


def test_version_is_that_of_the_package(bbtui_program: Program):
    ended = bbtui_program("--version")
    assert (ended.code, ended.out) == (0, f"bbtui {bbtui.__version__}\n")


def test_console_script_prints_the_version(bbtui_program: Program):
    script = Path(sys.executable).with_name("bbtui")
    done = subprocess.run([script, "--version"], capture_output=True, text=True, check=True)
    assert done.stdout == bbtui_program("--version").out


def test_closed_streams_are_no_error(bbtui_program: Program):
    command = 'exec "$0" -m bbtui sessions <&- >&- 2>&-'
    done = subprocess.run(["sh", "-c", command, sys.executable], env=bbtui_program.env())
    assert done.returncode == 0


def test_unexpected_error_is_one_line_and_its_traceback_in_the_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    def parse(_: object) -> None:
        raise ZeroDivisionError("of all things")

    monkeypatch.setattr(entry, "parse", parse)
    monkeypatch.setenv("BBTUI_DATA_DIR", str(tmp_path / "data"))
    assert entry.main(["run"]) == 1
    assert entry.main(["run"]) == 1
    log = tmp_path / "data" / "bbtui.log"
    err = capsys.readouterr().err
    assert "unexpected error: ZeroDivisionError('of all things')" in err
    assert str(log) in err
    assert "Traceback" not in err
    assert log.read_text(encoding="utf-8").count("Traceback (most recent call last)") == 2


def test_unwritable_log_is_replaced_by_a_temporary_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    def parse(_: object) -> None:
        raise ZeroDivisionError

    (tmp_path / "file").write_text("", encoding="utf-8")
    monkeypatch.setattr(entry, "parse", parse)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setenv("BBTUI_DATA_DIR", str(tmp_path / "file" / "data"))
    assert entry.main(["run"]) == 1
    (log,) = tmp_path.glob("bbtui-*.log")
    assert str(log) in capsys.readouterr().err
    assert "Traceback" in log.read_text(encoding="utf-8")


def test_crash_of_a_thread_is_logged_without_the_key(
    home: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
):
    def stream(*_: object) -> None:
        illegal = "Illegal header value b'Bearer s3cret'"
        raise httpx.LocalProtocolError(illegal)

    monkeypatch.setattr("bbtui.clients.ollama.chat.OllamaSource.stream", stream)
    monkeypatch.setenv("BBTUI_DATA_DIR", str(tmp_path / "data"))
    config = Program(home, tmp_path).configure(local="http://127.0.0.1:9")
    assert entry.main(["-c", str(config), "run", "Hello?", "--no-tui"]) == 3
    log = (tmp_path / "data" / "bbtui.log").read_text(encoding="utf-8")
    assert "internal error while reading this answer: LocalProtocolError" in capsys.readouterr().err
    assert ", in stream\n" in log
    assert log.rstrip().endswith("LocalProtocolError")
    stored = b"".join(file.read_bytes() for file in (tmp_path / "data").iterdir())
    assert b"s3cret'" not in stored


@pytest.fixture(autouse=True)
def _signals() -> Iterator[None]:
    before = {
        number: signal.getsignal(number)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    }
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.fixture
def bbtui_program(home: Path, tmp_path: Path) -> Program:
    return Program(home, tmp_path)
