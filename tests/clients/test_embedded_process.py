"""The children of the engine: how they start, and that they never outlive their program."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from bbtui.clients.embedded import child
from bbtui.clients.embedded.child import Serve
from bbtui.clients.embedded.served_model import EngineProcess
from bbtui.errors import EndpointError
from tests.clients.processes import assert_ends_with, needs_pidfd

pytestmark = [pytest.mark.engine, pytest.mark.xdist_group("engine")]


def serve(path: Path) -> Serve:
    return Serve(
        path=str(path),
        alias="test:1b",
        context=512,
        threads=1,
        template="",
        stop=[],
        repeat_penalty=1.0,
        key="secret",
        parent=os.getpid(),
    )


@pytest.fixture
def never_loaded(tmp_path: Path) -> Path:
    """Weights that block whoever opens them: a model that loads for ever."""
    path = tmp_path / "slow.gguf"
    os.mkfifo(path)
    return path


@pytest.fixture
def children() -> Iterator[list[EngineProcess]]:
    started: list[EngineProcess] = []
    yield started
    for process in started:
        process.close()
        process.release()


def test_invalid_weights_quote_llama_cpp(
    tmp_path: Path, children: list[EngineProcess], capfd: pytest.CaptureFixture[str]
) -> None:
    path, log = tmp_path / "bad.gguf", tmp_path / "logs" / "engine.log"
    path.write_bytes(b"this is no model")
    children.append(EngineProcess(serve(path), log))
    with pytest.raises(EndpointError) as raised:
        children[0].address()
    assert raised.value.message == (
        "test:1b cannot be loaded: invalid magic characters: 'this', expected 'GGUF'"
    )
    assert raised.value.fix == f"the engine's log: {log}"
    assert capfd.readouterr() == ("", "")


def test_error_is_reported_without_a_log_folder(
    tmp_path: Path, children: list[EngineProcess]
) -> None:
    (tmp_path / "bad.gguf").write_bytes(b"this is no model")
    (tmp_path / "logs").write_bytes(b"a file where a folder should be")
    children.append(EngineProcess(serve(tmp_path / "bad.gguf"), tmp_path / "logs" / "engine.log"))
    with pytest.raises(EndpointError, match=r"^test:1b cannot be loaded: \w"):
        children[0].address()


@pytest.mark.parametrize(
    ("number", "words"),
    [(signal.SIGKILL, "out of memory"), (signal.SIGILL, "lacks instructions")],
)
def test_child_killed_while_loading_is_reported(
    tmp_path: Path,
    never_loaded: Path,
    children: list[EngineProcess],
    number: signal.Signals,
    words: str,
) -> None:
    children.append(EngineProcess(serve(never_loaded), tmp_path / "engine.log"))
    assert children[0].ended() is None
    os.kill(children[0].pid, number)
    with pytest.raises(EndpointError) as raised:
        children[0].address()
    assert raised.value.message == f"the engine of test:1b has ended (exit {-number})"
    assert words in raised.value.fix


def test_child_that_ends_in_mid_reply_is_reported(
    tmp_path: Path, children: list[EngineProcess], monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "half.py"
    program.write_text("print('{\"addr', end='', flush=True)\nraise SystemExit(7)\n")
    monkeypatch.setattr(child, "__file__", str(program))
    children.append(EngineProcess(serve(tmp_path / "any.gguf"), tmp_path / "engine.log"))
    with pytest.raises(EndpointError, match=r"the engine of test:1b has ended \(exit 7\)"):
        children[0].address()


def test_close_while_loading(
    tmp_path: Path, never_loaded: Path, children: list[EngineProcess]
) -> None:
    children.append(EngineProcess(serve(never_loaded), tmp_path / "engine.log"))
    children[0].close()
    assert children[0].ended() is not None
    children[0].close()


def test_ctrl_c_does_not_reach_the_child(
    tmp_path: Path, never_loaded: Path, children: list[EngineProcess]
) -> None:
    children.append(EngineProcess(serve(never_loaded), tmp_path / "engine.log"))
    assert os.getsid(children[0].pid) == children[0].pid
    assert os.getpgid(children[0].pid) == children[0].pid


LOADING_PARENT = """
import json, sys, threading
from pathlib import Path
from bbtui.clients.embedded.served_model import EngineProcess
process = EngineProcess({**json.loads(sys.argv[1]), "parent": __import__("os").getpid()},
                        Path(sys.argv[2]))
print(process.pid, flush=True)
threading.Event().wait()
"""


#: In the place of the real module: reports that it loads, then never lets Python run again, as
#: llama.cpp does for as long as it loads.
ENDLESS_LOAD = """
import ctypes, os
from types import SimpleNamespace as Anything
def CommonParams():
    return Anything(**{name: Anything() for name in (
        "model", "cpuparams", "cpuparams_batch", "sampling")})
def Server(params):
    with open(os.environ["LOADING"], "w") as loading:
        loading.write("now")
    ctypes.PyDLL(None).pause()
"""


@needs_pidfd
@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's signal is Linux's")
def test_killed_program_leaves_no_loading_child(tmp_path: Path) -> None:
    modules, loading = tmp_path / "modules", tmp_path / "loading"
    modules.mkdir()
    (modules / "xllamacpp.py").write_text(ENDLESS_LOAD)
    os.mkfifo(loading)
    command = [sys.executable, "-c", LOADING_PARENT, json.dumps(serve(tmp_path / "any.gguf"))]
    with subprocess.Popen(
        [*command, str(tmp_path / "engine.log")],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(modules), "LOADING": str(loading)},
    ) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        assert loading.read_text() == "now"
        assert_ends_with(parent, [child])
