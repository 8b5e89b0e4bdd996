"""The results dialog: verdict, tables and bars of the session, as they are now."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from bbtui.domain.cell_results import session_results
from bbtui.domain.conclusions import Conclusions, PairTest, conclude, pair_tests
from bbtui.domain.session import Session
from bbtui.engine.comparison import Comparison
from bbtui.errors import BbtuiError
from bbtui.formatting.sanitize import clean_name
from bbtui.report.results_lines import MUTED, STRONG, WARNING, Span, heading, results_lines
from bbtui.ui.background import in_thread
from bbtui.ui.naming import accent
from bbtui.ui.screens.dialogs import LargeDialog, WorkerErrors

#: How often it is checked whether the session has changed, in s.
CHECK_S = 0.25
_STYLES = {MUTED: "$foreground-muted", STRONG: "bold", WARNING: "$text-warning"}


class _Lines(VerticalScroll):
    """The results, laid out for its width."""

    DEFAULT_CSS = "_Lines { scrollbar-gutter: stable; }"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j", "scroll_down", show=False),
        Binding("k", "scroll_up", show=False),
        Binding("g", "scroll_home", show=False),
        Binding("G", "scroll_end", show=False),
    ]

    def __init__(self) -> None:
        self._text = Static(Content.styled("counting …", "$foreground-muted"))
        super().__init__(self._text)
        self._shown: tuple[Conclusions, Sequence[PairTest] | None] | None = None

    def show(self, conclusions: Conclusions, tests: Sequence[PairTest] | None) -> None:
        """Show these results; the place of the reader stays."""
        self._shown = conclusions, tests
        self._lay_out()

    def on_resize(self, _: events.Resize) -> None:
        """Lay out for the new width."""
        self._lay_out()

    def _lay_out(self) -> None:
        width = self.scrollable_content_region.width
        if self._shown is not None and width:
            lines = results_lines(*self._shown, width)
            content = [Content.assemble(*map(_styled, line)) for line in lines]
            self._text.update(Content("\n").join(content))


def _styled(span: Span) -> tuple[str, str]:
    kind, _, number = span.style.partition(" ")
    if kind == "side":
        return span.text, f"${accent(int(number) - 1)}"
    return span.text, _STYLES.get(span.style, "")


class ResultsScreen(WorkerErrors, LargeDialog[None]):
    """Shows the results of the session, again whenever it has changed.

    Counting and testing run outside the event loop: a large session takes a second.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("R", "leave", "close", show=False, id="session.results")
    ]

    def __init__(self, comparison: Comparison) -> None:
        self._lines = _Lines()
        super().__init__("results", self._lines, keys="j k PgUp PgDn g G scroll · esc closes")
        self._comparison = comparison
        self._of: Session | None = None
        self._counting = False
        self._heading = ("", "")

    def on_mount(self) -> None:
        """Show the results, and begin to follow the session."""
        self._lines.focus()
        self._follow()
        self.set_interval(CHECK_S, self._follow)

    def show_error(self, error: BbtuiError) -> None:
        """Show an error with its fix."""
        self.notify(error.fix, title=clean_name(error.message), severity="error", markup=False)

    def _follow(self) -> None:
        """Count again if the session has changed."""
        session = self._comparison.session
        if session is not self._of and not self._counting:
            self._of, self._counting = session, True
            self.run_worker(self._count(session), exit_on_error=False)

    async def _count(self, session: Session) -> None:
        try:
            conclusions = await in_thread(lambda: conclude(session_results(session)))
            self._show(conclusions, None)
            tests = await in_thread(lambda: pair_tests(conclusions))
            self._show(conclusions, tests)
        finally:
            self._counting = False

    def on_resize(self, _: events.Resize) -> None:
        """Lay out the title for the new width."""
        self.call_after_refresh(self._show_heading)

    def _show_heading(self) -> None:
        title, size = self._heading
        self.show_title(f"results  {title}", size)

    def _show(self, conclusions: Conclusions, tests: Sequence[PairTest] | None) -> None:
        if self.is_attached:
            self._heading = heading(conclusions)
            self._show_heading()
            self._lines.show(conclusions, tests)
