"""The form of a row of the diagnosis table, and the fixes that several rows share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from bbtui.domain.observation import ErrorReply, Observation

When = Callable[[Observation], bool]


class Hop(StrEnum):
    """The stations between a prompt and its answer, in the order of travel."""

    NAME = "name"
    TCP = "tcp"
    TLS = "tls"
    PROXY = "proxy"
    POD = "pod"
    SERVER = "server"
    VERSION = "version"
    MODEL = "model"
    LOADED = "loaded"
    GPU = "gpu"
    CONTEXT = "context"
    ROUND_TRIP = "round trip"


@dataclass(frozen=True, slots=True)
class Rule:
    """A row: a condition on what was observed, the hop it concerns, a cause and a fix.

    `when_text` says the condition in words, for the documents. Words in braces, in cause and fix,
    are those of `message_values`. `blocks`: nothing can be answered like this; otherwise it can,
    though not as it should be. `in_readme`: it is in the README and not only in docs/.
    """

    hop: Hop
    when_text: str
    when: When
    cause: str
    fix: str
    blocks: bool = True
    in_readme: bool = False


def replied(check: Callable[[ErrorReply], bool]) -> When:
    """A whole reply that is not what was asked for, and of which this holds."""
    return lambda seen: seen.error_reply is not None and check(seen.error_reply)


CHECK_API = 'check {setting} and its api ("ollama" or "openai")'
SLOWER = "wait a moment, then try again"
LOG = "see the server's log"
PRELOAD = "load the model first ({run}), then try again"
#: A model in memory is silent for another reason.
SHORTEN = (
    "it is busy with other requests or a long prompt: try again later, or with a shorter prompt"
)
#: The proxy of a pod gives up on a long silence, and what is not behind it does not.
PAST_THE_PROXY = "or bypass the proxy with a direct TCP port or ssh -L"
