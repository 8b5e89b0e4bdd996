"""Texts of the set-up screen: addresses, servers, pods, checks, and what is missing."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlsplit

from textual.content import Content

from bbtui.domain.address import THIS_MACHINE, host_key, mask_url
from bbtui.domain.candidate import Candidate, Selection, ServerFound
from bbtui.domain.host import Host
from bbtui.domain.pod import Pod
from bbtui.domain.problem import Problem
from bbtui.engine.discovery import Discovery
from bbtui.formatting.numbers import format_price
from bbtui.formatting.sanitize import clean_name
from bbtui.formatting.text import counted
from bbtui.ui.messages import HOST_SYMBOLS

#: A check that takes longer shows its time, in s.
SHOW_AFTER_S = 0.3
_NOTHING_FOUND = (
    "No model found. Start a server (ollama serve) and press r, press u to enter\n"
    "an address, or press d for the demo with two models of its own."
)
_NO_KEY = "pods: set RUNPOD_API_KEY to list your pods here"


def shown_address(url: str) -> str:
    """Return host, port and path of a base URL without what gives access."""
    shown = urlsplit(mask_url(url))
    return f"{shown.netloc}{shown.path}"


def checking_text(elapsed_s: float | None, what: str = "checking") -> str:
    """Return what is under way and for how long; "" while that is too short to show."""
    if elapsed_s is None or elapsed_s < SHOW_AFTER_S:
        return ""
    return f"{what} {elapsed_s:.1f} s"


def server_text(server: ServerFound) -> str:
    """Return ``Ollama 0.33.3 · 4 models``."""
    models = counted(len(server.models), "model") if server.models else "no models"
    return f"{clean_name(server.server)} · {models}"


def pod_text(pod: Pod) -> str:
    """Return ``stopped · NVIDIA L40S · $0.79/h``."""
    price = pod.cost_per_hour or pod.last_cost_per_hour
    shown = format_price(price) if price else "price unknown"
    return " · ".join((pod.state_text, pod.hardware_text, shown))


def why_unusable(candidate: Candidate) -> str:
    """Return why no model of a candidate can be selected, "" if one can."""
    if candidate.pod is not None and not candidate.url:
        return "no HTTP port exposed: add 11434/http to the pod's ports in the console"
    return ""


def same_machine_text(selections: Sequence[Selection]) -> str:
    """Return what two selections on one machine mean for timings; "" on different ones."""
    hosts = [host_key(selection.candidate.url) for selection in selections]
    if len(hosts) == len(set(hosts)):
        return ""
    there = THIS_MACHINE if hosts[0] == THIS_MACHINE else "one machine"
    return f"both on {there}: they run sequentially, so that neither slows down the other"


def check_text(selection: Selection, host: Host | None, elapsed_s: float | None) -> tuple[str, str]:
    """Return the state of a selection, which begins with its symbol, and the fix if it has one."""
    pod = selection.candidate.pod
    if pod is not None and not pod.running:
        return f"○ the pod is {pod.state_text}", ""
    if host is None:
        return f"◌ {checking_text(elapsed_s)}".rstrip(), ""
    parts = [f"{HOST_SYMBOLS[host.state]} {host.description or host.state}"]
    if host.loaded is not None and not host.problem.fix:
        parts.append("loaded" if host.loaded else "not loaded")
    if host.gpu_share is not None:
        parts.append("on CPU" if host.gpu_share == 0 else f"{host.gpu_share * 100:.0f} % GPU")
    return " · ".join(parts), host.problem.fix


def discovery_remarks(
    discovery: Discovery, candidates: Sequence[Candidate], *, selectable: bool
) -> list[Content]:
    """Return what is missing and what to do, the most important first.

    `selectable` is whether there is a model to select.
    """
    remarks = []
    problem = discovery.pods_error
    if problem is not None:
        cause = Content.assemble(("✗", "$text-error"), f" pods: {clean_name(problem.cause)}")
        fix = Content.styled(f"  {clean_name(problem.fix)}", "$foreground-muted")
        remarks.append(Content("\n").join([cause, fix]))
    if discovery.checking_s is None:
        if not selectable:
            remarks.append(Content(_NOTHING_FOUND))
        # Silence at a default port is no error: only its addresses are listed.
        silent = [c.url for c in candidates if isinstance(c.found, Problem) and not c.known]
        if silent:
            addresses = ", ".join(map(shown_address, silent))
            remarks.append(Content.styled(f"no server at {addresses}", "$foreground-muted"))
    if not discovery.can_list_pods:
        remarks.append(Content.styled(_NO_KEY, "$foreground-muted"))
    return remarks
