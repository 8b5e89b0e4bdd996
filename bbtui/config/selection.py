"""Which endpoints a run uses, and with which models: -e, -m, and that there are any."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from bbtui.config.settings import EndpointSettings, Settings
from bbtui.config.suggest import suggestion
from bbtui.errors import ConfigError, UsageError


def require_endpoints(settings: Settings) -> None:
    """Raise if there is nothing to ask: UsageError without a configuration, else ConfigError."""
    if settings.endpoints:
        return
    if settings.source is None:
        raise UsageError(
            "no configuration yet",
            "create one with `bbtui config init`, or try `bbtui demo`, which needs none",
        )
    raise ConfigError(
        str(settings.source),
        ["endpoints: none configured; add an [[endpoints]] table with a name and a model"],
        "`bbtui demo` needs no configuration",
    )


def select_endpoints(settings: Settings, names: Sequence[str]) -> Settings:
    """The settings with only the endpoints of these names (all if there are no names).

    They keep the order of the file. Raises UsageError for a name that is no endpoint.
    """
    if not names:
        return settings
    for name in names:
        _endpoint(settings, name, f"-e {name}")
    chosen = (endpoint for endpoint in settings.endpoints if endpoint.name in names)
    return replace(settings, endpoints=tuple(chosen))


def with_models(settings: Settings, pairs: Iterable[str]) -> Settings:
    """The settings with other models, from pairs ``NAME=MODEL``.

    Raises UsageError for a pair without both, or a name that is no endpoint.
    """
    models: dict[str, str] = {}
    for pair in pairs:
        name, _, model = pair.partition("=")
        if not name or not model.strip():
            raise UsageError(f"-m {pair}: must be NAME=MODEL, such as local=gemma3:1b")
        models[_endpoint(settings, name, f"-m {pair}").name] = model.strip()
    changed = (
        replace(endpoint, model=models.get(endpoint.name, endpoint.model))
        for endpoint in settings.endpoints
    )
    return replace(settings, endpoints=tuple(changed))


def _endpoint(settings: Settings, name: str, flag: str) -> EndpointSettings:
    for endpoint in settings.endpoints:
        if endpoint.name == name:
            return endpoint
    names = [endpoint.name for endpoint in settings.endpoints]
    raise UsageError(f'{flag}: unknown endpoint "{name}"; {suggestion(name, names)}')
