"""The configurations that `bbtui config init` and the set-up screen write.

tomli-w writes no comments, so a file is assembled from blocks: a comment, then values. A line
that begins with ``# `` is a comment; one that begins with ``#`` and no blank is a setting to be
enabled by removing the sign.
"""

from __future__ import annotations

import itertools
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import tomli_w

from bbtui.config.endpoints import PROVIDERS, read_endpoints
from bbtui.config.settings import DEFAULT_THEME, EndpointSettings, PodSettings
from bbtui.config.toml_reader import TomlTable
from bbtui.domain.address import THIS_MACHINE, base_url, carries_password, host_key, mask_url
from bbtui.domain.candidate import Selection
from bbtui.errors import ConfigError, UsageError

#: What a first configuration sends to every endpoint alike.
EQUAL_OPTIONS = {
    "temperature": 0.3,
    "seed": 7,
    "num_ctx": 8192,
    "num_predict": 1024,
    "think": False,
}

_RENTED = {
    "name": "big-brain",
    "label": "Big Brain",
    "url": "https://abc123-11434.proxy.runpod.net",
    "model": "gemma3:27b",
    "hardware": "RunPod L40S 48 GB",
    "headers": {"Authorization": "env:BIG_BRAIN_AUTH"},
    "pod": {"provider": "runpod", "id": "abc123", "key": "env:RUNPOD_API_KEY"},
}


def template(url: str) -> str:
    """Return the text of the file, for an Ollama at `url`."""
    local = {
        "name": "local",
        "label": "Local",
        "url": url,
        "model": "gemma3:1b",
        "hardware": "this computer",
    }
    blocks = [
        prose("Settings of bbtui. `bbtui config check` lists all errors."),
        prose("`bbtui themes` lists the available names.")
        + tomli_w.dumps({"theme": DEFAULT_THEME}),
        prose("Printed in the report if set.")
        + _off({"session": {"title": "Our own work, two models", "operator": "me"}}),
        prose("Sent to every endpoint alike. If one is left out, each server uses its own default.")
        + tomli_w.dumps({"options": EQUAL_OPTIONS}),
        prose("An address and a model. The name is the one used on the command line.")
        + tomli_w.dumps({"endpoints": [local]}),
        prose(
            "A second endpoint: here a rented pod. Remove the # of each line, fill in your values.",
            'Secrets stay in the environment; "env:NAME" names the variable that holds one.',
        )
        + _off({"endpoints": [_RENTED]}),
    ]
    return "\n".join(blocks)


def write_template(path: Path, environ: Mapping[str, str]) -> None:
    """Write the file, with its folders, readable by the user alone.

    Raise UsageError if it already exists (it is not changed), it cannot be written, or OLLAMA_HOST
    is no address.
    """
    try:
        url = base_url(environ.get("OLLAMA_HOST", ""))
    except ValueError as error:
        raise UsageError(f"OLLAMA_HOST: {error}", "correct or unset it") from None
    create(path, template(url))


def create(path: Path, text: str) -> None:
    """Write a new configuration, with its folders, readable by the user alone.

    Raise UsageError if it already exists (it is not changed) or cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise UsageError(f"cannot create the folder {path.parent}: {error.strerror}") from None
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise UsageError(
            f"{path} already exists and was not changed",
            "check it: `bbtui config check`; or write elsewhere: `bbtui config init -c PATH`",
        ) from None
    except OSError as error:
        raise UsageError(f"cannot write {path}: {error.strerror}") from None
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        path.unlink(missing_ok=True)
        raise UsageError(f"cannot write {path}: {error.strerror}") from None


def prose(*lines: str) -> str:
    """Return comment lines of a TOML file."""
    return "".join(f"# {line}\n" for line in lines)


def _off(values: Mapping[str, object]) -> str:
    lines = tomli_w.dumps(values).splitlines()
    return "".join(f"#{line}\n" if line else "\n" for line in lines)


_NOT_IN_A_NAME = re.compile(r"[^a-z0-9._-]+")


def proposed_labels(selections: Sequence[Selection]) -> tuple[str, ...]:
    """Return a label for each selection: by its location, else by its model, else by both.

    Two different selections never get the same label.
    """
    models = [selection.model for selection in selections]
    places = ["Local" if host_key(s.candidate.url) == THIS_MACHINE else "Big" for s in selections]
    for labels in (places, models):
        if len(set(labels)) == len(selections):
            return tuple(labels)
    hosts = [urlsplit(mask_url(selection.candidate.url)).netloc for selection in selections]
    return tuple(f"{model} {host}" for model, host in zip(models, hosts, strict=True))


def selected_endpoints(
    selections: Sequence[Selection], labels: Sequence[str], *, pod_key: bool
) -> tuple[EndpointSettings, ...]:
    """Return the selections as endpoints, each with a unique name made of its label.

    With `pod_key` (the environment has a key for the provider) those on pods have their pod, so
    that it can be started and stopped.
    """
    endpoints: list[EndpointSettings] = []
    for selection, label in zip(selections, labels, strict=True):
        taken = {endpoint.name for endpoint in endpoints}
        name = next(name for name in _names(label) if name not in taken)
        url = selection.candidate.url
        pod = None
        if pod_key and (pod_id := _pod_id(selection)):
            api_url, key = PROVIDERS["runpod"]
            pod = PodSettings("runpod", pod_id, key, api_url)
        hardware, model, api = _hardware(selection), selection.model, selection.api
        endpoints.append(EndpointSettings(name, label, url, model, api, hardware, pod=pod))
    return tuple(endpoints)


def config_text(endpoints: Sequence[EndpointSettings]) -> str:
    """Return the text of the file."""
    blocks = [
        prose("Settings of bbtui. `bbtui config check` lists all errors."),
        tomli_w.dumps({"theme": DEFAULT_THEME}),
        prose("Sent to every endpoint alike. If one is left out, each server uses its own default.")
        + tomli_w.dumps({"options": EQUAL_OPTIONS}),
        prose(
            "An address and a model. The name is the one used on the command line. A key goes into",
            'the environment: headers = { Authorization = "env:NAME" } names its variable.',
        )
        + "\n".join(_table_text(endpoint) for endpoint in endpoints),
    ]
    return "\n".join(blocks)


def write_config(path: Path, endpoints: Sequence[EndpointSettings]) -> None:
    """Write the file, with its folders, readable by the user alone.

    Raise ConfigError if it could not be read back (a model name with a space), UsageError if the
    file already exists (it is not changed) or cannot be written.
    """
    problems: list[str] = []
    root = TomlTable({"endpoints": [_table(endpoint) for endpoint in endpoints]}, "", problems)
    read_endpoints(root.tables("endpoints"), {}, problems)
    if problems:
        raise ConfigError("selection", problems)
    create(path, config_text(endpoints))


def _names(label: str) -> Iterator[str]:
    """Yield names for the command line: ``big-brain``, then ``big-brain-2`` and so on."""
    plain = _NOT_IN_A_NAME.sub("-", label.lower()).strip("-._") or "endpoint"
    yield plain
    yield from (f"{plain}-{number}" for number in itertools.count(2))


def _hardware(selection: Selection) -> str:
    if selection.candidate.pod is not None:
        return f"RunPod {selection.candidate.pod.hardware_text}"
    return "this computer" if host_key(selection.candidate.url) == THIS_MACHINE else ""


def _pod_id(selection: Selection) -> str:
    """Return the id of the pod, from its provider or from its address; "" if it is none."""
    if selection.candidate.pod is not None:
        return selection.candidate.pod.id
    host, dot, _ = host_key(selection.candidate.url).partition(".proxy.runpod.net")
    return host if dot else ""


def _table(endpoint: EndpointSettings) -> dict[str, Any]:
    table: dict[str, Any] = {
        "name": endpoint.name,
        "label": endpoint.label,
        "url": endpoint.url,
        "model": endpoint.model,
        "api": endpoint.api,
    }
    if carries_password(endpoint.url):
        # It came from OLLAMA_HOST, the default of an address.
        del table["url"]
    if endpoint.hardware:
        table["hardware"] = endpoint.hardware
    if endpoint.pod is not None:
        pod = endpoint.pod
        table["pod"] = {"provider": pod.provider, "id": pod.id, "key": pod.key}
    return table


def _table_text(endpoint: EndpointSettings) -> str:
    """Return one [[endpoints]] table; tomli-w alone would write a short one inline."""
    table = _table(endpoint)
    pod = table.pop("pod", None)
    text = f"[[endpoints]]\n{tomli_w.dumps(table)}"
    return text if pod is None else f"{text}[endpoints.pod]\n{tomli_w.dumps(pod)}"
