"""Every action, declared once: keys, palette, hints, help and the key table all come from here."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from string import ascii_lowercase

from textual.binding import Binding

from bbtui.ui.action import Action, written_keys
from bbtui.ui.commands import (
    blinding,
    diagnosis,
    judging,
    models,
    navigation,
    pods,
    quit_suspend,
    running,
    sessions,
)


def _score(value: int) -> Action:
    hint = "score" if value == 1 else ""  # one hint for all of them
    text = f"score the focused answer {value} of 5"
    run, possible = partial(judging.score, value=value), judging.has_answer
    return Action(f"score.{value}", str(value), text, run, hint, 20, possible=possible)


def _judge(action_id: str, key: str, text: str, judge: judging.OnAnswer, rank: int) -> Action:
    """Return an action on the focused answer; its hint is what is given."""
    hint, run = action_id.partition(".")[0], judging.on_focused(judge)
    return Action(action_id, key, text, run, hint, rank, possible=judging.has_answer, asks=True)


# One action in two lines: id, keys and help; then command, hint, rank and the rest.
# fmt: off
_RUNNING = (
    Action("round.run", "space", "run this task: its missing answers, or all of them again",
        running.run_round, "run", 32, possible=running.idle_here, due=running.nothing_here),
    Action("round.run_all", "a", "run all missing answers of the session",
        running.run_all, "run all", 27, possible=running.something_missing,
        due=running.nothing_here),
    Action("answer.stop", "escape", "close what is open; then stop the focused answer",
        running.escape, "stop", 25, possible=running.something_to_close),
    Action("answers.stop", "X", "stop every answer and clear the queue",
        running.stop_all, "stop all", 26, possible=running.something_to_stop, asks=True),
    Action("prompt.own", "i", "ask your own prompt",
        running.own_prompt, "ask", 33, possible=running.can_run, asks=True),
)

_JUDGING = (
    *(_score(value) for value in range(1, 6)),
    _judge("verdict.set", "v", "verdict on the focused answer: a short word, then why",
        judging.verdict, 21),
    _judge("fault.add", "t", "faults: add one; where there are some, edit or remove them",
        judging.fault, 22),
    _judge("note.set", "c", "note on the focused answer", judging.note, 28),
    Action("winner.set", "w", "set the winner of this task: an endpoint, a tie, both bad",
        judging.winner, "winner", 36, possible=judging.has_answer, asks=True),
    Action("judgement.undo", "u", "undo the last judgement", judging.undo),
    Action("judgement.redo", "ctrl+r", "redo the last undone judgement", judging.redo),
    Action("scored.verdict", "V", "verdict on the answer just scored",
        judging.on_just_scored(judging.verdict), asks=True),
    Action("scored.fault", "T", "faults of the answer just scored",
        judging.on_just_scored(judging.fault), asks=True),
    Action("scored.note", "C", "note on the answer just scored",
        judging.on_just_scored(judging.note), asks=True),
    Action("blind.toggle", "b", "judge blind: hide the sides; reveal those of this round",
        blinding.toggle, "blind", 39, asks=True),
    Action("task.rubric", "r", "rubric, expected answer and checks beside the answer",
        navigation.toggle_dock, "rubric", 23),
)

_MOVING = (
    Action("pane.next", "tab,l,right", "focus the next pane",
        lambda context: context.cursor.move_column(1), "next pane", 31, short="pane",
        possible=navigation.several_panes),
    Action("pane.previous", "shift+tab,h,left", "focus the previous pane",
        lambda context: context.cursor.move_column(-1)),
    Action("answer.down", "j", "scroll down", lambda context: context.scroll("down"), also="down"),
    Action("answer.up", "k", "scroll up", lambda context: context.scroll("up"), also="up"),
    Action("answer.top", "g", "scroll to the top of the answer",
        lambda context: context.scroll("top")),
    Action("answer.end", "G", "scroll to the end, and follow it",
        lambda context: context.scroll("end")),
    Action("answer.find", "slash", "find text in the focused answer",
        lambda context: context.find(), possible=judging.has_answer, asks=True),
    Action("task.next", "n", "next task",
        navigation.next_task, "next", 24, possible=navigation.has_next_task),
    Action("task.previous", "p", "previous task", navigation.previous_task),
    Action("task.jump", "J", "jump to a task by its number or title",
        navigation.jump, possible=navigation.several_tasks, asks=True),
    Action("answer.unscored", "U", "go to the next unscored answer of any task",
        navigation.next_unscored),
    Action("trial.previous", "comma", "previous trial of this task",
        lambda context: navigation.move_trial(context, -1)),
    Action("trial.next", "full_stop", "next trial of this task",
        lambda context: navigation.move_trial(context, 1), "trial", 25,
        possible=navigation.several_trials),
    Action("attempt.earlier", "left_square_bracket", "show the attempt before this one",
        lambda context: navigation.move_attempt(context, -1)),
    Action("attempt.later", "right_square_bracket", "show the attempt after this one",
        lambda context: navigation.move_attempt(context, 1)),
    Action("prompt.expand", "P", "open the whole prompt above the answers, or close it",
        navigation.toggle_prompt, "prompt", 38),
    Action("pane.maximise", "z", "maximise the focused pane", navigation.maximise),
    Action("layout.tasks", "f2", "show or hide the task list", navigation.toggle_tasks),
    Action("layout.tabs", "\\", "switch between tabs and columns",
        lambda context: context.screen_layout.toggle_tabs()),
)

_MACHINE = (
    Action("endpoint.model", "m", "the endpoint's models: select, pull, load, unload",
        models.choose, "models", 35, possible=models.has_choice, reveals=blinding.is_blind),
    Action("endpoint.diagnose", "d", "check every connection step of the focused endpoint",
        diagnosis.show, possible=diagnosis.can_examine, reveals=blinding.is_blind),
    Action("pod.manage", "s", "the pod or host: state and cost; start or stop it",
        pods.manage, asks=True, reveals=blinding.is_blind),
)

_SESSION = (
    Action("session.results", "R", "results: which side was better, how sure, at what price",
        sessions.show_results, "results", 32, possible=sessions.something_to_report,
        reveals=blinding.any_blind),
    Action("report.export", "e", "preview the report; then write it to a file",
        sessions.export, "report", 29, possible=sessions.something_to_report, asks=True,
        reveals=blinding.any_blind),
    Action("report.copy", "Y", "copy the report",
        sessions.copy_report, possible=sessions.something_to_report,
        reveals=blinding.any_blind),
    Action("report.post", "", "post the report to the issue of [forge]",
        sessions.post, possible=sessions.can_post, asks=True, reveals=blinding.any_blind),
    Action("answer.copy", "y", "copy the answer", sessions.copy_answer),
    Action("sessions.open", "o", "open another session", sessions.browse, "sessions", 37),
    Action("session.summary", "S", "write the summary of the report",
        lambda context: judging.remark(context, "summary"), asks=True),
    Action("session.finding", "F", "write the key finding of the report",
        lambda context: judging.remark(context, "finding"), asks=True),
    Action("help.keys", "question_mark,f1", "keys and help",
        lambda context: context.open_help(), "keys", 90),
    Action("app.quit", "q,ctrl+q", "quit", quit_suspend.quit_program, "quit", 80, short=""),
    Action("app.interrupt", "ctrl+c", "copy the selection; without one, quit; twice, quit at once",
        quit_suspend.interrupt),
    Action("app.suspend", "ctrl+z", "suspend; fg resumes", quit_suspend.suspend),
)
# fmt: on

#: The actions by what one does with them, in the order of the key table.
GROUPS = {
    "running": _RUNNING,
    "judging": _JUDGING,
    "navigation": _MOVING,
    "endpoint and pod": _MACHINE,
    "session": _SESSION,
}
ACTIONS: tuple[Action, ...] = tuple(action for group in GROUPS.values() for action in group)
BY_ID = {action.id: action for action in ACTIONS}


def bindings() -> list[Binding]:
    """Return a binding for every action that has a key."""
    return [action.binding for action in ACTIONS if action.keys]


def keys_shown(action_id: str, remapped: Mapping[str, str]) -> str:
    """Return the keys of an action as written for people; `remapped` are the user's own."""
    own = remapped.get(action_id)
    return BY_ID[action_id].shown if own is None else written_keys(own)


def score_keys(remapped: Mapping[str, str]) -> str:
    """Return the keys of all scores as one: ``1-5``, or the user's own one by one."""
    keys = [keys_shown(f"score.{value}", remapped) for value in range(1, 6)]
    return "1-5" if keys == list("12345") else " ".join(keys)


#: What its key still does while a rubric has the focus, beside the scores; no letter ticks instead.
_BESIDE_RUBRIC = (
    *("task.rubric", "judgement.undo", "answer.down", "answer.up"),
    *("task.next", "task.previous"),
)


def point_keys(remapped: Mapping[str, str], count: int) -> tuple[str, ...]:
    """Return what ticks each of so many points: a letter, or where these run out its number."""
    kept = (*_BESIDE_RUBRIC, *(f"score.{value}" for value in range(1, 6)))
    taken = {key for action in kept for key in keys_shown(action, remapped).split()}
    letters = [letter for letter in ascii_lowercase if letter not in taken]
    numbers = (str(number) for number in range(len(letters) + 1, count + 1))
    return (*letters[:count], *numbers)
