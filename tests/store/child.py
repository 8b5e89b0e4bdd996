"""Another program that uses the store: what the tests start, kill and starve.

``python -m tests.store.child DEED PATH [ID]`` says on stdout, a line each, what it has done.
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
from tests.store.builders import CELL, an_answer, say, small_session, waiting


def piece(number: int) -> str:
    """The text that is grown as number so, from 1."""
    return f"piece {number} ✓ "


def grow(store: SessionStore, session_id: str, number: int, text: str = "") -> None:
    """Grow the answer by one read."""
    text = text or piece(number)
    read = Read(number * 1_000_000, len(text.encode()), len(text), 0, 1)
    store.grow(
        session_id, CELL, 1, state=AnswerState.STREAMING, text=text, thinking="", reads=[read]
    )


def told(error: BbtuiError) -> None:
    """Say what the user would be told, as one line each."""
    print("refused:", error.message)
    print("hint:", error.fix, flush=True)


def stream(path: Path, session_id: str) -> None:
    """Grow an answer and judge it, without end."""
    with SessionStore.open(path) as store:
        store.lock(session_id)
        store.begin(session_id, waiting())
        number = 0
        while True:
            number += 1
            grow(store, session_id, number)
            print("grew", flush=True)
            store.judge(session_id, say(Note(piece(number))))
            print("judged", flush=True)


def make(path: Path, _: str) -> None:
    """For every line, open a store in the folder of that name and make a session there."""
    for line in sys.stdin:
        with SessionStore.open(path / line.strip() / "sessions.db") as store:
            print(store.create(small_session()).number, flush=True)


def judge(path: Path, session_id: str) -> None:
    """Judge once for every line, and say the id."""
    with SessionStore.open(path) as store:
        for line in sys.stdin:
            print(store.judge(session_id, say(Note(line.strip()))).id, flush=True)


def hold(path: Path, session_id: str) -> None:
    """Run a session until killed or told to end by a line."""
    with SessionStore.open(path) as store:
        try:
            store.lock(session_id)
        except BbtuiError as error:
            told(error)
            return
        store.begin(session_id, waiting())
        grow(store, session_id, 1)
        print("held", flush=True)
        if input() == "finish":
            store.finish(session_id, an_answer())


def open_store(path: Path, _: str) -> None:
    """Open the store and close it."""
    try:
        SessionStore.open(path).close()
    except BbtuiError as error:
        told(error)
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
        store.begin(session_id, waiting())
        filler = _fill(path.with_name("filler"))
        _starve(store, session_id, filler.unlink)


def open_full(path: Path, session_id: str) -> None:
    """Open the store where there is no room at all, make some, and open it again."""
    filler = _fill(path.parents[1] / "filler")
    try:
        SessionStore.open(path)
    except BbtuiError as error:
        told(error)
    filler.unlink()
    with SessionStore.open(path) as store:
        print(f"created: #{store.create(small_session(id=session_id)).number}")


def limit(path: Path, session_id: str) -> None:
    """Grow until no file may grow any more, lift the limit, and go on."""
    with SessionStore.open(path) as store:
        store.create(small_session(id=session_id))
        store.begin(session_id, waiting())
        _, most = resource.getrlimit(resource.RLIMIT_FSIZE)
        largest = max(file.stat().st_size for file in path.parent.iterdir())
        resource.setrlimit(resource.RLIMIT_FSIZE, (largest + 20_000, most))
        _starve(store, session_id, lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (most, most)))


def _fill(filler: Path) -> Path:
    """Take all the room that is left."""
    with filler.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(b"\0" * 4096)
    return filler


def _starve(store: SessionStore, session_id: str, relieve: Callable[[], object]) -> None:
    number, text = 0, "words " * 500
    try:
        while True:
            grow(store, session_id, number + 1, text)
            number += 1
    except BbtuiError as error:
        told(error)
    kept = store.load(session_id).answers[0]
    print("kept:", kept.text == text * number and len(kept.reads) == number)
    relieve()
    grow(store, session_id, number + 1, text)
    kept = store.load(session_id).answers[0]
    print("went on:", kept.text == text * (number + 1) and len(kept.reads) == number + 1)


DEEDS = {
    deed.__name__: deed
    for deed in (stream, make, judge, hold, open_store, open_limited, fill, open_full, limit)
}

if __name__ == "__main__":
    DEEDS[sys.argv[1]](Path(sys.argv[2]), sys.argv[3] if len(sys.argv) > 3 else "")
