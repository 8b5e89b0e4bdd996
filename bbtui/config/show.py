"""The settings in force as text: each value with its origin, without secrets."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import tomli_w

from bbtui.config.schema import SETTINGS
from bbtui.config.settings import BY_NAME, DEFAULT, EndpointSettings, ForgePlace, Settings
from bbtui.domain.address import mask_url

#: Shown in place of a value that may be a secret.
HIDDEN = "(not shown)"


def effective(settings: Settings, usual: Path) -> str:
    """Return the settings, written as TOML; `usual` is the default path of the configuration.

    Addresses are masked and literal header values hidden, so that it can be pasted anywhere.
    """
    source = f"# {settings.source}\n" if settings.source else f"# no configuration in {usual}\n"
    blocks = [
        source + _settings(settings, ""),
        "[session]\n" + _settings(settings, "session"),
        "[judging]\n" + _settings(settings, "judging"),
        "[options]\n" + _settings(settings, "options"),
    ]
    if settings.forge != ForgePlace():
        blocks.append("[forge]\n" + _settings(settings, "forge"))
    if settings.keys:
        blocks.append("[keys]\n" + tomli_w.dumps(dict(settings.keys)))
    blocks += (_endpoint(endpoint, settings) for endpoint in settings.endpoints)
    return "\n".join(blocks)


def _settings(settings: Settings, section: str) -> str:
    values: dict[str, object] = {
        "theme": settings.theme,
        "tasks": str(settings.tasks) if settings.tasks else None,
        **{f"session.{name}": value or None for name, value in asdict(settings.about).items()},
        "judging.blind": settings.blind,
        "judging.blind_seed": settings.blind_seed or None,
        "judging.verdicts": settings.verdicts,
        **{f"forge.{name}": value or None for name, value in asdict(settings.forge).items()},
        **{f"options.{name}": value for name, value in asdict(settings.options).items()},
    }
    return "".join(
        _line(setting.name, values[setting.key], settings.origins.get(setting.key, DEFAULT))
        for setting in SETTINGS
        if setting.section == section
    )


def _endpoint(endpoint: EndpointSettings, settings: Settings) -> str:
    origin = settings.origins[f"endpoints.{endpoint.name}.url"]
    lines = [
        "[[endpoints]]\n",
        _line("name", endpoint.name),
        _line("label", endpoint.label),
        _line("url", mask_url(endpoint.url), origin),
        _line("model", endpoint.model),
        _line("api", endpoint.api, "" if endpoint.api else "detected"),
        _line("hardware", endpoint.hardware or None),
        _line("ca", endpoint.ca and str(endpoint.ca)),
        _line("cert", endpoint.cert and str(endpoint.cert)),
        _line("cert_key", endpoint.cert_key and str(endpoint.cert_key)),
    ]
    if endpoint.price:
        prices = asdict(endpoint.price).items()
        shown = ", ".join(f"{name} = {price}" for name, price in prices if price is not None)
        lines.append(f"price = {{ {shown} }}\n")
    if endpoint.headers:
        lines.append("[endpoints.headers]\n")
        lines += (_line(name, _shown(value)) for name, value in endpoint.headers.items())
    if endpoint.pod:
        lines += [
            "[endpoints.pod]\n",
            _line("provider", endpoint.pod.provider),
            _line("id", f"{endpoint.pod.id[:3]}…"),
            _line("key", endpoint.pod.key),
            _line("api_url", mask_url(endpoint.pod.api_url)),
        ]
    return "".join(lines)


def _shown(value: str) -> str:
    """Return a header's value if it only names a variable; any other may be a secret."""
    return value if value.startswith(BY_NAME) else HIDDEN


def _line(name: str, value: object, origin: str = "") -> str:
    comment = f"  # {origin}" if origin else ""
    if value is None:
        return f"# {name} is not set{comment}\n" if origin else ""
    if isinstance(value, tuple):
        # tomli-w writes a line for each; a comment after the last is easily missed.
        items = ", ".join(tomli_w.dumps({"_": one}).removeprefix("_ = ").strip() for one in value)
        return f"{name} = [{items}]{comment}\n"
    return tomli_w.dumps({name: value}).rstrip("\n") + comment + "\n"
