"""RunPod's published interface, as what requests and answers are held to.

The document is not part of the project: BBTUI_RUNPOD_OPENAPI names it, else it is looked for beside
the project.
"""

from __future__ import annotations

import functools
import json
import os
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from jsonschema import Draft202012Validator, FormatChecker

_ROOT = Path(__file__).parents[2]
#: Read with the module: the tests' environment has no BBTUI_ variables.
_NAMED = os.environ.get("BBTUI_RUNPOD_OPENAPI")
PLACE = Path(_NAMED) if _NAMED else _ROOT.parent / "shared" / "runpod" / "openapi-v2.json"

#: Why what rests on the document is skipped; "" where it is available.
MISSING = "" if _NAMED or PLACE.is_file() else f"no BBTUI_RUNPOD_OPENAPI and no {PLACE.name}"

_FORMATS = FormatChecker(formats=())


@_FORMATS.checks("date-time", raises=ValueError)
def _is_time(text: object) -> bool:
    return not isinstance(text, str) or datetime.fromisoformat(text).tzinfo is not None


class Interface:
    """The document. Each check returns what is wrong, one sentence each."""

    def __init__(self, document: dict[str, Any]) -> None:
        self._document = document
        self._base = urlsplit(document["servers"][0]["url"]).path.rstrip("/")

    def request(
        self, method: str, target: str, headers: Mapping[str, str], body: bytes
    ) -> list[str]:
        """Return what the document has against a request; header names in lower case."""
        where = f"{method} {target}"
        operation, shared = self._operation(method, target)
        if operation is None:
            return [f"{where}: no such operation"]
        known = {one["name"]: one for one in map(self._resolved, shared) if one["in"] == "query"}
        wrong = []
        for name, text in parse_qsl(urlsplit(target).query, keep_blank_values=True):
            if name not in known:
                wrong.append(f"{where}: no parameter {name}")
                continue
            value = {"true": True, "false": False}.get(text, text)
            wrong += self._against(known[name]["schema"], value, f"{where}: {name}")
        if not headers.get("authorization", "").startswith("Bearer "):
            wrong.append(f"{where}: no bearer token")
        if "requestBody" not in operation:
            return wrong + ([f"{where}: a body"] if body else [])
        if headers.get("content-type") != "application/json":
            return [*wrong, f"{where}: the Content-Type of its body is not JSON"]
        schema = operation["requestBody"]["content"]["application/json"]["schema"]
        return wrong + self._against(schema, json.loads(body), where)

    def answer(
        self, method: str, target: str, status: int, headers: Mapping[str, str], body: bytes
    ) -> list[str]:
        """Return what the document has against an answer to such a request."""
        where = f"{status} to {method} {target}"
        operation, _ = self._operation(method, target)
        if operation is None:
            return [f"{where}: no such operation"]
        replies = operation["responses"]
        if str(status) not in replies and "default" not in replies:
            return [f"{where}: no such answer"]
        reply = self._resolved(replies.get(str(status), replies.get("default")))
        content = reply.get("content", {})
        kind = headers.get("Content-Type", "")
        if kind not in content:
            return [f"{where}: {kind} is none of {', '.join(content)}"]
        wrong = self._against(content[kind]["schema"], json.loads(body), where)
        for name, header in reply.get("headers", {}).items():
            if name in headers:
                text = headers[name]
                value = int(text) if text.isdecimal() else text
                wrong += self._against(self._resolved(header)["schema"], value, f"{where}: {name}")
        return wrong

    def _operation(self, method: str, target: str) -> tuple[Any, list[Any]]:
        """Return an operation with its parameters; (None, []) if there is none."""
        asked = urlsplit(target).path.removeprefix(self._base).split("/")
        for path, item in self._document["paths"].items():
            parts = path.split("/")
            same = all(part in (it, "{id}") for part, it in zip(parts, asked, strict=False))
            if len(parts) == len(asked) and same and method.lower() in item:
                operation = item[method.lower()]
                return operation, item.get("parameters", []) + operation.get("parameters", [])
        return None, []

    def _resolved(self, part: dict[str, Any]) -> Any:
        while "$ref" in part:
            found: Any = self._document
            for name in part["$ref"].removeprefix("#/").split("/"):
                found = found[name]
            part = found
        return part

    def _against(self, schema: dict[str, Any], value: object, where: str) -> list[str]:
        root = {"components": self._document["components"], **schema}
        checks = Draft202012Validator(root, format_checker=_FORMATS)
        return [
            f"{where}: {error.json_path}: {error.message}" for error in checks.iter_errors(value)
        ]


@functools.cache
def interface() -> Interface | None:
    """Return the document, if it is available."""
    return None if MISSING else Interface(json.loads(PLACE.read_text(encoding="utf-8")))
