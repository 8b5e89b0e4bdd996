"""A context without a screen: records what a command shows, and answers its dialogs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from textual.screen import Screen

from bbtui.clients.ports import Connection
from bbtui.domain.answer import Cell
from bbtui.domain.session import Session
from bbtui.engine.comparison import Comparison
from bbtui.errors import BbtuiError
from bbtui.ui.actions import keys_shown
from bbtui.ui.checks import CheckResults
from bbtui.ui.clipboard import Copied
from bbtui.ui.context import Scroll
from bbtui.ui.cursor import Cursor
from bbtui.ui.layout import Layout
from bbtui.ui.naming import Naming
from bbtui.ui.workspace import Workspace
from tests.fakes import MemoryStore, make_connection, make_session
from tests.fakes.checks import check_here
from tests.fakes.reports import FakeReports

T = TypeVar("T")


@dataclass
class FakeContext:
    """See `bbtui.ui.context.Context`."""

    workspace: Workspace
    comparison: Comparison
    cursor: Cursor
    answers: list[str | None] = field(default_factory=list)
    """The results of its dialogs, in order."""
    screen_layout: Layout = field(default_factory=Layout)
    leaving: bool = False
    selection: str = ""
    messages: list[str] = field(default_factory=list)
    errors: list[BbtuiError] = field(default_factory=list)
    dialogs: list[Screen[object]] = field(default_factory=list)
    copied: list[str] = field(default_factory=list)
    exits: list[int] = field(default_factory=list)

    @property
    def checks(self) -> CheckResults:
        return CheckResults(self.workspace.run_check)

    @property
    def naming(self) -> Naming:
        comparison = self.comparison
        return Naming(comparison.session.endpoints, comparison.blind, self.cursor.round)

    def key(self, action_id: str) -> str:
        return keys_shown(action_id, self.workspace.keys).split()[0]

    def show_message(self, message: str) -> None:
        self.messages.append(message)

    def show_error(self, error: BbtuiError) -> None:
        self.errors.append(error)

    async def ask(self, dialog: Screen[T | None]) -> T | None:
        self.dialogs.append(dialog)
        return self.answers.pop(0)

    def open(self, dialog: Screen[None]) -> None:
        self.dialogs.append(dialog)

    def open_help(self) -> None: ...

    def open_comparison(self, comparison: Comparison, message: str = "") -> None: ...

    def redraw(self) -> None: ...

    def scroll(self, to: Scroll) -> None: ...

    def take_selection(self) -> str:
        selected, self.selection = self.selection, ""
        return selected

    def take_quote(self, cell: Cell) -> str:
        return self.take_selection()

    def copy(self, text: str) -> Copied:
        self.copied.append(text)
        return Copied(True, "copied")

    def interrupted_again(self) -> bool:
        return False

    def suspend(self) -> None: ...

    def exit(self, code: int) -> None:
        self.exits.append(code)


def make_context(
    session: Session | None = None, connections: Sequence[Connection] | None = None, **more: object
) -> FakeContext:
    """A context on a session of the usual two endpoints; `more` are fields of the workspace."""
    session = session or make_session()
    if connections is None:
        connections = [make_connection(endpoint.name) for endpoint in session.endpoints]
    store = MemoryStore()
    if session.number:
        store.create(session)
    comparison = Comparison(session, connections, store, order="parallel")
    workspace = Workspace(
        comparison=comparison,
        open_session=lambda _: comparison,
        summaries=list,
        library=store,
        reports=FakeReports(),
        run_check=check_here,
        themes=Path(),
        user_themes=Path(),
        **more,  # type: ignore[arg-type]
    )
    return FakeContext(workspace, comparison, Cursor(comparison))
