"""The comparison on screen: composes the widgets, shows the view, and runs the actions."""

from __future__ import annotations

import asyncio
import time
import weakref
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import ClassVar, TypeVar

from textual import events
from textual.app import App, ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Static

from bbtui.crashes import Crash, attempt
from bbtui.domain.answer import Cell
from bbtui.engine.comparison import Comparison
from bbtui.errors import BbtuiError
from bbtui.formatting.sanitize import clean_name
from bbtui.formatting.text import counted
from bbtui.ui import actions
from bbtui.ui.action import Command
from bbtui.ui.available import help_text
from bbtui.ui.checks import CheckOfText, CheckResults
from bbtui.ui.clipboard import Copied, copy
from bbtui.ui.commands import blinding, judging, navigation, running
from bbtui.ui.context import Scroll
from bbtui.ui.cursor import Cursor
from bbtui.ui.garbage_collection import release_memory
from bbtui.ui.layout import SMALLEST, Layout, Size
from bbtui.ui.naming import Naming, accent
from bbtui.ui.refresh import Refresh
from bbtui.ui.screens.dialogs import Dialog, WorkerErrors
from bbtui.ui.screens.splash import replace_screen
from bbtui.ui.ssh import NEAR, RefreshRate
from bbtui.ui.type_ahead import TypeAhead
from bbtui.ui.view import View, ViewBuilder
from bbtui.ui.widgets.header import Header
from bbtui.ui.widgets.hints import Hints, Notice
from bbtui.ui.widgets.pane import Pane
from bbtui.ui.widgets.prompt_strip import PromptStrip
from bbtui.ui.widgets.rubric_dock import RubricDock
from bbtui.ui.widgets.tabs import Tabs
from bbtui.ui.widgets.task_list import TaskList
from bbtui.ui.workspace import Workspace

T = TypeVar("T")
#: How long after another session was opened the memory of the one before is freed, in s, and how
#: often that is tried: Textual's tasks need the screen a little longer.
SETTLE_S, SETTLE_TRIES = 0.5, 10
#: How often it is tried to show it while a dialog is open, in s.
HAND_OVER_S = 0.1
#: Two interrupts within this number of seconds quit at once.
INTERRUPT_WINDOW_S = 2.0
#: How often what only time changes is shown, such as the uptime of a pod, in s.
CLOCK_PERIOD_S = 1.0


class MainScreen(WorkerErrors, Screen[None]):
    """One session on screen, and the context of its commands (`bbtui.ui.context.Context`)."""

    BINDINGS: ClassVar[list[BindingType]] = [*actions.bindings()]

    def __init__(
        self,
        workspace: Workspace,
        comparison: Comparison,
        *,
        rate: RefreshRate = NEAR,
        clock: Callable[[], float] = time.monotonic,
        message: str = "",
    ) -> None:
        """Show a session; `message` is shown from the start until the first action."""
        super().__init__()
        self.workspace, self.comparison = workspace, comparison
        self.cursor, self.screen_layout = Cursor(comparison), Layout()
        if workspace.judging:
            self.cursor.go_to_first_unscored()  # not to the first one that is missing
        self.leaving = False
        self._rate, self._clock = rate, clock
        self.header, self.tabs, self.task_list = Header(), Tabs(), TaskList()
        self.panes: list[Pane] = []
        self.hints, self.notice = Hints(), Notice()
        self._message = message
        self.prompt = PromptStrip()
        self.dock = RubricDock()
        self._columns = Horizontal(id="columns")
        self.checks = CheckResults(workspace.run_check)
        #: Whether checks run.
        self._checking = False
        self._views = ViewBuilder()
        self._refresh = Refresh(self._update, self._call_in_screen)
        self._start = workspace.start
        #: Whether another session takes its place: keys that were meant for it are dropped.
        self._left = False
        self.type_ahead = TypeAhead()
        #: What was given the focus last.
        self._focus_given: Widget | None = None
        self._interrupted_at = -INTERRUPT_WINDOW_S

    def compose(self) -> ComposeResult:
        """Lay out header, task list, prompt, tabs (when narrow), panes, notice and hints."""
        self.panes = [self._new_pane(column) for column in range(self.cursor.columns)]
        yield self.header
        with Horizontal(id="body"):
            yield self.task_list
            with Vertical():
                yield self.prompt
                yield self.tabs
                with self._columns:
                    yield from self.panes
                    yield self.dock
                yield self.notice
        yield self.hints
        width, height = SMALLEST
        too_small = Content(f"bbtui needs a terminal of {width}×{height} or more")
        yield Static(too_small, id="too-small")

    def _new_pane(self, column: int) -> Pane:
        key = self.key("endpoint.diagnose")
        return Pane(column + 1, accent(column), jump=self._rate.jump, details_key=key)

    def on_mount(self) -> None:
        """Show the session and start the timers."""
        self._refresh.start(self.set_interval(1 / self._rate.hz, self._refresh.tick, pause=True))
        self.set_interval(CLOCK_PERIOD_S, self.redraw)
        self.redraw()
        self._place_message()
        # Back from the shell the terminal is empty, which Textual does not know.
        self.app.app_resume_signal.subscribe(self, lambda _: self.refresh(layout=True))
        self.comparison.hosts.set_focused(self.app.app_focus)
        self.call_after_refresh(self._begin)

    def _begin(self) -> None:
        """Check the hosts, and run what is to run at once.

        Not before the first paint: the threads of the clients import much.
        """
        self.comparison.start(self._refresh.wake)
        if self._start != "idle" and (notice := self.workspace.notice(self.key)):
            self.show_message(notice)  # what is run saves the session, and ends its own notice
        self._start_by_itself()

    def on_unmount(self) -> None:
        """Save the session and close it."""
        self.comparison.close()
        self.app.app_resume_signal.unsubscribe(self)  # it would keep this screen

    # -- showing ------------------------------------------------------------------------------

    def redraw(self) -> None:
        """Show the session as it is; only widgets whose values have changed are drawn again."""
        self.screen_layout.columns = self.cursor.columns
        place, comparison = self.cursor.round, self.comparison
        comparison.judging_clock.show(place if comparison.is_complete(place) else None)
        self.show(self._views.build(self, starts=self._start == "when ready"))

    def show(self, view: View) -> None:
        """Show a view; a pane is added for each column that has none."""
        for column in range(len(self.panes), len(view.panes)):
            self.panes.append(self._new_pane(column))
            self._columns.mount(self.panes[-1], before=self.dock)
        layout = self.screen_layout
        one_pane, below = layout.one_pane, layout.dock_place == "below"
        for name, applies in layout.classes.items():
            self.set_class(applies, name)
        self._columns.styles.layout = "vertical" if below else "horizontal"
        self.task_list.display = layout.tasks_shown
        self.dock.display = layout.dock_opened
        self.dock.set_class(below, "below")
        self.header.show(view.header)
        self.task_list.show(view.tasks)
        self.prompt.show(view.prompt)
        self.tabs.show(view.tabs, view.column)
        self.hints.show(view.subject, view.hints)
        self.notice.show(view.notice)
        for column, (pane, values) in enumerate(zip(self.panes, view.panes, strict=True)):
            pane.show(values)
            pane.place(focused=column == view.column, alone=one_pane, figures=not below)
        self.dock.show(view.dock)
        self._give_focus(view)
        if view.unchecked and not self._checking:
            self._checking = True
            self.run_worker(self._check(view.unchecked), exit_on_error=False)

    async def _check(self, checks: Sequence[CheckOfText]) -> None:
        """Run checks outside the event loop, and show their results."""
        await self.checks.run(checks)
        self._checking = False
        if self.is_attached:
            self.redraw()

    def _give_focus(self, view: View) -> None:
        """Focus what the keys that scroll act on, unless the mouse has moved the focus since."""
        widget: Widget = self.pane.view
        if view.reading == "rubric":
            widget = self.dock.points
        elif view.reading == "prompt" and self.prompt.overflows:
            widget = self.prompt
        # A widget that was hidden, in a terminal that was too small, has lost it.
        if self._focus_given is not widget or self.focused is None:
            self._focus_given = widget
            widget.focus()

    def _update(self) -> bool:
        """Take what is new and show it; return whether the engine is busy."""
        self.comparison.tick()
        if (moved := self.comparison.take_moved()) is not None:
            self.show_error(moved)
        if joined := self.comparison.take_joined():
            self.notify(
                f"{counted(joined, 'judgement')} of another program loaded; the latest counts",
                title="two programs judge this session",
                timeout=10,
                markup=False,
            )
        self._start_by_itself()
        self.redraw()
        return self.comparison.busy

    def refresh_now(self) -> None:
        """Take what is new at once and show it."""
        if self.is_attached:
            self._refresh.now()

    def _call_in_screen(self, function: Callable[[], None]) -> None:
        if self.is_attached:
            self.app.call_later(function)

    def _start_by_itself(self) -> None:
        """Run what is to start by itself, once it is known whether its hosts are ready."""
        if self._start == "idle":
            return
        snapshot = self.comparison.snapshot()
        if self._start == "now" and snapshot.pods_checked:
            self._start = "idle"
            self._follow(running.run_requested(self))
        elif self._start == "when ready" and snapshot.hosts_ready:
            self._start = "idle"
            self.do("round.run")

    # -- actions ------------------------------------------------------------------------------

    def action_do(self, action_id: str) -> None:
        """Run an action by its key; keys typed while a dialog opens are meant for that."""
        if not self.type_ahead.opening:
            self.do(action_id)

    def keeps(self, event: events.Key | events.Paste, front: Screen[object]) -> bool:
        """Keep a key or a paste for the dialog that opens; return False if none does.

        `front` is the screen in front: this one, or a dialog, after whose answer another one may
        open.
        """
        if self.type_ahead.keep_in_order(event, front):
            return True
        answered = isinstance(front, Dialog) and front.passes_on(event)
        return (front is self or answered) and self.type_ahead.keep(event)

    def do(self, action_id: str) -> None:
        """Run an action by its id; a failure is shown and the session continues."""
        action = actions.BY_ID[action_id]
        if action.reveals(self):
            self._attempt(blinding.show_closed)
        else:
            self._attempt(action.run, asks=action.asks)

    def _attempt(self, command: Command, *, asks: bool = False) -> None:
        if self._left:
            return
        self.show_message("")
        crash = attempt(lambda: self._run(command, asks=asks))
        if isinstance(crash, Crash):
            self.show_crash(crash)

    def _run(self, command: Command, *, asks: bool) -> None:
        try:
            result = command(self)
        except BbtuiError as error:
            self.show_error(error)
        else:
            if result is not None:
                self._follow(result, asks=asks)
                return
        self.refresh_now()

    def _follow(self, result: Awaitable[None], *, asks: bool = False) -> None:
        """Let a command continue that may open dialogs."""
        if asks:
            self.type_ahead.opening = True
        self.run_worker(self._finish(result, asks=asks), exit_on_error=False)

    async def _finish(self, result: Awaitable[None], *, asks: bool) -> None:
        try:
            await result
        except BbtuiError as error:
            self.show_error(error)
        finally:
            if asks:
                self.type_ahead.end()
        self.refresh_now()

    # -- the context of commands --------------------------------------------------------------

    @property
    def naming(self) -> Naming:
        """The names of the endpoints on screen."""
        comparison = self.comparison
        return Naming(comparison.session.endpoints, comparison.blind, self.cursor.round)

    @property
    def pane(self) -> Pane:
        """The focused pane."""
        return self.panes[self.cursor.column]

    def key(self, action_id: str) -> str:
        """Return the first key of an action, as the user has it."""
        return actions.keys_shown(action_id, self.workspace.keys).split()[0]

    def show_message(self, message: str) -> None:
        """Show a message until the next action: in the line of hints, a longer one above it."""
        self._message = message
        self._place_message()

    def _place_message(self) -> None:
        fits = self.hints.show_message(self._message)
        self.notice.show_message("" if fits else self._message)

    def show_error(self, error: BbtuiError) -> None:
        """Show an error with its fix."""
        title, fix = (clean_name(self.naming.text(text)) for text in (error.message, error.fix))
        self.notify(fix, title=title, severity="error", timeout=10, markup=False)

    async def ask(self, dialog: Screen[T | None]) -> T | None:
        """Open a dialog and return its result; None if the user cancelled it."""
        result = self.app.push_screen(dialog, wait_for_dismiss=True)
        self.type_ahead.give(self.app, dialog)
        return await asyncio.shield(result)

    def open(self, dialog: Screen[None]) -> None:
        """Open a dialog that has no result."""
        self.app.push_screen(dialog)
        self.type_ahead.give(self.app, dialog)

    def open_help(self) -> None:
        """Open the help with every key."""
        from bbtui.ui.screens.text_dialog import TextDialog

        self.open(TextDialog("keys and help", help_text(self.workspace.keys)))

    def open_comparison(self, comparison: Comparison, message: str = "") -> None:
        """Show another session in the place of this one, at first with a message."""
        rate, clock = self._rate, self._clock
        # Only the first session of the program starts by itself.
        workspace = self.workspace._replace(comparison=comparison, start="idle")
        other = MainScreen(workspace, comparison, rate=rate, clock=clock, message=message)
        # By the app: the tasks of the other screen would keep this one, as what started them.
        self._left = True
        self.app.call_later(self._hand_over, other)

    def _hand_over(self, other: MainScreen) -> None:
        """Let another session take the place of this one, once no dialog is over it."""
        if self.app.screen is self:
            replace_screen(self, other)
            _release_later(self.app, weakref.ref(self), SETTLE_TRIES)
        else:
            self.app.set_timer(HAND_OVER_S, partial(self._hand_over, other))

    def find(self) -> None:
        """Open the box that finds text in the focused answer."""
        from bbtui.ui.screens.find import FindBox

        self.open(FindBox(self.pane.view, self.naming.label(self.cursor.cell.endpoint)))

    def scroll(self, to: Scroll) -> None:
        """Scroll the focused answer by a row, or to its top or end; without one, the prompt."""
        view = self.pane.view if navigation.is_sent(self) else self.prompt
        match to:
            case "up":
                view.action_scroll_up()
            case "down":
                view.action_scroll_down()
            case "top":
                view.action_scroll_home()
            case "end":
                view.action_scroll_end()

    def take_selection(self) -> str:
        """Return the text selected on the screen in front, and clear the selection."""
        front = self.app.screen
        # A text box keeps its selection to itself; of all widgets only text boxes have one.
        selected = getattr(self.app.focused, "selected_text", "") or front.get_selected_text()
        if selected:
            front.clear_selection()
        return selected or ""

    def take_quote(self, cell: Cell) -> str:
        """Return what is selected of the answer of a cell in view, and clear the selection."""
        cells = self.cursor.cells
        if cell not in cells:
            return ""
        view = self.panes[cells.index(cell)].view
        selection = self.selections.get(view)
        found = None if selection is None else view.get_selection(selection)
        if found is None:
            return ""
        self.clear_selection()
        return found[0]

    def copy(self, text: str) -> Copied:
        """Copy a text to the clipboard, and return where it went."""
        return copy(self.app, text)

    def interrupted_again(self) -> bool:
        """Return whether this is the second interrupt within `INTERRUPT_WINDOW_S`."""
        now = self._clock()
        again = now - self._interrupted_at < INTERRUPT_WINDOW_S
        self._interrupted_at = now
        return again

    def suspend(self) -> None:
        """Return to the shell until the program is resumed."""
        self.app.action_suspend_process()

    def exit(self, code: int) -> None:
        """Leave the program with an exit code."""
        self.app.exit(code)

    # -- the mouse, and the size --------------------------------------------------------------

    def on_resize(self, event: events.Resize) -> None:
        """Choose the layout for the new size."""
        self.screen_layout.size = Size(event.size.width, event.size.height)
        self.redraw()
        self.call_after_refresh(self._place_message)

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """Follow the focus when it was moved with the mouse."""
        layout, on_dock = self.screen_layout, self.dock in event.widget.ancestors
        if layout.dock_opened and on_dock != layout.dock_focused:
            layout.dock_focused = on_dock
            self._focus_given = event.widget
            self.redraw()
        for column, pane in enumerate(self.panes):
            if event.widget is pane.view and column != self.cursor.column:
                self.cursor.column = column
                self.redraw()

    def on_rubric_dock_moved(self, event: RubricDock.Moved) -> None:
        """Make another point of the rubric the current one."""
        self.cursor.go_to_point(self.cursor.point + event.step)
        self.redraw()

    def on_rubric_dock_ticked(self, event: RubricDock.Ticked) -> None:
        """Tick a point of the rubric for the focused answer."""
        point = self.cursor.point if event.point is None else event.point
        self._attempt(partial(judging.tick, point=point))

    def on_prompt_strip_wrapped(self) -> None:
        """Focus the prompt if it overflows now, or the answer if it no longer does."""
        self.redraw()

    def on_task_list_picked(self, event: TaskList.Picked) -> None:
        """Open the task that was clicked."""
        self.show_message("")
        self.cursor.open_task(event.index)
        self.redraw()

    def on_tabs_picked(self, event: Tabs.Picked) -> None:
        """Open the pane whose tab was clicked."""
        self.show_message("")
        self.cursor.column = event.index
        self.redraw()


def _release_later(app: App[object], left: weakref.ref[MainScreen], tries: int) -> None:
    """Free the memory of a screen that was left, as soon as nothing needs it any more."""

    def release() -> None:
        if not release_memory(left) and tries > 1:
            _release_later(app, left, tries - 1)

    app.set_timer(SETTLE_S, release)
