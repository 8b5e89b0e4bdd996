"""Every action, declared once: keys, palette, hints, help and the key table all come from here."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from textual.binding import Binding

from bbtui.ui.commands import diagnosis, judging, models, moving, pods, running, sessions

if TYPE_CHECKING:
    from bbtui.ui.screens.main import MainScreen

Command = Callable[["MainScreen"], Awaitable[None] | None]


@dataclass(frozen=True, slots=True)
class Action:
    """Something a user can do.

    `keys` are in Textual's names, comma-separated ("" for the palette only); `shown` is how they
    are written for people. `hint` is the label in the line of hints, "" to stay out of it;
    `rank` orders the hints, small first. `possible` says whether it can be done now. One that
    `asks` opens a dialog: keys typed before that is there were meant for it, and must not act.
    """

    id: str
    keys: str
    shown: str
    help: str
    run: Command
    hint: str = ""
    rank: int = 50
    possible: Callable[[MainScreen], bool] = moving.always
    asks: bool = False

    @property
    def binding(self) -> Binding:
        """The action as a Textual binding; its id can be remapped in ``[keys]``."""
        return Binding(
            self.keys, f"do('{self.id}')", self.help, show=False, id=self.id, key_display=self.shown
        )


def _score(value: int) -> Action:
    return Action(
        f"score.{value}",
        str(value),
        str(value),
        f"score the focused answer {value} of 5",
        lambda main: judging.score(main, value),
        possible=judging.has_answer,
    )


ACTIONS: tuple[Action, ...] = (
    Action(
        "round.run",
        "space",
        "space",
        "run this task: its missing answers, or all of it again",
        running.run_round,
        hint="run",
        rank=10,
        possible=running.idle_here,
    ),
    Action(
        "round.run_all",
        "a",
        "a",
        "run every missing answer of the session",
        running.run_all,
        hint="run all",
        rank=11,
        possible=running.something_missing,
    ),
    Action(
        "answer.stop",
        "escape",
        "esc",
        "close what is open; then stop the focused answer",
        running.escape,
        hint="stop",
        rank=20,
        possible=running.something_to_close,
    ),
    *(_score(value) for value in range(1, 6)),
    Action(
        "verdict.set",
        "v",
        "v",
        "verdict on the focused answer: a short word, then why",
        judging.verdict,
        hint="verdict",
        rank=31,
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
        rank=32,
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
        rank=33,
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
        rank=60,
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
        "pane.next",
        "tab,l,right",
        "tab l →",
        "focus the next pane",
        moving.next_pane,
        hint="other pane",
        rank=40,
    ),
    Action(
        "pane.previous",
        "shift+tab,h,left",
        "shift+tab h ←",
        "focus the pane before",
        moving.previous_pane,
    ),
    Action("answer.down", "j", "j ↓", "scroll down", moving.down),
    Action("answer.up", "k", "k ↑", "scroll up", moving.up),
    Action("answer.top", "g", "g", "to the top of the answer", moving.top),
    Action("answer.end", "G", "G", "to the end, and follow it", moving.end),
    Action("task.next", "n", "n", "next task", moving.next_task, hint="next", rank=35),
    Action("task.previous", "p", "p", "task before", moving.previous_task),
    Action("pane.maximise", "z", "z", "give the focused pane all the room", moving.maximise),
    Action("layout.tasks", "f2", "f2", "show or hide the task list", moving.toggle_tasks),
    Action("layout.tabs", "\\", "\\", "tabs or columns", moving.toggle_tabs),
    Action(
        "prompt.own",
        "i",
        "i",
        "ask a prompt of your own",
        running.own_prompt,
        hint="ask",
        rank=45,
        possible=running.anyone_there,
        asks=True,
    ),
    Action(
        "endpoint.model",
        "m",
        "m",
        "the endpoint's models: choose, pull, load, unload",
        models.choose,
        hint="models",
        rank=47,
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
        "the pod: its state, price and cost; start it, stop it",
        pods.steer,
        asks=True,
    ),
    Action(
        "task.rubric",
        "r",
        "r",
        "the task: prompt, rubric, expected answer, checks",
        sessions.rubric,
        hint="rubric",
        rank=46,
    ),
    Action(
        "report.export",
        "e",
        "e",
        "write the report",
        sessions.export,
        hint="report",
        rank=36,
        possible=sessions.something_to_report,
    ),
    Action("answer.copy", "y", "y", "copy the answer", sessions.copy_answer),
    Action(
        "sessions.open", "o", "o", "sessions: open another one", sessions.browse, "sessions", 70
    ),
    Action("session.summary", "", "", "write the summary of the report", judging.summary),
    Action("session.finding", "", "", "write the key finding of the report", judging.finding),
    Action(
        "help.keys", "question_mark,f1", "? F1", "keys and help", moving.toggle_help, "keys", 90
    ),
    Action("app.quit", "q,ctrl+q", "q ctrl+q", "quit", sessions.leave, "quit", 80),
    Action(
        "app.interrupt",
        "ctrl+c",
        "ctrl+c",
        "copy the selection; with none, quit; twice, quit at once",
        sessions.interrupt,
    ),
    Action("app.suspend", "ctrl+z", "ctrl+z", "suspend; fg returns", sessions.suspend),
)

BY_ID = {action.id: action for action in ACTIONS}


def bindings() -> list[Binding]:
    """Every action that has a key."""
    return [action.binding for action in ACTIONS if action.keys]


def keys_shown(action_id: str, remapped: Mapping[str, str]) -> str:
    """The keys of an action as they are written for people; `remapped` are the user's own."""
    own = remapped.get(action_id)
    return BY_ID[action_id].shown if own is None else " ".join(own.replace(",", " ").split())


def palette(main: MainScreen) -> Iterator[tuple[str, str, Callable[[], None]]]:
    """What can be done now, by name: title, id with its keys, and how it is done."""
    for action in ACTIONS:
        if action.possible(main):
            title = action.help[0].upper() + action.help[1:]
            about = f"{action.id}   {keys_shown(action.id, main.desk.keys)}".rstrip()
            yield title, about, partial(main.do, action.id)


def hints(main: MainScreen) -> list[tuple[str, str]]:
    """What can be done now and is worth a hint, the most useful first; help comes last."""
    wanted = sorted((a for a in ACTIONS if a.hint and a.possible(main)), key=lambda a: a.rank)
    pairs = [(main.key(action.id), action.hint) for action in wanted]
    if judging.has_answer(main):
        position = sum(action.rank < 30 for action in wanted)
        pairs.insert(position, ("1-5", "score"))
    return pairs
