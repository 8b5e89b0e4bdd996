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
    """Open the next task on its first unscored answer; after the last, the next trial of all."""
    if context.cursor.move_round(1):
        context.cursor.go_to_unscored()
    else:
        key = context.key("prompt.own")
        context.show_message(f"this is the last task · {key} asks your own prompt")


def previous_task(context: Context) -> None:
    """Open the previous task."""
    if not context.cursor.move_round(-1):
        context.show_message("this is the first task")


def several_tasks(context: Context) -> bool:
    """Return whether there is another task to go to."""
    return len(context.comparison.session.tasks) > 1


def several_trials(context: Context) -> bool:
    """Return whether there is another trial of the task to go to."""
    return context.comparison.session.trials > 1


def move_trial(context: Context, step: int) -> None:
    """Open an earlier or a later trial of the task, on its first unscored answer."""
    cursor, trials = context.cursor, context.comparison.session.trials
    if cursor.move_trial(step):
        cursor.go_to_unscored()
    elif trials == 1:
        context.show_message("each task has one trial here · bbtui run -n 3 runs it three times")
    else:
        context.show_message(f"this is the {'first' if step < 0 else 'last'} trial of {trials}")


async def jump(context: Context) -> None:
    """Ask for a task by its number or its title, and open it on its first unscored answer."""
    from bbtui.ui.screens.jump import JumpScreen

    cursor = context.cursor
    titles = [task.title for task in context.comparison.session.tasks]
    chosen = await context.ask(JumpScreen(titles, cursor.task_index))
    if chosen is not None:
        cursor.open_task(int(chosen))
        cursor.go_to_unscored()


def next_unscored(context: Context, given: str = "") -> None:
    """Go to the next unscored answer of any task, or of any session where all are scored in turn.

    `given` begins the message, if there is one.
    """
    cursor, next_session = context.cursor, context.workspace.next_session
    if cursor.go_to_unscored_anywhere():
        if given:
            label = context.naming.label(cursor.cell.endpoint)
            context.show_message(f"{given}now {cursor.task.title}, {label}")
        return
    session = context.comparison.session
    if next_session is None:
        context.show_message("every answer is scored")
    elif ref := next_session(session.number):
        other = context.workspace.open_session(ref)
        name = f"#{other.session.number} {other.session.about.title}".rstrip()
        message = f"{given}every answer of #{session.number} is scored · now {name}"
        if (error := context.comparison.write_error) is not None:
            context.show_error(error)
        context.open_comparison(other, message)
    else:
        key = context.key("app.quit")
        context.show_message(f"{given}nothing is left: every session is scored · {key} quits")


def move_attempt(context: Context, step: int) -> None:
    """Show an earlier or a later attempt of the focused answer."""
    if not context.cursor.move_attempt(step):
        context.show_message(f"there is no {'earlier' if step < 0 else 'later'} attempt here")


def is_sent(context: Context) -> bool:
    """Return whether the prompt of this round was sent to an endpoint, or is to be."""
    comparison = context.comparison
    return any(
        cell in comparison.queue or comparison.latest(cell) is not None
        for cell in context.cursor.cells
    )


def toggle_prompt(context: Context) -> None:
    """Open the whole prompt, or close it; a rubric below the answer shows it already."""
    if context.screen_layout.dock_place == "below":
        context.show_message("the prompt is in the rubric: PgDn scrolls to it")
        return
    context.screen_layout.toggle_prompt(context.cursor.round, sent=is_sent(context))


def toggle_dock(context: Context) -> None:
    """Open the rubric beside the answer and focus it; close it if it has the focus."""
    context.screen_layout.toggle_dock()


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
