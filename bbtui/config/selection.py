"""The endpoints of a run and their models: -e and -m."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from bbtui.config.settings import EndpointSettings, Settings
from bbtui.config.suggest import suggestion
from bbtui.config.value_types import composed
from bbtui.errors import ConfigError, UsageError


def require_endpoints(settings: Settings) -> None:
    """Raise UsageError without a configuration, ConfigError without endpoints in it."""
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
    """Return the settings with only the endpoints of these names, or all without names.

    They keep the order of the file. Raise UsageError for an unknown name.
    """
    if not names:
        return settings
    names = [composed(name) for name in names]
    for name in names:
        _endpoint(settings, name, f"-e {name}")
    chosen = (endpoint for endpoint in settings.endpoints if endpoint.name in names)
    return replace(settings, endpoints=tuple(chosen))


def with_models(settings: Settings, pairs: Iterable[str]) -> Settings:
    """Return the settings with other models, from pairs ``NAME=MODEL``.

    Raise UsageError for an incomplete pair or an unknown name.
    """
    models: dict[str, str] = {}
    for pair in pairs:
        name, _, model = composed(pair).partition("=")
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
