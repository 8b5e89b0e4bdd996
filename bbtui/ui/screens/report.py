"""The preview of the report: read, shorten, copy or write it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import ClassVar

from textual import work
from textual.binding import Binding, BindingType

from bbtui.errors import BbtuiError
from bbtui.report.markdown import unfold
from bbtui.report.short import LONGEST_COMMENT
from bbtui.ui.background import in_thread
from bbtui.ui.screens.dialogs import LargeDialog, WorkerErrors
from bbtui.ui.screens.text_dialog import ReadingView


class ReportScreen(WorkerErrors, LargeDialog[str | None]):
    """Shows the report as it would be written; returns the text to write, or None for esc."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("e", "write", show=False, id="report.export"),
        Binding("enter", "write", show=False),
        Binding("Y", "copy", show=False, id="report.copy"),
        Binding("s", "change_form", show=False),
    ]

    def __init__(
        self, number: int, render: Callable[[bool], str], copy: Callable[[str], str], copy_key: str
    ) -> None:
        """Create the dialog of a session's report.

        `render` blocks and returns the report, the short one if its argument is true; `copy` copies
        a text and returns a message about it; `copy_key` is the key as the user has it.
        """
        self._view = ReadingView()
        self._view.placeholder = "running the checks …"
        super().__init__(f"Report of #{number}", self._view)
        self._render_report, self._copy, self._copy_key = render, copy, copy_key
        self._short = False
        self._report = ""

    def on_mount(self) -> None:
        """Render the report."""
        self._view.focus()
        self._show_state("")
        self._load()

    @work(exclusive=True, exit_on_error=False)
    async def _load(self) -> None:
        self._report = ""
        self._view.show("")
        self._report = await in_thread(partial(self._render_report, self._short))
        self._view.show(unfold(self._report), following=False)
        self._show_state("")

    def _show_state(self, message: str) -> None:
        """Show the length of the report, or a message, and the keys."""
        if not message and self._report:
            message = f"{len(self._report):,} characters"
            if len(self._report) > LONGEST_COMMENT:
                message += f", a comment takes {LONGEST_COMMENT:,}"
        other = "whole report" if self._short else "short form"
        keys = f"enter write · {self._copy_key} copy · s {other} · esc close"
        self.show_keys(f"{message}   {keys}".strip())

    def action_write(self) -> None:
        """Return the report, once it is there."""
        if self._report:
            self.dismiss(self._report)

    def action_copy(self) -> None:
        """Copy what is shown."""
        if self._report:
            self._show_state(self._copy(self._report))

    def action_change_form(self) -> None:
        """Show the short form, or the whole report again."""
        self._short = not self._short
        self._load()

    def show_error(self, error: BbtuiError) -> None:
        """Show in the report's place why it could not be rendered."""
        self._view.show(str(error), following=False)
