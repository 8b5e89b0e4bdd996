"""The pod an endpoint runs on: the one in its settings, or the one this program runs on."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, replace
from functools import partial

from bbtui.clients.ports import PodControl
from bbtui.config.endpoints import PROVIDERS
from bbtui.config.settings import BY_NAME, EndpointSettings, PodSettings
from bbtui.domain.address import THIS_MACHINE, host_key

#: RunPod sets it in every container.
POD_ID = "RUNPOD_POD_ID"


@dataclass(frozen=True, slots=True)
class PodBinding:
    """The pod an endpoint runs on, and how to reach its provider."""

    id: str

    account: Hashable
    """Identifies the account: the pods of one account are polled together."""

    control: Callable[[], PodControl]
    """Returns the client of the provider, or raises PodKeyError where there is no key."""

    here: bool = False
    """Whether this program runs on the pod, and would end with it."""


def bind_pod(
    settings: EndpointSettings,
    environ: Mapping[str, str],
    control: Callable[[PodSettings], PodControl],
) -> PodBinding | None:
    """Return the pod of an endpoint, if it has one; no request is sent and no key is read."""
    here = environ.get(POD_ID, "")
    pod = settings.pod
    if pod is None and here and host_key(settings.url) == THIS_MACHINE:
        provider, (api_url, key) = next(iter(PROVIDERS.items()))
        if environ.get(key.removeprefix(BY_NAME)):
            pod = PodSettings(provider, here, key, api_url)
    if pod is None:
        return None
    account = replace(pod, id="")
    return PodBinding(pod.id, account, partial(control, account), here=pod.id == here)
