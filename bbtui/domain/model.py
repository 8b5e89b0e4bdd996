"""The models a server has: on its disk, in its memory, and one that is being fetched."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from bbtui.formatting.durations import NS_PER_S

#: The rate of a download is that of its last seconds: it follows a change, and does not flicker.
PACE_WINDOW_NS = 10 * NS_PER_S


@dataclass(frozen=True, slots=True)
class Model:
    """One model of a server, as far as the server tells; None and "" are "not told".

    `size` is in bytes on its disk, `context_length` what the model was trained for, in tokens.
    `loaded` is whether it is in memory; then `running_context` is the context it runs with and
    `gpu_share` the part of it on a GPU, 0 to 1. `elsewhere` names the host that answers for a model
    this server only passes on; `chats` is False for one that answers no prompts (it embeds).
    """

    name: str
    size: int | None = None
    parameters: str = ""
    quantisation: str = ""
    context_length: int | None = None
    loaded: bool | None = None
    running_context: int | None = None
    gpu_share: float | None = None
    elsewhere: str = ""
    chats: bool = True


@dataclass(frozen=True, slots=True)
class ModelListing:
    """Every model of a server; `unsure` says why it is not known which of them are loaded."""

    models: tuple[Model, ...] = ()
    unsure: str = ""

    def find(self, name: str) -> Model | None:
        """The model of that name; None if the server does not have it."""
        wanted = full_name(name)
        return next((model for model in self.models if full_name(model.name) == wanted), None)


@dataclass(frozen=True, slots=True)
class PullProgress:
    """How far a pull is.

    `words` are the server's own. `total` and `completed` are bytes of all parts named so far: the
    parts come one after the other, so `total` may still grow. `unsized` counts the parts of which
    the server does not tell the size.
    """

    status: str
    total: int = 0
    completed: int = 0
    unsized: int = 0


def full_name(model: str) -> str:
    """A name by which models are told apart: Ollama means ``:latest`` where no tag is given."""
    name = model.casefold()
    return name if ":" in name.rpartition("/")[2] else f"{name}:latest"


class TransferRate:
    """The rate of something that is counted in bytes, over its last ten seconds."""

    def __init__(self) -> None:
        self._noted: deque[tuple[int, int]] = deque()

    def note(self, at_ns: int, completed: int) -> None:
        """So many bytes were there at that time."""
        self._noted.append((at_ns, completed))
        # Kept: what is inside the window, and the last one before it, where the window begins.
        while len(self._noted) > 2 and self._noted[1][0] <= at_ns - PACE_WINDOW_NS:
            self._noted.popleft()

    @property
    def rate(self) -> float | None:
        """Bytes per second; None before there are two counts, or where nothing moves."""
        if len(self._noted) < 2:
            return None
        (first_ns, first), (last_ns, last) = self._noted[0], self._noted[-1]
        if last_ns <= first_ns or last <= first:
            return None
        return (last - first) * NS_PER_S / (last_ns - first_ns)

    def left_s(self, fetched: PullProgress) -> float | None:
        """How long the rest of what is named will take, in s; None where there is no rate."""
        rate = self.rate
        return None if rate is None else max(0, fetched.total - fetched.completed) / rate
