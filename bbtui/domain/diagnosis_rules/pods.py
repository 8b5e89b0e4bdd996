"""Rules for how the state of a pod explains an answer that does not arrive.

The state alone never counts against an endpoint that answers. The time limits are those after
which a started container can be expected to serve.
"""

from __future__ import annotations

from bbtui.domain.diagnosis_rules.rule import Hop, Rule, When
from bbtui.domain.observation import NetworkFailure, Observation
from bbtui.domain.pod import Pod, PodAction, PodStatus, find_blocker

#: Seconds after which a port that is declared is known to the proxy.
_PORT_WITHIN_S = 60
#: Seconds after which a server has started, image and all.
_SERVER_WITHIN_S = 180

_CONSOLE = "check it in the provider's console"


def _pod(seen: Observation) -> Pod | None:
    """Return the pod if the endpoint did not answer; None otherwise."""
    replied = seen.error_reply is not None and seen.error_reply.error is not None
    return None if seen.server is not None or replied else seen.pod


def _is(*statuses: PodStatus, startable: bool = False) -> When:
    """Match a pod with one of these statuses; if `startable`, only one that can be started."""

    def when(seen: Observation) -> bool:
        pod = _pod(seen)
        if pod is None or pod.status not in statuses:
            return False
        return not startable or find_blocker(pod, PodAction.START) is None

    return when


_is_terminated = _is(PodStatus.TERMINATED)
_is_running = _is(PodStatus.RUNNING)


def _is_gone(seen: Observation) -> bool:
    return _is_terminated(seen) or (seen.pod_gone and seen.server is None)


def _up(seen: Observation) -> int | None:
    """Return the uptime of the container in s; None if it is not running or unknown."""
    pod = _pod(seen)
    return pod.uptime_s if pod is not None and pod.running else None


def _status(seen: Observation) -> int:
    return 0 if seen.error_reply is None else seen.error_reply.status


def _not_listening(seen: Observation) -> bool:
    return _status(seen) == 502 or 520 <= _status(seen) <= 523


def _hides_port(seen: Observation) -> bool:
    # A 404 in plain text is Ollama's own.
    page = seen.error_reply is not None and seen.error_reply.media != "text/plain"
    return _is_running(seen) and _status(seen) == 404 and page


def _serves_nothing(seen: Observation) -> bool:
    return _is_running(seen) and _status(seen) == 502


def boots(seen: Observation) -> bool:
    """Return whether its container runs and its server has not had the time to start."""
    up = _up(seen)
    if up is None:
        return False
    young = _hides_port(seen) and up < _PORT_WITHIN_S
    return young or (_not_listening(seen) and up < _SERVER_WITHIN_S)


def _hides_port_at_unknown_age(seen: Observation) -> bool:
    return _hides_port(seen) and _up(seen) is None


def _serves_nothing_at_unknown_age(seen: Observation) -> bool:
    return _serves_nothing(seen) and _up(seen) is None


def _is_overloaded(seen: Observation) -> bool:
    limits = (NetworkFailure.READ_TIMEOUT, NetworkFailure.INCOMPLETE)
    silent = seen.network_failure in limits or _status(seen) == 524
    return _is_running(seen) and silent and not seen.prompted


def _is_unknown(seen: Observation) -> bool:
    pod = _pod(seen)
    return pod is not None and seen.failed and pod.status not in tuple(PodStatus)


#: These come first: with a pod that is off, nothing else on the way needs an explanation.
POD_STATE_RULES = (
    Rule(Hop.POD, _is_gone).texts(
        "the provider does not know the pod, or reports TERMINATED",
        "the pod is gone: its provider no longer has it",
        "it was terminated, or it migrated and has another id: find it with `bbtui pods list`, "
        "then correct id and url in the configuration",
    ),
    Rule(Hop.POD, _is(PodStatus.EXITED, startable=True), in_readme=True).texts(
        "EXITED, and start is among its actions",
        "the pod is stopped",
        "start it: bbtui pods start {name}",
    ),
    Rule(Hop.POD, _is(PodStatus.EXITED)).texts(
        "EXITED, and start is not among its actions",
        "the pod is stopped and cannot be started from here",
        "{pod_fix}",
    ),
    Rule(Hop.POD, _is(PodStatus.PROVISIONING, PodStatus.STARTING)).texts(
        "PROVISIONING or STARTING",
        "the pod is {pod_state}",
        "wait: its server takes a minute or two to start",
    ),
    Rule(Hop.POD, _is(PodStatus.ERROR, startable=True)).texts(
        "ERROR, and start is among its actions",
        "the pod has failed",
        "start it again: bbtui pods start {name}; if it fails again, see its log in the "
        "provider's console",
    ),
    Rule(Hop.POD, _is(PodStatus.ERROR)).texts(
        "ERROR otherwise", "the pod has failed and cannot be started from here", _CONSOLE
    ),
)

RUNNING_POD_RULES = (
    Rule(Hop.POD, boots, in_readme=True).texts(
        "RUNNING for less than a minute, 404; or less than three minutes, 502 or 52x",
        "the pod is running, up {uptime}; its server is still starting ({status})",
        "wait: this takes a minute, longer if an image is pulled",
    ),
    Rule(Hop.POD, _hides_port_at_unknown_age).texts(
        "RUNNING, uptime unknown, 404 from its proxy",
        "the pod is running, but its proxy does not know the port ({status})",
        "wait a minute if it has just started; else expose the port as http in the pod's settings "
        "(11434/http), and check it in {setting}",
    ),
    Rule(Hop.SERVER, _serves_nothing_at_unknown_age).texts(
        "RUNNING, uptime unknown, 502 from its proxy",
        "the pod is running, but nothing listens on that port ({status})",
        "wait a few minutes if it has just started; else set OLLAMA_HOST=0.0.0.0 in the pod's "
        "environment; see its log in the provider's console",
    ),
    Rule(Hop.POD, _hides_port, in_readme=True).texts(
        "RUNNING for a minute or more, 404 from its proxy",
        "the pod is running, but its proxy does not know the port ({status})",
        "expose the port as http in the pod's settings (11434/http), and check it in {setting}",
    ),
    Rule(Hop.SERVER, _serves_nothing, in_readme=True).texts(
        "RUNNING for three minutes or more, 502 from its proxy",
        "the pod is running, up {uptime}, but nothing listens on that port ({status})",
        "set OLLAMA_HOST=0.0.0.0 in the pod's environment; see its log in the provider's console",
    ),
    Rule(Hop.SERVER, _is_overloaded).texts(
        "RUNNING, and a short request gets 524, or no data within its time limit",
        "the pod is running, but its server does not answer in time",
        "it is overloaded or loading a model: wait, then try again; if this persists, load the "
        "model first ({run})",
    ),
    Rule(Hop.POD, _is_unknown).texts(
        "an undocumented status, and no answer",
        "the pod is in an unknown state: {pod_state}",
        _CONSOLE,
    ),
)
