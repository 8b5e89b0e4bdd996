"""The pod behind an endpoint: the one its settings name, or the one this program runs on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial

from bbtui.clients.connection import PodBinding
from bbtui.clients.ports import PodControl
from bbtui.config.endpoints import PROVIDERS
from bbtui.config.settings import BY_NAME, EndpointSettings, PodSettings
from bbtui.domain.address import THIS_MACHINE, host_key

#: RunPod sets it in every container.
POD_ID = "RUNPOD_POD_ID"


def bind_pod(
    settings: EndpointSettings,
    environ: Mapping[str, str],
    control: Callable[[PodSettings], PodControl],
) -> PodBinding | None:
    """The pod of an endpoint, if it has one; nothing is sent, and no key is read yet."""
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
