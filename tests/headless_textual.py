"""Textual without the work that nobody sees in a test, which is half the time of such a test.

An app in a terminal is another process, and does all of it (tests/ui/test_terminal.py).
"""

from __future__ import annotations

import functools
import gc
from dataclasses import dataclass
from typing import Any

from textual._compositor import Compositor
from textual.css.model import RuleSet
from textual.css.stylesheet import Stylesheet
from textual.dom import DOMNode

import bbtui.ui.app
import bbtui.ui.themes
from bbtui.locations import shipped

#: Textual's own drawing, for a test of what is drawn on the way.
draw = Compositor.render_update


@dataclass
class Drawings:
    """How often a screen of this process was drawn, or would have been."""

    due: int = 0


DRAWINGS = Drawings()


def draw_only_when_read() -> None:
    """Let an app without a terminal draw nothing by itself: a test draws the screen it reads."""

    def render_update(
        self: Compositor, full: bool = False, screen_stack: Any = None, simplify: bool = False
    ) -> Any:
        DRAWINGS.due += 1
        if full:
            return draw(self, full, screen_stack, simplify)
        self._dirty_regions.clear()
        return None

    Compositor.render_update = render_update


def draws_only_when_read() -> bool:
    """Return whether that is so, and `DRAWINGS` are counted."""
    return Compositor.render_update is not draw


def parse_styles_once() -> None:
    """Let all apps of the process share the style sheets they have parsed; no app changes them."""
    parse = Stylesheet._parse_rules
    parsed: dict[tuple[Any, ...], dict[tuple[Any, ...], list[RuleSet]]] = {}

    def parse_rules(self: Stylesheet, css: str, *args: Any, **options: Any) -> list[RuleSet]:
        if self.__dict__.get("_named") is not self._variables:
            self._named = self._variables
            self._parsed = parsed.setdefault(tuple(sorted(self._variables.items())), {})
        key = (css, args, *sorted(options.items()))
        if key not in self._parsed:
            self._parsed[key] = parse(self, css, *args, **options)
        return self._parsed[key]

    Stylesheet._parse_rules = parse_rules


def load_shipped_themes_once() -> None:
    """Let all apps of the process share the shipped themes; no app changes them."""
    load, ours = bbtui.ui.themes.load_theme, shipped("themes")
    once = functools.cache(load)
    bbtui.ui.themes.load_theme = lambda path: (once if path.parent == ours else load)(path)


def match_styles_once() -> None:
    """Let all apps share which rules apply to a widget: those of its place among its ancestors.

    Textual keeps that only while it styles the widgets below one, and not for parts of a widget.
    """
    apply = Stylesheet.apply
    shared: dict[tuple[int, ...], _Matches] = {}

    def apply_shared(self: Stylesheet, node: DOMNode, **options: Any) -> None:
        if self.__dict__.get("_matched") is not self.rules:
            self._matched = self.rules
            self._matches = shared.setdefault(tuple(map(id, self.rules)), _Matches(self.rules))
        apply(self, node, **{**options, "cache": self._matches})

    Stylesheet.apply = apply_shared
    RuleSet.__hash__ = object.__hash__  # the same, without a call of Python


class _Matches:
    """A cache as Textual has it, but by place: its keys begin with the parent itself."""

    def __init__(self, rules: list[RuleSet]) -> None:
        self._rules = rules  # kept: others of the same address would be taken for them
        self._found: dict[tuple[Any, ...], Any] = {}

    def get(self, key: tuple[Any, ...]) -> Any:
        return None if key[0] is None else self._found.get(_place(*key))

    def __setitem__(self, key: tuple[Any, ...], rules: Any) -> None:
        if key[0] is not None:
            self._found[_place(*key)] = rules


def _place(parent: DOMNode, *own: Any) -> tuple[Any, ...]:
    above = [
        (type(node), node._id, node.classes, node._pseudo_classes_cache_key)
        for node in parent.ancestors_with_self
    ]
    return (*own, *above, *sorted(parent.app.get_pseudo_classes()))


def leave_apps_to_the_collector() -> None:
    """Let no app exempt itself from garbage collection: the next test begins in this process."""
    bbtui.ui.app.exempt_from_collection = gc.enable
