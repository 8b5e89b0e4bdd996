"""Panes, tasks, scrolling, and how the screen is divided."""

from __future__ import annotations

from bbtui.ui.context import Context
from bbtui.ui.layout import WIDE


def several_panes(context: Context) -> bool:
    """Return whether there is another pane to go to."""
    return context.cursor.columns > 1


def has_next_task(context: Context) -> bool:
    """Return whether a task follows the current one."""
    cursor = context.cursor
    return cursor.round_index + 1 < len(cursor.rounds)


def next_task(context: Context) -> None:
    """Open the next task on its first unscored answer."""
    if context.cursor.move_round(1):
        context.cursor.go_to_unscored()
    else:
        key = context.key("prompt.own")
        context.show_message(f"this is the last task · {key} asks your own prompt")


def previous_task(context: Context) -> None:
    """Open the previous task."""
    if not context.cursor.move_round(-1):
        context.show_message("this is the first task")


def maximise(context: Context) -> None:
    """Maximise the focused pane, or restore it."""
    layout = context.screen_layout
    layout.maximised = not layout.maximised


def toggle_tasks(context: Context) -> None:
    """Show or hide the task list, where there is room for it."""
    layout = context.screen_layout
    if layout.maximised:
        key = context.key("pane.maximise")
        context.show_message(f"one pane is maximised · {key} restores it")
    elif layout.narrow:
        size = f"{WIDE.width}×{WIDE.height}"
        context.show_message(f"the task list needs a terminal of {size} or more")
    else:
        layout.tasks_hidden = not layout.tasks_hidden
