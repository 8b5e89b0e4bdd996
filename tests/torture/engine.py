"""Scenarios of the engine: anything a user does while anything arrives."""

from __future__ import annotations

import random
import tempfile
import threading
from dataclasses import replace
from pathlib import Path

from bbtui.domain.answer import Cell
from bbtui.domain.score import Note, Score, Undo
from bbtui.engine.comparison import Comparison
from bbtui.store.sessions import SessionStore
from bbtui.store.uuid7 import new_id
from tests.fakes import BIG, LOCAL, Script, make_connection, make_session
from tests.fakes.script import (
    Step,
    crash,
    cut,
    done,
    fail,
    known,
    lost,
    sent,
    text,
    thinking,
    truncated,
    wait,
)
from tests.torture.faults import hostile
from tests.torture.invariants import assert_reported, nothing_left
from tests.waiting import wait_until


def play(choice: random.Random, release: threading.Event) -> list[Step]:
    """Return the steps of one answer, whatever becomes of it."""
    steps = [known(), sent()]
    for _ in range(choice.randrange(12)):
        make = choice.choice((text, text, text, thinking))
        steps.append(make(hostile(choice), choice.uniform(0, 40)))
    if choice.random() < 0.2:
        steps.append(wait(release))
    steps.append(
        choice.choice((done(), cut(), truncated(), fail("the runner has died"), lost()))
        if choice.random() < 0.93
        else crash(RuntimeError("odd"))
    )
    return steps


def engine(choice: random.Random) -> None:
    """Runs, stops and judgements in any order while answers arrive: the store has all of it."""
    release = threading.Event()
    with tempfile.TemporaryDirectory() as folder, nothing_left():
        path = Path(folder) / "sessions.db"
        session = replace(make_session(), id=new_id())
        scripts = {BIG: Script(), LOCAL: Script()}
        for script in scripts.values():
            for task in session.tasks:
                for _ in range(2):
                    script.on(task.prompt, *play(choice, release))
        store = SessionStore.open(path)
        links = [make_connection(name, source=script) for name, script in scripts.items()]
        comparison = Comparison(session, links, store)
        comparison.start(lambda: None)
        given: list[object] = []
        comparison.run(comparison.missing_cells())
        for _ in range(choice.randrange(5, 40)):
            comparison.tick()
            match choice.randrange(8):
                case 0:
                    comparison.stop_all()
                case 1:
                    comparison.run(comparison.missing_cells())
                case 2 | 3 | 4:
                    cell = Cell(choice.choice(session.tasks).id, choice.choice((BIG, LOCAL)))
                    score = choice.choice((Score(choice.randint(1, 5)), Note(hostile(choice))))
                    if comparison.answer(cell) is not None:
                        given.append(comparison.judge(score, cell).what)
                case 5:
                    undone = comparison.undo()
                    given += [] if undone is None else [Undo(undone.id)]
                case _:
                    pass
        release.set()
        wait_until(lambda: (comparison.tick(), not comparison.busy)[1])
        comparison.run(comparison.missing_cells())
        wait_until(lambda: (comparison.tick(), not comparison.busy)[1])
        comparison.close()
        assert comparison.write_error is None
        in_memory = comparison.session
        store.close()
        with SessionStore.open(path) as store:
            found = store.load()
        assert set(found.answers) == set(in_memory.answers)
        assert [row.what for row in found.judgements] == given
        assert_reported(found)
