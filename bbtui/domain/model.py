"""The models of a server, and the progress of a download."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from bbtui.formatting.durations import NS_PER_S

#: The rate of a download is that of its last seconds: it follows a change, and does not flicker.
PACE_WINDOW_NS = 10 * NS_PER_S
#: A download that has not grown for so long is stalled.
STALLED_NS = 5 * NS_PER_S


@dataclass(frozen=True, slots=True)
class Model:
    """One model of a server; None and "" are not reported."""

    name: str
    """Its name with the tag."""

    size: int | None = None
    """In bytes, on disk."""

    parameters: str = ""
    """The number of parameters, such as "1.0B"."""
    quantisation: str = ""
    """The quantization, such as "Q4_K_M"."""

    context_length: int | None = None
    """What the model was trained for, in tokens."""

    loaded: bool | None = None
    """Whether it is in memory."""

    running_context: int | None = None
    """The context it runs with, in tokens."""

    gpu_share: float | None = None
    """The part of it on a GPU, 0 to 1."""

    elsewhere: str = ""
    """The host that runs a model which this server only proxies."""

    chats: bool = True
    """Whether it answers prompts; False for an embedding model."""


@dataclass(frozen=True, slots=True)
class ModelListing:
    """Every model of a server."""

    models: tuple[Model, ...] = ()
    """The models, in the order of the server."""

    unsure: str = ""
    """Why it is not known which of them are loaded."""

    def find(self, name: str) -> Model | None:
        """Return the model of that name; None if the server does not have it."""
        wanted = full_name(name)
        return next((model for model in self.models if full_name(model.name) == wanted), None)


@dataclass(frozen=True, slots=True)
class PullProgress:
    """The progress of a download."""

    status: str
    """The server's own message."""

    total: int = 0
    """Bytes of all parts reported so far; it grows, because parts are reported one by one."""

    completed: int = 0
    """Bytes of these parts that are downloaded."""

    unsized: int = 0
    """Parts whose size the server does not report."""


def full_name(model: str) -> str:
    """Return a name for comparing models: without a tag, Ollama means ``:latest``."""
    name = model.casefold()
    return name if ":" in name.rpartition("/")[2] else f"{name}:latest"


class TransferRate:
    """The rate of a transfer over its last ten seconds."""

    def __init__(self) -> None:
        self._noted: deque[tuple[int, int]] = deque()
        self._grew_ns: int | None = None

    def note(self, at_ns: int, completed: int) -> None:
        """Record that `completed` bytes were transferred at that time."""
        if not self._noted or completed != self._noted[-1][1]:
            self._grew_ns = at_ns
        self._noted.append((at_ns, completed))
        # Kept: what is inside the window, and the last one before it, where the window begins.
        while len(self._noted) > 2 and self._noted[1][0] <= at_ns - PACE_WINDOW_NS:
            self._noted.popleft()

    def stalled(self, now_ns: int) -> bool:
        """Return whether nothing has been transferred for some seconds, reported or not."""
        return self._grew_ns is not None and now_ns - self._grew_ns >= STALLED_NS

    @property
    def rate(self) -> float | None:
        """Return bytes per second; None before two counts, or where nothing moves."""
        if len(self._noted) < 2:
            return None
        (first_ns, first), (last_ns, last) = self._noted[0], self._noted[-1]
        if last_ns <= first_ns or last <= first:
            return None
        return (last - first) * NS_PER_S / (last_ns - first_ns)

    def left_s(self, fetched: PullProgress) -> float | None:
        """Return the seconds for the remaining bytes; None without a rate."""
        rate = self.rate
        return None if rate is None else max(0, fetched.total - fetched.completed) / rate
