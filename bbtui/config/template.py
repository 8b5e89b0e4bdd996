"""The configuration that `bbtui config init` writes: valid values, and what they are for.

tomli-w writes no comments, so the file is assembled from blocks: a comment, then values. A line
that begins with ``# `` is a comment; one that begins with ``#`` and no blank is a setting to be
enabled by removing the sign.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import tomli_w

from bbtui.config.settings import DEFAULT_THEME
from bbtui.domain.address import base_url
from bbtui.errors import UsageError

#: What a first configuration sends to every endpoint alike.
EQUAL_OPTIONS = {
    "temperature": 0.3,
    "seed": 7,
    "num_ctx": 8192,
    "num_predict": 1024,
    "think": False,
}


def template(url: str) -> str:
    """Return the text of the file, for an Ollama at `url`."""
    blocks = [
        prose("Settings of bbtui. `bbtui config check` lists all errors."),
        prose("`bbtui themes` lists the available names.") + _values({"theme": DEFAULT_THEME}),
        prose("Printed in the report if set.")
        + _off({"session": {"title": "Our own work, two models", "operator": "me"}}),
        prose("Sent to every endpoint alike. If one is left out, each server uses its own default.")
        + _values({"options": EQUAL_OPTIONS}),
        prose("An address and a model. The name is the one used on the command line.")
        + _values(
            {
                "endpoints": [
                    {
                        "name": "local",
                        "label": "Local",
                        "url": url,
                        "model": "gemma3:1b",
                        "hardware": "this computer",
                    }
                ]
            }
        ),
        prose(
            "A second endpoint: here a rented pod. Remove the # of each line, fill in your values.",
            'Secrets stay in the environment; "env:NAME" names the variable that holds one.',
        )
        + _off(
            {
                "endpoints": [
                    {
                        "name": "big-brain",
                        "label": "Big Brain",
                        "url": "https://abc123-11434.proxy.runpod.net",
                        "model": "gemma3:27b",
                        "hardware": "RunPod L40S 48 GB",
                        "headers": {"Authorization": "env:BIG_BRAIN_AUTH"},
                        "pod": {"provider": "runpod", "id": "abc123", "key": "env:RUNPOD_API_KEY"},
                    }
                ]
            }
        ),
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
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)


def prose(*lines: str) -> str:
    """Return comment lines of a TOML file."""
    return "".join(f"# {line}\n" for line in lines)


def _values(values: Mapping[str, object]) -> str:
    return tomli_w.dumps(values)


def _off(values: Mapping[str, object]) -> str:
    lines = _values(values).splitlines()
    return "".join(f"#{line}\n" if line else "\n" for line in lines)
