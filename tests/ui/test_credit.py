"""Whatever is done, a judgement is credited to the answer whose text was in view."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from threading import Lock

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from bbtui.clients.ports import CancelToken, Connection, Request
from bbtui.clients.stream_events import Event
from bbtui.domain.answer import Answer, AnswerState, LiveAnswer
from bbtui.domain.score import Fault, Judgement, Note, Score, Verdict, Winner
from bbtui.domain.task import Task
from bbtui.engine.comparison import Comparison
from bbtui.ui.commands import blinding, judging, navigation
from bbtui.ui.context import Context
from bbtui.ui.cursor import Cursor
from bbtui.ui.layout import Size
from bbtui.ui.view import ViewBuilder
from bbtui.ui.widgets.pane import PaneView
from tests.fakes import MemoryStore, Script, done, known, make_endpoint, make_session, sent, text
from tests.fakes.probe import StillProbe
from tests.ui.context import FakeContext, make_context
from tests.waiting import wait_until

SIZES = ((60, 16), (80, 24), (120, 36), (200, 50))
ABOUT_ANSWERS = Score | Verdict | Fault | Note


class Signing:
    """A source whose answers say who wrote them, to what, and at which attempt."""

    def __init__(self, name: str) -> None:
        self._name, self._asked, self._lock = name, list[str](), Lock()

    def stream(self, request: Request, cancel_token: CancelToken) -> Iterator[Event]:
        with self._lock:
            self._asked.append(request.prompt)
            nth = self._asked.count(request.prompt)
        words = f"{self._name}|{request.prompt}|{nth}"
        # Some name a model, which warns before the first score.
        words += "|I am Gemma" if nth % 2 == 0 else ""
        return Script(known(), sent(), text(words), done()).stream(request, cancel_token)


class Judge(RuleBasedStateMachine):
    """A person at the keys, who reads what is on the screen."""

    context: FakeContext

    @initialize(
        sides=st.integers(2, 6),
        trials=st.integers(1, 2),
        blind=st.booleans(),
        seed=st.text("01", min_size=1, max_size=4),
    )
    def begin(self, sides: int, trials: int, blind: bool, seed: str) -> None:
        endpoints = [make_endpoint(f"side-{number}") for number in range(sides)]
        tasks = [Task(name, name, name) for name in ("one", "two")]
        session = make_session(tasks=tasks, endpoints=endpoints, trials=trials)
        self.connections = [
            Connection(endpoint, Signing(endpoint.name), StillProbe(), endpoint.name)
            for endpoint in endpoints
        ]
        self.context = make_context(session, self.connections, blind_seed=seed)
        self.views = ViewBuilder()
        self.shown: dict[int, str] = {}
        if blind:
            self.context.comparison.set_blind(True, seed)

    def teardown(self) -> None:
        if hasattr(self, "context"):
            self.context.comparison.close()

    # -- what is in view ----------------------------------------------------------------------

    def panes(self) -> tuple[PaneView, ...]:
        return self.views.build(self.context).panes

    def in_view(self, column: int | None = None) -> str:
        """Return the text in a pane, by default the focused one."""
        answer = self.panes()[self.context.cursor.column if column is None else column].answer
        return text_of(answer)

    def judge(self, command: Callable[[Context], Awaitable[None] | None], text: str) -> None:
        """Judge by a command while this text is what is judged."""
        known = len(self.context.comparison.session.judgements)
        result = command(self.context)
        if result is not None:
            asyncio.run(finish(result))
        self.context.answers.clear()
        for row in self.context.comparison.session.judgements[known:]:
            if isinstance(row.what, ABOUT_ANSWERS):
                assert text, f"{row} was given while nothing was in view"
                self.shown[row.id] = text

    # -- keys ---------------------------------------------------------------------------------

    @rule(value=st.integers(1, 5))
    def score(self, value: int) -> None:
        self.judge(lambda context: judging.score(context, value), self.in_view())

    @rule()
    def give_verdict(self) -> None:
        self.context.answers.append("SOLID so it is")
        self.judge(judging.on_focused(judging.verdict), self.in_view())

    @rule()
    def note(self) -> None:
        self.context.answers.append("noted")
        self.judge(judging.on_focused(judging.note), self.in_view())

    @rule()
    def note_on_the_answer_just_scored(self) -> None:
        scored = self.context.cursor.just_scored
        text = "" if scored is None else self.written(*scored)
        self.context.answers.append("noted late")
        self.judge(judging.on_just_scored(judging.note), text)

    @rule(data=st.data())
    def set_the_winner(self, data: st.DataObject) -> None:
        column = data.draw(st.integers(0, self.context.cursor.columns - 1))
        words, place = self.in_view(column), self.context.cursor.round
        before = len(self.context.comparison.session.judgements)
        self.context.answers.append(str(column + 1))
        self.judge(judging.winner, "")
        for row in self.context.comparison.session.judgements[before:]:
            assert isinstance(row.what, Winner)
            assert row.cell.round == place
            assert not words or words.startswith(f"{row.what.endpoint}|")

    @rule()
    def undo(self) -> None:
        judging.undo(self.context)

    @rule()
    def redo(self) -> None:
        judging.redo(self.context)

    @rule(step=st.sampled_from([-1, 1]))
    def move_column(self, step: int) -> None:
        self.context.cursor.move_column(step)

    @rule(step=st.sampled_from([-1, 1]))
    def move_task(self, step: int) -> None:
        (navigation.next_task if step > 0 else navigation.previous_task)(self.context)

    @rule(step=st.sampled_from([-1, 1]))
    def move_attempt(self, step: int) -> None:
        navigation.move_attempt(self.context, step)

    @rule()
    def go_to_unscored(self) -> None:
        navigation.next_unscored(self.context)

    @rule(choice=st.sampled_from(["y", "o"]))
    def toggle_blind(self, choice: str) -> None:
        self.context.answers.append(choice)
        asyncio.run(finish(blinding.toggle(self.context)))
        self.context.answers.clear()

    @rule(size=st.sampled_from(SIZES))
    def resize(self, size: tuple[int, int]) -> None:
        self.context.screen_layout.size = Size(*size)

    # -- running ------------------------------------------------------------------------------

    @rule(data=st.data())
    def run(self, data: st.DataObject) -> None:
        """Run cells of the round in view, or run them again."""
        cells = data.draw(st.lists(st.sampled_from(self.context.cursor.cells), unique=True))
        comparison = self.context.comparison
        comparison.run(cells)
        wait_until(lambda: (comparison.tick(), not comparison.busy)[1])

    @rule()
    def run_all(self) -> None:
        comparison = self.context.comparison
        comparison.run(comparison.missing_cells())
        wait_until(lambda: (comparison.tick(), not comparison.busy)[1])

    @precondition(lambda self: len(self.context.comparison.session.tasks) < 4)
    @rule()
    def type_a_prompt(self) -> None:
        number = len(self.context.comparison.session.tasks)
        self.context.comparison.add_prompt(f"typed {number}")

    @precondition(lambda self: self.context.comparison.session.number)
    @rule()
    def resume(self) -> None:
        """Quit, and open the session again."""
        comparison = self.context.comparison
        comparison.close()
        store = comparison._store
        assert isinstance(store, MemoryStore)
        saved = store.saved(comparison.session.id)
        assert saved.judgements == comparison.session.judgements
        self.context.comparison = Comparison(saved, self.connections, store, order="parallel")
        self.context.cursor = Cursor(self.context.comparison)
        self.views = ViewBuilder()

    # -- what holds ---------------------------------------------------------------------------

    def written(self, cell, attempt: int) -> str:
        """Return the text of an attempt at a cell."""
        answers = self.context.comparison.session.attempts(cell)
        return next(answer.text for answer in answers if answer.attempt == attempt)

    @invariant()
    def judgements_belong_to_the_texts_that_were_in_view(self) -> None:
        if not hasattr(self, "context"):
            return
        rows: dict[int, Judgement] = {
            row.id: row for row in self.context.comparison.session.judgements
        }
        for number, words in self.shown.items():
            row = rows[number]
            assert self.written(row.cell, row.attempt) == words

    @invariant()
    def panes_show_the_score_of_their_own_text(self) -> None:
        if not hasattr(self, "context"):
            return
        comparison, place = self.context.comparison, self.context.cursor.round
        for pane in self.panes():
            words = text_of(pane.answer)
            name = words.partition("|")[0]
            for cell in self.context.cursor.cells if words else ():
                if cell.endpoint == name:
                    assert self.written(cell, pane.answer.attempt) == words
                    score = comparison.scorecard.of(cell, pane.answer.attempt).score
                    assert pane.judgement.score == ("" if score is None else f"{score}/5")
        if comparison.blind.hides(place):
            letters = [pane.title.label for pane in self.panes()]
            assert letters == [chr(ord("A") + column) for column in range(len(letters))]

    @invariant()
    def order_of_a_judgement_is_that_in_which_it_was_seen(self) -> None:
        if not hasattr(self, "context"):
            return
        names = {endpoint.name for endpoint in self.context.comparison.session.endpoints}
        for row in self.context.comparison.session.judgements:
            if isinstance(row.what, ABOUT_ANSWERS):
                assert set(row.conditions.order) == names


def text_of(answer: LiveAnswer | Answer | None) -> str:
    if answer is None or answer.state in (AnswerState.WAITING,):
        return ""
    return str(answer.text)


async def finish(result: Awaitable[None]) -> None:
    await result


@pytest.mark.timeout(600)
def test_judgement_is_credited_to_the_answer_in_view() -> None:
    run_state_machine_as_test(
        Judge, settings=settings(max_examples=60, stateful_step_count=30, deadline=None)
    )
