"""Conventions that no linter checks: unique names of classes, and fields with docstrings."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[1]


@cache
def modules() -> dict[Path, ast.Module]:
    """Return every module of bbtui, parsed."""
    return {path: ast.parse(path.read_text("utf-8")) for path in (ROOT / "bbtui").rglob("*.py")}


def public_classes() -> Iterator[tuple[Path, ast.ClassDef]]:
    """Yield every public class with its module."""
    for path, module in modules().items():
        for node in ast.walk(module):
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                yield path.relative_to(ROOT), node


def is_docstring(node: ast.stmt | None) -> bool:
    """Return whether a statement is a text alone."""
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )


def undocumented_fields(node: ast.ClassDef) -> Iterator[str]:
    """Yield the public fields that no docstring follows."""
    for field, following in zip(node.body, [*node.body[1:], None], strict=True):
        if (
            isinstance(field, ast.AnnAssign)
            and isinstance(field.target, ast.Name)
            and not field.target.id.startswith("_")
            and "ClassVar" not in ast.unparse(field.annotation)
            and not is_docstring(following)
        ):
            yield field.target.id


def test_each_public_field_has_a_docstring_under_itself() -> None:
    found = [
        f"{path}: {node.name}.{name}"
        for path, node in public_classes()
        for name in undocumented_fields(node)
    ]
    assert found == []


def test_no_two_modules_have_a_public_class_of_one_name() -> None:
    places = defaultdict(list)
    for path, module in modules().items():
        for node in module.body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                places[node.name].append(path.relative_to(ROOT).as_posix())
    assert {name: found for name, found in places.items() if len(found) > 1} == {}
