"""Scenarios of the store: damaged, torn, full, moved, shared, and under a clock that jumps."""

from __future__ import annotations

import random
import shutil
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from bbtui.domain.answer import AnswerState, Read
from bbtui.domain.score import Note, Score
from bbtui.domain.session import Session
from bbtui.errors import SessionNotFoundError, StoreError
from bbtui.store.database import Database
from bbtui.store.sessions import SessionStore
from bbtui.store.uuid7 import new_id
from tests.store.builders import (
    CELL,
    NOON,
    make_answer,
    make_judgement,
    small_session,
    waiting_answer,
)
from tests.store.damaged import use_damaged
from tests.torture.faults import damaged
from tests.torture.invariants import assert_explained, assert_sound


@contextmanager
def database_path() -> Iterator[Path]:
    """Yield the path of a database that does not exist yet, in a folder of its own."""
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder) / "data" / "sessions.db"


def grow(store: SessionStore, session_id: str, number: int, text: str) -> None:
    """Save one more read of the answer."""
    read = Read(number, len(text.encode()), len(text), 0, 1)
    store.grow(
        session_id, CELL, 1, state=AnswerState.STREAMING, text=text, thinking="", reads=[read]
    )


def database(choice: random.Random) -> None:
    """A database with flipped bits, or torn: damage is an error about it, and nothing is lost."""
    with database_path() as path:
        with SessionStore.open(path) as store:
            for number in range(choice.randint(1, 4)):
                session = store.create(small_session())
                store.finish(session.id, make_answer(text="word " * choice.choice((3, 9_000))))
                store.judge(session.id, make_judgement(Score(number % 5 + 1)))
        data = bytearray(path.read_bytes())
        match choice.randrange(4):
            case 0:
                del data[choice.randrange(len(data)) :]
            case 1:
                at = choice.randrange(len(data))
                data[at : at + 512] = choice.randbytes(512)
            case _:
                for _ in range(choice.choice((1, 5, 40, 400))):
                    data[choice.randrange(len(data))] ^= 1 << choice.randrange(8)
        path.write_bytes(data)
        use_damaged(path)
        with SessionStore.open(path.with_name("other.db")) as store:
            assert store.create(small_session()).number == 1, "another folder works"


def log(choice: random.Random) -> None:
    """The log of a program that died is torn anywhere: a beginning of what was written is there."""
    with database_path() as path:
        store = SessionStore.open(path)
        session = store.create(small_session())
        store.begin(session.id, waiting_answer())
        texts = [f"piece {number} ✓ " * choice.choice((1, 300)) for number in range(1, 9)]
        for number, text in enumerate(texts, 1):
            grow(store, session.id, number, text)
            store.judge(session.id, make_judgement(Note(text)))
        copy = path.parent.with_name("copy")
        shutil.copytree(path.parent, copy)
        store.close()
        torn = copy / "sessions.db-wal"
        whole = torn.read_bytes()
        kept = choice.randrange(len(whole) + 1)
        torn.write_bytes(whole[:kept])
        if choice.random() < 0.3 and kept:
            torn.write_bytes(damaged(choice, whole[:kept], 2))
        try:
            with SessionStore.open(copy / "sessions.db") as found:
                with suppress(StoreError, SessionNotFoundError):
                    (answer,) = found.load("1").answers or (waiting_answer(),)
                    assert answer.text == "".join(texts[: len(answer.reads)])
                    notes = [row.what for row in found.load("1").judgements]
                    assert notes == [Note(text) for text in texts[: len(notes)]]
                    assert len(answer.reads) - len(notes) in (0, 1)
                assert found.create(small_session()).number
            assert_sound(copy / "sessions.db")
        except StoreError as error:
            assert_explained(error)


def full(choice: random.Random) -> None:
    """A disk that is full at a random moment: nothing acknowledged is lost, and it goes on."""
    with database_path() as path:
        opened = Database.open(path)
        with SessionStore(opened) as store:
            session = store.create(small_session())
            store.begin(session.id, waiting_answer())
            with opened.reading() as connection:
                (pages,) = connection.execute("PRAGMA page_count").fetchone()
                connection.execute(f"PRAGMA max_page_count = {pages + choice.randrange(60)}")
            kept, notes, number = "", [], 0
            refused = False
            while not refused and number < 200:
                number += 1
                text = f"read {number} " * choice.randrange(1, 400)
                try:
                    grow(store, session.id, number, text)
                    kept += text
                    store.judge(session.id, make_judgement(Note(text)))
                    notes.append(Note(text))
                except StoreError as error:
                    assert_explained(error, "the disk is full")
                    refused = True
            found = store.load("1")
            assert found.answers[0].text == kept
            assert [row.what for row in found.judgements] == notes
            with opened.reading() as connection:
                connection.execute("PRAGMA max_page_count = 1000000")
            store.finish(session.id, make_answer(text=f"{kept}end"))
            store.judge(session.id, make_judgement(Score(4)))
        with SessionStore.open(path) as store:
            assert store.load("1").answers == (make_answer(text=f"{kept}end"),)
            assert len(store.load("1").judgements) == len(notes) + 1
        assert_sound(path)


def moved(choice: random.Random) -> None:
    """The database is deleted, moved or replaced between two writes: all is at its path again."""
    with database_path() as path:
        with SessionStore.open(path) as store:
            session = store.create(small_session())
            store.begin(session.id, waiting_answer())
            kept = ""
            notes: list[object] = []

            def harm() -> None:
                match choice.randrange(5):
                    case 0:
                        path.unlink()
                    case 1:
                        for file in path.parent.glob("sessions.db*"):
                            file.unlink()
                    case 2:
                        shutil.rmtree(path.parent)
                    case 3:
                        path.rename(path.with_name(f"moved-{len(kept)}.db"))
                    case _:
                        path.parent.rename(path.parent.with_name(f"moved-{len(kept)}"))

            for number in range(1, choice.randint(3, 9)):
                if choice.random() < 0.5 and path.exists():
                    harm()
                text = f"piece {number} "
                for write in (
                    lambda number=number, text=text: grow(store, session.id, number, text),
                    lambda text=text: store.judge(session.id, make_judgement(Note(text))),
                ):
                    try:
                        write()
                    except StoreError as error:
                        assert_explained(error)
                        write()
                kept += text
                notes.append(Note(text))
        with SessionStore.open(path) as store:
            found = store.load(session.id)
        assert found.answers[0].text == kept
        assert [row.what for row in found.judgements] == notes
        assert_sound(path)


def shared(choice: random.Random) -> None:
    """Two stores write to one database at once: every judgement is there once."""
    with database_path() as path:
        with SessionStore.open(path) as store:
            session = store.create(small_session())
        plans = [(name, choice.randint(3, 25)) for name in ("first", "second")]

        def write(name: str, count: int) -> dict[int, str]:
            given = {}
            with SessionStore.open(path) as store:
                for number in range(count):
                    text = f"{name} {number}"
                    given[store.judge(session.id, make_judgement(Note(text))).id] = text
                    if number % 5 == 0:
                        store.create(small_session(name))
            return given

        with ThreadPoolExecutor(2) as pool:
            first, second = pool.map(write, *zip(*plans, strict=True))
        with SessionStore.open(path) as store:
            rows = store.load(session.id).judgements
        assert {row.id: row.what for row in rows} == {
            number: Note(text) for number, text in (first | second).items()
        }
        assert len(rows) == len(first) + len(second)
        assert_sound(path)


def clock(choice: random.Random) -> None:
    """The clock jumps by up to forty years between two sessions: the latest is the last written."""
    with database_path() as path:
        written: list[Session] = []
        for number in range(1, choice.randint(3, 7)):
            jump = timedelta(days=choice.randint(-15_000, 15_000), seconds=choice.randrange(86_400))
            session = replace(small_session(), id=new_id(), started_at=NOON + jump)
            with SessionStore.open(path) as store:
                session = store.create(session)
                answer = replace(make_answer(text="Yes."), started_at=NOON - jump)
                store.finish(session.id, answer)
                row = replace(make_judgement(Score(number % 5 + 1)), at=NOON - 2 * jump)
                store.judge(session.id, row)
                written.append(session)
                latest = store.load()
            assert latest.id == session.id
            assert latest.answers == (answer,)
        with SessionStore.open(path) as store:
            assert [item.number for item in store.summaries()] == [
                session.number for session in reversed(written)
            ]
