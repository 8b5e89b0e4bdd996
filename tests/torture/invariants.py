"""What holds after every scenario."""

from __future__ import annotations

import re
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from bbtui.domain.answer import MOST, Answer
from bbtui.domain.session import Session
from bbtui.domain.timing import measure
from bbtui.errors import BbtuiError
from bbtui.exchange.json_file import from_json, to_json
from bbtui.report.markdown import render_markdown
from tests.fakes.checks import check_here
from tests.store.builders import CELL, small_session
from tests.waiting import wait_until

#: C0 except tab and line feed, DEL, C1, and what changes the order of a text.
_OBEYED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def assert_harmless(words: str) -> None:
    """Assert that no terminal would obey any of it."""
    found = _OBEYED.search(words)
    assert found is None, f"{found and found[0]!r} in {words[:200]!r}"


def assert_explained(error: BbtuiError, words: str = "") -> None:
    """Assert that an error has a fix, and is harmless; `words` are in its message."""
    assert error.fix
    assert words in error.message
    assert_harmless(str(error))


@contextmanager
def nothing_left() -> Iterator[None]:
    """Assert that the block leaves no thread and no open socket in this process."""
    threads, sockets = set(threading.enumerate()), _sockets()
    yield

    def gone() -> bool:
        return not set(threading.enumerate()) - threads and not _sockets() - sockets

    try:
        wait_until(gone, limit=20)
    except AssertionError:
        left = set(threading.enumerate()) - threads
        raise AssertionError(f"left: {left or _sockets() - sockets}") from None


def _sockets() -> set[str]:
    found = set()
    folder = Path("/proc/self/fd")
    for file in folder.iterdir() if folder.exists() else ():
        with suppress(OSError):  # it was closed meanwhile
            target = str(file.readlink())
            if target.startswith("socket:"):
                found.add(target)
    return found


def assert_consistent(answer: Answer) -> None:
    """Assert that an answer has ended, agrees with itself, and can be kept and reported."""
    assert answer.state.final
    assert sum(read.text for read in answer.reads) == len(answer.text)
    assert sum(read.thinking for read in answer.reads) == len(answer.thinking)
    if answer.state.answered:
        assert answer.text.strip() or answer.thinking.strip()
    else:
        assert answer.problem.cause
    assert_harmless(answer.problem.cause + answer.problem.fix)
    server = answer.server
    for count in (server.total_ns, server.eval_count, server.prompt_eval_count):
        assert count is None or 0 <= count <= MOST
    measure(answer)
    assert_reported(small_session().with_answer(replace(answer, cell=CELL)))


def assert_reported(session: Session) -> None:
    """Assert that a session is read as it was written, and that its report is harmless."""
    document = to_json(session)
    assert_harmless(document)
    assert to_json(from_json(document, "s.json")) == document
    now = datetime(2026, 11, 27, tzinfo=UTC)
    assert_harmless(render_markdown(session, now=now, run_check=check_here))


def assert_sound(path: Path) -> None:
    """Assert that SQLite finds nothing wrong in the whole file."""
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
