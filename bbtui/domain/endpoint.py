"""Endpoints as a comparison knows them, the options sent to all of them, and their machines."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime
from enum import StrEnum
from typing import Literal

from bbtui.domain.dialect import Api
from bbtui.domain.gpu import GpuReading
from bbtui.domain.observation import Observation
from bbtui.domain.problem import NO_PROBLEM, Problem

Think = bool | Literal["low", "medium", "high", "max"]


@dataclass(frozen=True, slots=True)
class Options:
    """What is asked of every model alike; None is "not sent".

    Names and meanings are Ollama's (`num_ctx` in tokens, `num_predict` in tokens). The openai
    dialect sends what it has a word for; the report says what could not be sent.
    """

    temperature: float | None = None
    top_p: float | None = None
    top_k: int | None = None
    seed: int | None = None
    num_ctx: int | None = None
    num_predict: int | None = None
    stop: tuple[str, ...] | None = None
    think: Think | None = False

    def sent(self) -> dict[str, object]:
        """The options that are set, by name, in the order of this class."""
        values = ((field.name, getattr(self, field.name)) for field in fields(self))
        return {name: value for name, value in values if value is not None}


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A base URL and a model, with a name: one column of the comparison, as kept in a session.

    `address` is for reading, not for connecting: the part that would let a stranger in (a pod's
    id) is masked. Addresses, headers and keys to connect with come from the configuration, under
    the name `configured`: `base` is that name where this column is another model of that endpoint.
    """

    name: str
    label: str
    model: str
    api: Api
    address: str
    hardware: str = ""
    base: str = ""

    @property
    def configured(self) -> str:
        """The name under which the configuration has the address."""
        return self.base or self.name

    @property
    def embedded(self) -> bool:
        """Whether the program itself served it, as it does in the demo: there is no address."""
        return self.address.endswith("(embedded)")

    @property
    def title(self) -> str:
        """Label and model, but a label that says the model stands alone."""
        return self.label if says(self.label, self.model) else f"{self.label} · {self.model}"


def says(label: str, model: str) -> bool:
    """Whether a label ends in its model's name or is it, as that of a column that was added."""
    return f" · {label}".endswith(f" · {model}")


@dataclass(frozen=True, slots=True)
class Build:
    """Which weights and server answered: the facts that make two runs comparable.

    Empty or None is "the server did not say". `context_length` is in tokens, as running.
    """

    server: str = ""
    parameters: str = ""
    quantisation: str = ""
    digest: str = ""
    context_length: int | None = None


class HostState(StrEnum):
    """What the machine behind an endpoint is doing, as far as a probe could see."""

    UNKNOWN = "unknown"
    PREPARING = "preparing"
    LOADING = "loading"
    READY = "ready"
    UNREACHABLE = "unreachable"
    STOPPED = "stopped"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Host:
    """One look at the machine behind an endpoint.

    `words` says it in words ("assembling weights 61 %"; for a failure the cause), `hint` names a
    fix. `loaded` is whether the model is in memory (None: not known). `gpu_share` is the part of
    the loaded model that is on a GPU, 0 to 1; `gpu_there`: the machine has one (None: not known).
    `unloads_at` is when the server will drop the model: a time with its zone, or None when not
    known or never. Only the end of a request moves it: in the past, the model is busy. `full`:
    every place for a request is taken. `cards` are this machine's, where it is the one.
    `observed` is what the words of one that does not answer rest on.
    """

    state: HostState
    problem: Problem = NO_PROBLEM
    build: Build = Build()
    loaded: bool | None = None
    gpu_share: float | None = None
    unloads_at: datetime | None = None
    stays_loaded: bool = False
    gpu_there: bool | None = None
    full: bool | None = None
    cards: tuple[GpuReading, ...] = ()
    observed: Observation | None = None
    detail: str = ""

    @property
    def description(self) -> str:
        """Return the cause of the problem, or else the detail."""
        return self.problem.cause or self.detail


UNKNOWN_HOST = Host(HostState.UNKNOWN)
