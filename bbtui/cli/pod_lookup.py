"""Finds the pod that is named on the command line: by its endpoint, or by its id."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from bbtui.clients.ports import PodControl
from bbtui.config.endpoints import PROVIDERS
from bbtui.config.settings import EndpointSettings, PodSettings, Settings
from bbtui.config.suggest import nearest_word
from bbtui.domain.pod import Pod
from bbtui.errors import PodError, UsageError

_ID = re.compile(r"[A-Za-z0-9_-]+")
_LIST_HINT = "to list all pods: bbtui pods"


@dataclass(frozen=True, slots=True)
class ResolvedPod:
    """A pod that was found."""

    endpoints: list[str]
    """The names of the endpoints on it."""

    control: PodControl
    """The control of its account."""

    pod: Pod
    """Its state when it was found."""

    @property
    def name(self) -> str:
        """The name of its endpoint, else its own."""
        return self.endpoints[0] if self.endpoints else self.pod.name


def accounts(settings: Settings) -> tuple[PodSettings, ...]:
    """Return the accounts of the configuration, as pod settings without an id.

    Without any, return the default account of the first provider.
    """
    configured = [replace(one.pod, id="") for one in settings.endpoints if one.pod is not None]
    provider, (api_url, key) = next(iter(PROVIDERS.items()))
    return tuple(dict.fromkeys(configured)) or (PodSettings(provider, "", key, api_url),)


def endpoints_of(settings: Settings, account: PodSettings) -> dict[str, list[str]]:
    """Return the names of the endpoints on each pod of an account, by the pod's id."""
    names: dict[str, list[str]] = {}
    for one in settings.endpoints:
        if one.pod is not None and replace(one.pod, id=account.id) == account:
            names.setdefault(one.pod.id, []).append(one.name)
    return names


def resolve_pod(
    name: str | None, settings: Settings, control: Callable[[PodSettings], PodControl]
) -> ResolvedPod:
    """Return the pod of this name; None is the only pod of the configuration.

    Raise `UsageError` if there is none, `PodError` if its state cannot be read.
    """
    endpoint = _endpoint(name, settings)
    if endpoint is not None:
        if endpoint.pod is None:
            raise UsageError(
                f"the endpoint {endpoint.name} is not on a pod",
                "to assign a pod, add an [endpoints.pod] table to it in the configuration",
            )
        account_control = control(endpoint.pod)
        return ResolvedPod([endpoint.name], account_control, account_control.pod(endpoint.pod.id))
    assert name is not None
    return _by_id(name, settings, control)


def _endpoint(name: str | None, settings: Settings) -> EndpointSettings | None:
    """Return the endpoint of this name; None if the name must be an id."""
    if name is None:
        with_pod = [one for one in settings.endpoints if one.pod is not None]
        if len(with_pod) == 1:
            return with_pod[0]
        if not with_pod:
            raise UsageError("no pod is configured", _LIST_HINT)
        names = ", ".join(one.name for one in with_pod)
        raise UsageError(f"several pods are configured ({names}): name one")
    for one in settings.endpoints:
        if name == one.name or (one.pod is not None and name == one.pod.id):
            return one
    near = nearest_word(name, [one.name for one in settings.endpoints])
    if near is not None:
        raise UsageError(f'unknown endpoint "{name}"; did you mean "{near}"?', _LIST_HINT)
    return None


def _by_id(
    name: str, settings: Settings, control: Callable[[PodSettings], PodControl]
) -> ResolvedPod:
    """Return the pod of an id that no endpoint has, from the account that has it."""
    for account in accounts(settings) if _ID.fullmatch(name) else ():
        account_control = control(account)
        try:
            pod = account_control.pod(name)
        except PodError as error:
            if error.kind != "gone":
                raise
        else:
            return ResolvedPod([], account_control, pod)
    raise UsageError(f'"{name}" is neither an endpoint nor a pod id', _LIST_HINT)
