"""Which pod is meant on the command line: that of an endpoint, or one by its id."""

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
_LIST = "`bbtui pods` lists every pod there is"


@dataclass(frozen=True, slots=True)
class ResolvedPod:
    """A pod that was found, the endpoints it is behind, and the control of its account."""

    endpoints: list[str]
    control: PodControl
    pod: Pod

    @property
    def name(self) -> str:
        """What the user calls it: by its endpoint, or by its own name if it is behind none."""
        return self.endpoints[0] if self.endpoints else self.pod.name


def accounts(settings: Settings) -> tuple[PodSettings, ...]:
    """One pod's settings for each account that the configuration names; without any, the usual one.

    Their ids are left out.
    """
    named = [replace(one.pod, id="") for one in settings.endpoints if one.pod is not None]
    provider, (api_url, key) = next(iter(PROVIDERS.items()))
    return tuple(dict.fromkeys(named)) or (PodSettings(provider, "", key, api_url),)


def endpoints_of(settings: Settings, account: PodSettings) -> dict[str, list[str]]:
    """The names of the endpoints behind which each pod of an account is, by the pod's id."""
    names: dict[str, list[str]] = {}
    for one in settings.endpoints:
        if one.pod is not None and replace(one.pod, id=account.id) == account:
            names.setdefault(one.pod.id, []).append(one.name)
    return names


def resolve_pod(
    name: str | None, settings: Settings, control: Callable[[PodSettings], PodControl]
) -> ResolvedPod:
    """The pod that `name` means; None means the only one the configuration has.

    Raises UsageError if nothing is meant by it, PodError if it cannot be looked at.
    """
    endpoint = _endpoint(name, settings)
    if endpoint is not None:
        if endpoint.pod is None:
            raise UsageError(
                f"the endpoint {endpoint.name} has no pod",
                "an [endpoints.pod] table in the configuration says which one is behind it",
            )
        steer = control(endpoint.pod)
        return ResolvedPod([endpoint.name], steer, steer.pod(endpoint.pod.id))
    assert name is not None
    return _by_id(name, settings, control)


def _endpoint(name: str | None, settings: Settings) -> EndpointSettings | None:
    """The endpoint that is meant; None if the name must be an id."""
    if name is None:
        rented = [one for one in settings.endpoints if one.pod is not None]
        if len(rented) == 1:
            return rented[0]
        if not rented:
            raise UsageError("no endpoint of the configuration has a pod", _LIST)
        names = ", ".join(one.name for one in rented)
        raise UsageError(f"which pod? there are those of {names}", "name one of them")
    for one in settings.endpoints:
        if name == one.name or (one.pod is not None and name == one.pod.id):
            return one
    near = nearest_word(name, [one.name for one in settings.endpoints])
    if near is not None:
        raise UsageError(f'there is no endpoint "{name}"; did you mean "{near}"?', _LIST)
    return None


def _by_id(
    name: str, settings: Settings, control: Callable[[PodSettings], PodControl]
) -> ResolvedPod:
    """The pod of an id that no endpoint has, in whichever account it is."""
    for account in accounts(settings) if _ID.fullmatch(name) else ():
        steer = control(account)
        try:
            pod = steer.pod(name)
        except PodError as error:
            if error.trouble != "gone":
                raise
        else:
            return ResolvedPod([], steer, pod)
    raise UsageError(f'"{name}" is neither an endpoint nor the id of a pod', _LIST)
