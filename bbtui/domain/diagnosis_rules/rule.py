"""The form of a rule, and the fixes that several rules share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum

from bbtui.domain.observation import ErrorReply, Observation

When = Callable[[Observation], bool]


class Hop(StrEnum):
    """The steps between a prompt and its answer, in order."""

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

    @property
    def label(self) -> str:
        """The name shown to the user; the value is what JSON holds."""
        if self is Hop.NAME:
            return "DNS"
        return self.upper() if self in {Hop.TCP, Hop.TLS, Hop.GPU} else self.value


@dataclass(frozen=True, slots=True)
class Rule:
    """A condition on what was observed, with the cause and the fix it means."""

    hop: Hop
    """The connection step that fails."""
    when: When
    """Returns whether the rule applies to an observation."""

    blocks: bool = True
    """Whether the endpoint cannot answer like this; otherwise it answers, but not as it should."""

    in_readme: bool = False
    """Whether it is in the README and not only in docs/."""

    when_text: str = ""
    """The condition in words, for the documents."""

    cause: str = ""
    """What is wrong. `message_values` fills the braces, here and in the fix."""

    fix: str = ""
    """What to do, with placeholders."""

    def texts(self, when: str, cause: str, fix: str) -> Rule:
        """Return the rule with its three texts; in a table they are the lines of its row."""
        return replace(self, when_text=when, cause=cause, fix=fix)


def replied(check: Callable[[ErrorReply], bool]) -> When:
    """Match an error reply that fulfils a condition."""
    return lambda seen: seen.error_reply is not None and check(seen.error_reply)


CHECK_API = 'check {setting} and its api ("ollama" or "openai")'
SLOWER = "wait a moment, then try again"
LOG = "see the server's log"
PRELOAD = "load the model first ({run}), then try again"
#: A model in memory does not answer for another reason.
SHORTEN = (
    "it is busy with other requests or a long prompt: try again later, or with a shorter prompt"
)
#: The proxy of a pod gives up on a long silence, and what is not behind it does not.
PAST_THE_PROXY = "or bypass the proxy with a direct TCP port or ssh -L"
