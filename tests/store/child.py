"""A program that uses the store, for tests to start, to kill and to leave without room.

``python -m tests.store.child ACTION PATH [ID]`` prints a line for each thing it has done.
"""

from __future__ import annotations

import contextlib
import resource
import sys
from collections.abc import Callable
from pathlib import Path

from bbtui.domain.answer import AnswerState, Read
from bbtui.domain.score import Note
from bbtui.errors import BbtuiError
from bbtui.store.sessions import SessionStore
from tests.store.builders import CELL, make_answer, make_judgement, small_session, waiting_answer


def piece(number: int) -> str:
    """Return the text of that read, from 1."""
    return f"piece {number} ✓ "


def grow(store: SessionStore, session_id: str, number: int, text: str = "") -> None:
    """Grow the answer by one read."""
    text = text or piece(number)
    read = Read(number * 1_000_000, len(text.encode()), len(text), 0, 1)
    store.grow(
        session_id, CELL, 1, state=AnswerState.STREAMING, text=text, thinking="", reads=[read]
    )


def print_error(error: BbtuiError) -> None:
    """Print cause and fix, a line each."""
    print("refused:", error.message)
    print("hint:", error.fix, flush=True)


def stream(path: Path, session_id: str) -> None:
    """Grow an answer and judge it, without end."""
    with SessionStore.open(path) as store:
        store.lock(session_id)
        store.begin(session_id, waiting_answer())
        number = 0
        while True:
            number += 1
            grow(store, session_id, number)
            print("grew", flush=True)
            store.judge(session_id, make_judgement(Note(piece(number))))
            print("judged", flush=True)


def create(path: Path, _: str) -> None:
    """For every line, open a store in the folder of that name and create a session there."""
    for line in sys.stdin:
        with SessionStore.open(path / line.strip() / "sessions.db") as store:
            print(store.create(small_session()).number, flush=True)


def judge(path: Path, session_id: str) -> None:
    """Make a judgement for every line, and print its id."""
    with SessionStore.open(path) as store:
        for line in sys.stdin:
            print(store.judge(session_id, make_judgement(Note(line.strip()))).id, flush=True)


def delete(path: Path, ref: str) -> None:
    """Delete a session."""
    with SessionStore.open(path) as store:
        print("deleted", store.delete(ref), flush=True)


def lock(path: Path, session_id: str) -> None:
    """Run a session until it is killed or reads a line."""
    with SessionStore.open(path) as store:
        try:
            store.lock(session_id)
        except BbtuiError as error:
            print_error(error)
            return
        store.begin(session_id, waiting_answer())
        grow(store, session_id, 1)
        print("locked", flush=True)
        if input() == "finish":
            store.finish(session_id, make_answer())


def open_store(path: Path, _: str) -> None:
    """Open the store and close it."""
    try:
        SessionStore.open(path).close()
    except BbtuiError as error:
        print_error(error)
    else:
        print("opened", flush=True)


def open_limited(path: Path, _: str) -> None:
    """Open the store where no file may become as large as it is, lift the limit, and try again."""
    _, most = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (path.stat().st_size - 4096, most))
    open_store(path, "")
    print("files:", *sorted(file.name for file in path.parent.iterdir()))
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
    open_store(path, "")


def fill(path: Path, session_id: str) -> None:
    """Grow until there is no room on the file system of `path`, make some, and go on."""
    with SessionStore.open(path) as store:
        store.create(small_session(id=session_id))
        store.begin(session_id, waiting_answer())
        filler = _fill(path.with_name("filler"))
        _grow_until_full(store, session_id, filler.unlink)


def open_full(path: Path, session_id: str) -> None:
    """Open the store where there is no room at all, make some, and open it again."""
    filler = _fill(path.parents[1] / "filler")
    try:
        SessionStore.open(path)
    except BbtuiError as error:
        print_error(error)
    filler.unlink()
    with SessionStore.open(path) as store:
        print(f"created: #{store.create(small_session(id=session_id)).number}")


def limit(path: Path, session_id: str) -> None:
    """Grow until no file may grow any more, lift the limit, and go on."""
    with SessionStore.open(path) as store:
        store.create(small_session(id=session_id))
        store.begin(session_id, waiting_answer())
        _, most = resource.getrlimit(resource.RLIMIT_FSIZE)
        largest = max(file.stat().st_size for file in path.parent.iterdir())
        resource.setrlimit(resource.RLIMIT_FSIZE, (largest + 20_000, most))
        _grow_until_full(
            store, session_id, lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
        )


def _fill(filler: Path) -> Path:
    """Take all the room that is left."""
    with filler.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(b"\0" * 4096)
    return filler


def _grow_until_full(store: SessionStore, session_id: str, make_room: Callable[[], object]) -> None:
    number, text = 0, "words " * 500
    try:
        while True:
            grow(store, session_id, number + 1, text)
            number += 1
    except BbtuiError as error:
        print_error(error)
    kept = store.load(session_id).answers[0]
    print("kept:", kept.text == text * number and len(kept.reads) == number)
    make_room()
    grow(store, session_id, number + 1, text)
    kept = store.load(session_id).answers[0]
    print("went on:", kept.text == text * (number + 1) and len(kept.reads) == number + 1)


ACTIONS = {
    action.__name__: action
    for action in (
        stream,
        create,
        judge,
        delete,
        lock,
        open_store,
        open_limited,
        fill,
        open_full,
        limit,
    )
}

if __name__ == "__main__":
    ACTIONS[sys.argv[1]](Path(sys.argv[2]), sys.argv[3] if len(sys.argv) > 3 else "")
