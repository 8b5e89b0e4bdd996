"""What the set-up screen says of places, models and choices."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

from bbtui.domain.address import THIS_MACHINE, host_key, mask_url, written_url
from bbtui.domain.candidate import Candidate, Selection, ServerFound
from bbtui.domain.host import Host
from bbtui.domain.pod import Pod
from bbtui.domain.problem import Problem
from bbtui.formatting.money import format_price
from bbtui.formatting.sanitize import clean_name
from bbtui.ui.messages import HOST_SYMBOLS

#: What takes longer shows that it runs, in s.
SHOW_AFTER_S = 0.3

ADDRESS_HELP = "any address: box, :8080, https://…, POD-11434.proxy.runpod.net"


def where(url: str) -> str:
    """Host and port of a base URL, as it may be shown."""
    shown = urlsplit(mask_url(url))
    return f"{shown.netloc}{shown.path}"


def read_address(text: str) -> tuple[str | None, str]:
    """The base URL that a typed address means, or what is wrong with it; neither for no text."""
    if not text.strip():
        return None, ""
    try:
        return written_url(text), ""
    except ValueError as error:
        return None, str(error)


def looking_words(waited_s: float | None, what: str = "looking") -> str:
    """`what` is under way and for how long; "" while it is too early to tell."""
    if waited_s is None or waited_s < SHOW_AFTER_S:
        return ""
    return f"{what} {waited_s:.1f} s"


def answers_words(answers: ServerFound) -> str:
    """``Ollama 0.33.3 · 4 models``."""
    count = len(answers.models)
    models = "no model yet" if not count else "1 model" if count == 1 else f"{count} models"
    return f"{clean_name(answers.server)} · {models}"


def pod_words(pod: Pod) -> str:
    """``stopped · NVIDIA L40S · $0.79/h``."""
    price = pod.cost_per_hour or pod.last_cost_per_hour
    told = format_price(price) if price else "price unknown"
    return " · ".join((pod.state_words, pod.machine_words, told))


def why_unusable(place: Candidate) -> str:
    """What keeps a place from being picked, "" for nothing."""
    if place.pod is not None and not place.url:
        return "it exposes no port over http: add 11434/http to its ports in the console"
    return ""


def silent_usual(places: Sequence[Candidate]) -> list[str]:
    """Where nothing answers on this machine, and nobody said that something would."""
    return [where(p.url) for p in places if isinstance(p.found, Problem) and not p.known]


def together_words(picks: Sequence[Selection]) -> str:
    """What two picks on one host mean for the measuring; "" for picks on different ones."""
    hosts = [host_key(pick.place.url) for pick in picks]
    if len(hosts) == len(set(hosts)):
        return ""
    there = THIS_MACHINE if hosts[0] == THIS_MACHINE else "one machine"
    return f"both on {there}: they run one after the other, so that neither slows the other down"


def check_words(pick: Selection, host: Host | None, checking_s: float | None) -> tuple[str, str]:
    """How a pick stands, with its symbol, and a fix where there is one."""
    pod = pick.place.pod
    if pod is not None and not pod.running:
        return f"○ the pod is {pod.state_words}", ""
    if host is None:
        return f"◌ {looking_words(checking_s)}".rstrip(), ""
    parts = [f"{HOST_SYMBOLS[host.state]} {host.description or host.state}"]
    if host.loaded is not None and not host.problem.fix:
        parts.append("in memory" if host.loaded else "not in memory yet")
    if host.gpu_share is not None:
        parts.append("on CPU" if host.gpu_share == 0 else f"{host.gpu_share * 100:.0f} % GPU")
    return " · ".join(parts), host.problem.fix


def short_path(path: Path) -> str:
    """The path with the home folder as ``~``."""
    try:
        return f"~/{path.relative_to(Path.home())}"
    except (ValueError, RuntimeError):
        return str(path)
