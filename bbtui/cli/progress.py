"""Progress in a log or a pipe: a line for each answer that has ended.

Of a blind round no line names a side, its figures or why it failed: in the log of a run they would
reveal who wrote which text.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import TextIO

from bbtui.domain.answer import Answer, AnswerState, Cell
from bbtui.domain.blind import blind_state
from bbtui.domain.session import Session
from bbtui.domain.timing import measure
from bbtui.engine.pauses import Pause
from bbtui.engine.snapshot import Snapshot
from bbtui.formatting.durations import format_ns
from bbtui.formatting.numbers import format_rate
from bbtui.formatting.sanitize import clean_text, single_line
from bbtui.formatting.text import counted
from bbtui.ui.messages import rest_of_pause


class Progress:
    """The progress of a run, printed in lines; a log has nothing about what is still running."""

    def __init__(self, err: TextIO) -> None:
        self._err = err

    def print_lines(self, *lines: str) -> None:
        """Print lines that stay."""
        for line in lines:
            print(clean_text(line), file=self._err, flush=True)

    def update(self, snapshot: Snapshot, ended: int) -> None:
        """Show what is running; `ended` cells have ended."""

    def close(self) -> None:
        """Release the terminal."""


class CompletionTracker:
    """Finds the cells that have ended since the last poll."""

    def __init__(self, session: Session, cells: Iterable[Cell]) -> None:
        self._open = {cell: len(session.attempts(cell)) for cell in cells}
        self.total = len(self._open)
        self._endpoint_width = max((len(cell.endpoint) for cell in self._open), default=0)
        self._task_width = max((len(_task(cell)) for cell in self._open), default=0)

    @property
    def waiting(self) -> tuple[Cell, ...]:
        """The cells that have not ended, in the order of the session."""
        return tuple(self._open)

    @property
    def count(self) -> int:
        """How many cells have ended."""
        return self.total - len(self._open)

    def poll(self, session: Session) -> list[str]:
        """Return a line for each cell that has newly ended, in the order of the session."""
        ended = []
        for cell, before in self._open.items():
            attempts = session.attempts(cell)
            if len(attempts) > before and attempts[-1].state.final:
                ended.append(attempts[-1])
        blind = blind_state(session) if ended else None
        lines = []
        for answer in ended:
            del self._open[answer.cell]
            hidden = blind is not None and blind.hides(answer.cell.round)
            lines.append(self._line(answer, hidden=hidden))
        return lines

    def _line(self, answer: Answer, *, hidden: bool) -> str:
        position = f"[{self.count:{len(str(self.total))}}/{self.total}]"
        if hidden:
            state = "done" if answer.state.answered else "failed"
            return f"{position} {_task(answer.cell):{self._task_width}}  {state}"
        endpoint = f"{answer.cell.endpoint:{self._endpoint_width}}"
        task = f"{_task(answer.cell):{self._task_width}}"
        return "  ".join([f"{position} {endpoint}", task, *_facts(answer)])


#: In place of the name of an endpoint in a blind session.
_A_SIDE = "a side"
#: How often what is left of a pause is printed, in s.
_COUNTDOWN_S = 10.0


class PauseTracker:
    """Finds the endpoints that were paused, or given up, since the last poll."""

    def __init__(self) -> None:
        self._before: dict[str, tuple[Pause, int]] = {}
        self._announced: dict[str, float] = {}
        self._due: dict[str, float] = {}

    def poll(self, snapshot: Snapshot) -> list[str]:
        """Return a line for each change of a pause, and one now and then while it lasts."""
        lines, now = [], snapshot.now_s
        blind = blind_state(snapshot.session).on
        waiting = Counter(cell.endpoint for cell in snapshot.waiting)
        running = {cell.endpoint for cell in snapshot.live}
        for name, (pause, count) in self._before.items():
            given_up = name not in snapshot.paused and not waiting[name] and name not in running
            if given_up and count:
                not_run = f"{counted(count, 'answer')} not run"
                why = _with_fix(single_line(pause.why.problem.cause), pause)
                lines.append(f"{_A_SIDE}: {not_run}" if blind else f"{name}: {not_run}: {why}")
        for name, pause in snapshot.paused.items():
            shown, rest = _A_SIDE if blind else name, rest_of_pause(pause, now)
            # One that continues after a try that was refused, too, is the same.
            if self._announced.get(name) != pause.since:
                lines.append(f"{shown}: {f'waits; {rest}' if blind else _beginning(pause)}")
            elif now >= self._due[name]:
                lines.append(f"{shown}: {rest}")
            else:
                continue
            self._announced[name], self._due[name] = pause.since, now + _COUNTDOWN_S
        self._before = {name: (one, waiting[name]) for name, one in snapshot.paused.items()}
        return lines


def _beginning(pause: Pause) -> str:
    """Return why an endpoint is paused, and until when."""
    cause = single_line(pause.why.problem.cause)
    if pause.why.kind == "asked":
        return f"waits {pause.why.delay_s:.0f} s, as the server requests: {cause}"
    return "waits: " + _with_fix(f"{cause}; {rest_of_pause(pause, pause.since)}", pause)


def _with_fix(text: str, pause: Pause) -> str:
    fix = single_line(pause.why.problem.fix)
    return f"{text}; {fix}" if fix else text


def _facts(answer: Answer) -> list[str]:
    timing = measure(answer)
    state = answer.state.label
    if answer.state is not AnswerState.DONE and answer.problem:
        cause = single_line(answer.problem.cause)
        state = cause if cause.startswith(state) else f"{state}: {cause}"
    if not answer.state.answered and answer.problem.fix:
        state += f"; {single_line(answer.problem.fix)}"
    facts = [state]
    if timing.e2e_ns is not None and timing.ttft_ns is not None:
        facts += [format_ns(timing.e2e_ns), f"{format_rate(timing.tok_s, timing.rate_exact)} tok/s"]
        facts += [f"first token {format_ns(timing.ttft_ns)}"]
    return facts


def _task(cell: Cell) -> str:
    return cell.task if cell.trial == 1 else f"{cell.task} ×{cell.trial}"
