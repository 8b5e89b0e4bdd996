"""On a pod itself: the server beside this program is on that pod."""

from __future__ import annotations

import pytest

from bbtui.clients.factory import bind_pod
from bbtui.clients.ports import PodBinding, PodControl
from bbtui.config.settings import EndpointSettings, PodSettings
from bbtui.errors import BbtuiError

ON_POD = {"RUNPOD_POD_ID": "xyz789", "RUNPOD_API_KEY": "secret"}
OTHER = PodSettings("runpod", "abc123", "env:RUNPOD_API_KEY", "https://api.runpod.io/v2")


def asked_for(settings: PodSettings) -> PodControl:
    """Shows whose means were asked for, in the place of making them."""
    raise BbtuiError(f"{settings.provider} {settings.key} {settings.api_url}", "")


def pod_of(
    environ: dict[str, str], url: str = "http://127.0.0.1:11434", pod: PodSettings | None = None
) -> PodBinding | None:
    settings = EndpointSettings("local", "Local", url, "gemma3:1b", pod=pod)
    return bind_pod(settings, environ, asked_for)


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:11434", "http://localhost:8080/v1", "http://[::1]:11434"]
)
def test_loopback_server_in_a_pod_is_bound_to_it(url: str) -> None:
    pod = pod_of(ON_POD, url)
    assert pod is not None
    assert (pod.id, pod.here) == ("xyz789", True)
    with pytest.raises(BbtuiError, match=r"^runpod env:RUNPOD_API_KEY https://"):
        pod.control()


@pytest.mark.parametrize(
    "environ",
    [{}, {"RUNPOD_POD_ID": "xyz789"}, {"RUNPOD_API_KEY": "secret"}, {"RUNPOD_POD_ID": ""}],
)
def test_no_pod_without_id_or_key(environ: dict[str, str]) -> None:
    assert pod_of(environ) is None


@pytest.mark.parametrize(
    "url", ["http://other.runpod.internal:11434", "http://10.1.2.3:11434", "http://gpu-box:11434"]
)
def test_other_machine_is_not_bound_to_this_pod(url: str) -> None:
    """Pods of one account see each other by private names."""
    assert pod_of(ON_POD, url) is None


def test_configured_pod_takes_precedence() -> None:
    pod = pod_of(ON_POD, pod=OTHER)
    assert pod is not None
    assert (pod.id, pod.here) == ("abc123", False)
    same = pod_of({**ON_POD, "RUNPOD_POD_ID": "abc123"}, pod=OTHER)
    assert same is not None
    assert same.here
