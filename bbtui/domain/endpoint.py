"""Endpoints as a comparison knows them, and the options sent to all of them."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Literal

from bbtui.domain.cost import TokenPrice

#: The API that a server speaks.
Api = Literal["ollama", "openai"]
Think = bool | Literal["low", "medium", "high", "max"]


@dataclass(frozen=True, slots=True)
class Options:
    """The options sent to every model alike; None is "not sent".

    Names and meanings are Ollama's. The OpenAI API has no parameter for some of them; the report
    lists what could not be sent.
    """

    temperature: float | None = None
    """The sampling temperature."""
    top_p: float | None = None
    """The nucleus: the total probability of the tokens to sample from."""
    top_k: int | None = None
    """The number of the likeliest tokens to sample from."""
    seed: int | None = None
    """The random seed."""

    num_ctx: int | None = None
    """The context, in tokens."""

    num_predict: int | None = None
    """The token limit of an answer."""

    stop: tuple[str, ...] | None = None
    """Texts that end the answer."""
    think: Think | None = False
    """The thinking mode."""

    def sent(self) -> dict[str, object]:
        """Return the options that are set, by name, in the order of this class."""
        values = ((field.name, getattr(self, field.name)) for field in fields(self))
        return {name: value for name, value in values if value is not None}


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A base URL and a model, with a name: one column of the comparison, as saved in a session."""

    name: str
    """Its id in the session."""
    label: str
    """Its name on screen and in the report."""
    model: str
    """The model's name on the server."""
    api: Api
    """The API of the server."""

    address: str
    """For display, not for connecting: what would give access (a pod's id) is masked."""

    hardware: str = ""
    """Its hardware in the user's words; "" if unknown."""

    base: str = ""
    """The configured endpoint of which this column is another model, "" for a configured one."""

    price: TokenPrice | None = None
    """What its API charges; None where that is not configured."""

    @property
    def configured(self) -> str:
        """Return the name under which the configuration has address, headers and keys."""
        return self.base or self.name

    @property
    def embedded(self) -> bool:
        """Return whether the program itself serves it, as in the demo: it has no address."""
        return self.address.endswith("(embedded)")

    @property
    def title(self) -> str:
        """Return label and model, or the label alone if it names the model."""
        if names_model(self.label, self.model):
            return self.label
        return f"{self.label} · {self.model}"


def names_model(label: str, model: str) -> bool:
    """Return whether a label is its model's name or ends in it, as that of an added column."""
    return f" · {label}".endswith(f" · {model}")
