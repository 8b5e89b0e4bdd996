"""JSON laid out for readers and for diffs: objects over several lines, rows of figures on one."""

from __future__ import annotations

import json


def format_json(value: object, indent: str = "") -> str:
    """The value as JSON: an object's fields each on a line, a list of anything else on one."""
    inner = indent + "  "
    if isinstance(value, dict) and value:
        fields = (
            f"{inner}{_flat(name)}: {format_json(item, inner)}" for name, item in value.items()
        )
        return "{\n" + ",\n".join(fields) + f"\n{indent}}}"
    if isinstance(value, list | tuple) and any(isinstance(item, dict) for item in value):
        items = (inner + format_json(item, inner) for item in value)
        return "[\n" + ",\n".join(items) + f"\n{indent}]"
    return _flat(value)


def _flat(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)
