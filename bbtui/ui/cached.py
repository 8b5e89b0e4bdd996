"""A value that is built again only when what it depends on has changed."""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

T = TypeVar("T")


class Cached(Generic[T]):
    """A value that is built again only when what it depends on has changed."""

    _value: T
    _depends: tuple[Sequence[object], object] = ((), None)

    def get(self, same: Sequence[object], equal: object, build: Callable[[], T]) -> T:
        """Return the value; it is kept while it depends on the `same` objects and `equal` ones."""
        before, equal_before = self._depends
        kept = len(before) == len(same) and all(map(operator.is_, before, same))
        if not kept or equal != equal_before:
            self._value = build()
            self._depends = same, equal
        return self._value
