"""Where the eye is: panes, tasks, scrolling, and how the room is shared."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bbtui.ui.commands.judging import first_unscored
from bbtui.ui.screens.layout import WIDE

if TYPE_CHECKING:
    from bbtui.ui.screens.main import MainScreen


def several_panes(main: MainScreen) -> bool:
    """Whether there is another pane to go to."""
    return len(main.panes) > 1


def has_next_task(main: MainScreen) -> bool:
    """Whether a task follows the one at hand."""
    return main.round_index + 1 < len(main.rounds)


def next_pane(main: MainScreen) -> None:
    """Focus the pane to the right; from the last one, the first."""
    main.focus_pane((main.pane_index + 1) % len(main.panes))


def previous_pane(main: MainScreen) -> None:
    """Focus the pane to the left; from the first one, the last."""
    main.focus_pane((main.pane_index - 1) % len(main.panes))


def next_task(main: MainScreen) -> None:
    """Open the next task on its first unscored answer."""
    if not has_next_task(main):
        main.tell(f"this is the last task · {main.key('prompt.own')} asks a prompt of your own")
        return
    main.open_round(main.round_index + 1)
    main.focus_pane(first_unscored(main))


def previous_task(main: MainScreen) -> None:
    """Open the task before."""
    if main.round_index == 0:
        main.tell("this is the first task")
        return
    main.open_round(main.round_index - 1)


def down(main: MainScreen) -> None:
    """Scroll the focused answer down a row."""
    main.pane.view.action_scroll_down()


def up(main: MainScreen) -> None:
    """Scroll the focused answer up a row."""
    main.pane.view.action_scroll_up()


def top(main: MainScreen) -> None:
    """To the top of the focused answer."""
    main.pane.view.action_scroll_home()


def end(main: MainScreen) -> None:
    """To the end of the focused answer, and follow it from now on."""
    main.pane.view.action_scroll_end()


def maximise(main: MainScreen) -> None:
    """Give the focused pane all the room, or take it back."""
    main.maximise_pane(not main.maximised_pane)


def toggle_tasks(main: MainScreen) -> None:
    """Show or hide the task list, where there is room for it."""
    if main.maximised_pane:
        main.tell(f"one pane has all the room · {main.key('pane.maximise')} takes it back")
    elif main.has_class("narrow"):
        main.tell(f"the task list needs {WIDE.width}×{WIDE.height} or more")
    else:
        main.toggle_class("no-tasks")


def toggle_tabs(main: MainScreen) -> None:
    """One pane at a time with tabs, or columns."""
    main.choose_tabs(not main.has_class("tabbed"))


def show_help(main: MainScreen) -> None:
    """What the program is for, and every key."""
    from bbtui.ui.help import help_text
    from bbtui.ui.screens.text_dialog import TextDialog

    main.app.push_screen(TextDialog("keys and help", help_text(main.desk.keys)))
