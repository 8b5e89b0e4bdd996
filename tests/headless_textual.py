"""Textual without the work that nobody sees in a test, which is half the time of such a test."""

from __future__ import annotations

import gc
from typing import Any

from textual._compositor import Compositor
from textual.css.model import RuleSet
from textual.css.stylesheet import Stylesheet

import bbtui.ui.app

#: Textual's own drawing, for a test of what is drawn on the way.
draw = Compositor.render_update


def draw_only_when_read() -> None:
    """Let an app without a terminal draw nothing by itself: a test draws the screen it reads.

    An app in a terminal is another process, and draws everything (tests/ui/test_terminal.py).
    """

    def render_update(
        self: Compositor, full: bool = False, screen_stack: Any = None, simplify: bool = False
    ) -> Any:
        if full:
            return draw(self, full, screen_stack, simplify)
        self._dirty_regions.clear()
        return None

    Compositor.render_update = render_update


def parse_styles_once() -> None:
    """Let all apps of the process share the style sheets they have parsed; no app changes them."""
    parse, parsed = Stylesheet._parse_rules, {}

    def parse_rules(self: Stylesheet, css: str, *args: Any, **options: Any) -> list[RuleSet]:
        key = (css, args, *sorted(options.items()), *sorted(self._variables.items()))
        if key not in parsed:
            parsed[key] = parse(self, css, *args, **options)
        return parsed[key]

    Stylesheet._parse_rules = parse_rules


def leave_apps_to_the_collector() -> None:
    """Let no app exempt itself from garbage collection: the next test begins in this process."""
    bbtui.ui.app.exempt_from_collection = gc.enable
