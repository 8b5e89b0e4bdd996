"""Every action, declared once: keys, palette, hints, help and the key table all come from here."""

from __future__ import annotations

from collections.abc import Mapping

from textual.binding import Binding

from bbtui.ui.action import Action
from bbtui.ui.commands import diagnosis, judging, models, navigation, pods, running, sessions


def _score(value: int) -> Action:
    return Action(
        f"score.{value}",
        str(value),
        str(value),
        f"score the focused answer {value} of 5",
        lambda main: judging.score(main, value),
        hint="score" if value == 1 else "",  # one hint for all of them
        rank=20,
        possible=judging.has_answer,
    )


_RUNNING = (
    Action(
        "round.run",
        "space",
        "space",
        "run this task: its missing answers, or all of it again",
        running.run_round,
        hint="run",
        rank=32,
        due=running.nothing_here,
        possible=running.idle_here,
    ),
    Action(
        "round.run_all",
        "a",
        "a",
        "run every missing answer of the session",
        running.run_all,
        hint="run all",
        rank=24,
        due=running.nothing_here,
        possible=running.something_missing,
    ),
    Action(
        "answer.stop",
        "escape",
        "esc",
        "close what is open; then stop the focused answer",
        running.escape,
        hint="stop",
        rank=26,
        possible=running.something_to_close,
    ),
    Action(
        "prompt.own",
        "i",
        "i",
        "ask a prompt of your own",
        running.own_prompt,
        hint="ask",
        rank=33,
        possible=running.anyone_there,
        asks=True,
    ),
)

_JUDGING = (
    *(_score(value) for value in range(1, 6)),
    Action(
        "verdict.set",
        "v",
        "v",
        "verdict on the focused answer: a short word, then why",
        judging.verdict,
        hint="verdict",
        rank=21,
        possible=judging.has_answer,
        asks=True,
    ),
    Action(
        "fault.add",
        "t",
        "t",
        "add a fault: severity, then a line of text",
        judging.fault,
        hint="fault",
        rank=22,
        possible=judging.has_answer,
        asks=True,
    ),
    Action(
        "note.set",
        "c",
        "c",
        "note on the focused answer",
        judging.note,
        hint="note",
        rank=30,
        possible=judging.has_answer,
        asks=True,
    ),
    Action(
        "winner.set",
        "w",
        "w",
        "winner of this task by hand: a side, a tie, both bad",
        judging.winner,
        hint="winner",
        rank=36,
        possible=judging.has_answer,
        asks=True,
    ),
    Action("judgement.undo", "u", "u", "undo the last judgement", judging.undo),
    Action("judgement.redo", "ctrl+r", "ctrl+r", "redo it", judging.redo),
    Action(
        "scored.verdict",
        "V",
        "V",
        "verdict on the answer just scored",
        judging.verdict_just_scored,
        asks=True,
    ),
    Action(
        "scored.fault",
        "T",
        "T",
        "fault of the answer just scored",
        judging.fault_just_scored,
        asks=True,
    ),
    Action(
        "scored.note",
        "C",
        "C",
        "note on the answer just scored",
        judging.note_just_scored,
        asks=True,
    ),
    Action(
        "task.rubric",
        "r",
        "r",
        "the task: prompt, rubric, expected answer, checks",
        sessions.rubric,
        hint="rubric",
        rank=34,
    ),
)

_MOVING = (
    Action(
        "pane.next",
        "tab,l,right",
        "tab l →",
        "focus the next pane",
        navigation.next_pane,
        hint="other pane",
        short="pane",
        rank=31,
        possible=navigation.several_panes,
    ),
    Action(
        "pane.previous",
        "shift+tab,h,left",
        "shift+tab h ←",
        "focus the pane before",
        navigation.previous_pane,
    ),
    Action("answer.down", "j", "j ↓", "scroll down", navigation.down),
    Action("answer.up", "k", "k ↑", "scroll up", navigation.up),
    Action("answer.top", "g", "g", "to the top of the answer", navigation.top),
    Action("answer.end", "G", "G", "to the end, and follow it", navigation.end),
    Action(
        "task.next",
        "n",
        "n",
        "next task",
        navigation.next_task,
        hint="next",
        rank=23,
        possible=navigation.has_next_task,
    ),
    Action("task.previous", "p", "p", "task before", navigation.previous_task),
    Action("pane.maximise", "z", "z", "give the focused pane all the room", navigation.maximise),
    Action("layout.tasks", "f2", "f2", "show or hide the task list", navigation.toggle_tasks),
    Action("layout.tabs", "\\", "\\", "tabs or columns", navigation.toggle_tabs),
)

_MACHINE = (
    Action(
        "endpoint.model",
        "m",
        "m",
        "the endpoint's models: choose, pull, load, unload",
        models.choose,
        hint="models",
        rank=35,
        possible=models.has_choice,
    ),
    Action(
        "endpoint.diagnose",
        "d",
        "d",
        "diagnosis of the focused endpoint: every hop to it",
        diagnosis.show,
        possible=diagnosis.can_examine,
    ),
    Action(
        "pod.steer",
        "s",
        "s",
        "the pod or host: its state and cost; start it, stop it",
        pods.steer,
        asks=True,
    ),
)

_SESSION = (
    Action(
        "report.export",
        "e",
        "e",
        "write the report",
        sessions.export,
        hint="report",
        rank=25,
        possible=sessions.something_to_report,
    ),
    Action("answer.copy", "y", "y", "copy the answer", sessions.copy_answer),
    Action(
        "sessions.open",
        "o",
        "o",
        "sessions: open another one",
        sessions.browse,
        hint="sessions",
        rank=37,
    ),
    Action("session.summary", "", "", "write the summary of the report", judging.summary),
    Action("session.finding", "", "", "write the key finding of the report", judging.finding),
    Action(
        "help.keys",
        "question_mark,f1",
        "? F1",
        "keys and help",
        navigation.show_help,
        hint="keys",
        rank=90,
    ),
    Action(
        "app.quit", "q,ctrl+q", "q ctrl+q", "quit", sessions.leave, hint="quit", short="", rank=80
    ),
    Action(
        "app.interrupt",
        "ctrl+c",
        "ctrl+c",
        "copy the selection; with none, quit; twice, quit at once",
        sessions.interrupt,
    ),
    Action("app.suspend", "ctrl+z", "ctrl+z", "suspend; fg returns", sessions.suspend),
)

#: The actions by what one does with them, in the order of the key table.
GROUPS = {
    "running": _RUNNING,
    "judging": _JUDGING,
    "moving": _MOVING,
    "the machine": _MACHINE,
    "the session": _SESSION,
}
ACTIONS: tuple[Action, ...] = tuple(action for group in GROUPS.values() for action in group)
BY_ID = {action.id: action for action in ACTIONS}


def bindings() -> list[Binding]:
    """Every action that has a key."""
    return [action.binding for action in ACTIONS if action.keys]


def keys_shown(action_id: str, remapped: Mapping[str, str]) -> str:
    """The keys of an action as they are written for people; `remapped` are the user's own."""
    own = remapped.get(action_id)
    return BY_ID[action_id].shown if own is None else " ".join(own.replace(",", " ").split())


def score_keys(remapped: Mapping[str, str]) -> str:
    """The keys of all scores as one: ``1-5``, or the user's own one by one."""
    keys = [keys_shown(f"score.{value}", remapped) for value in range(1, 6)]
    return "1-5" if keys == list("12345") else " ".join(keys)
