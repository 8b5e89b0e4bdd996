"""The marker before a prompt that keeps it out of the prefix cache."""

from __future__ import annotations

from dataclasses import replace

from bbtui.domain.answer import Cell
from bbtui.domain.prefix_cache import cache_marker
from tests.fakes import make_endpoint, make_session


def session_of(sides: int, trials: int = 1):
    return make_session(endpoints=[make_endpoint(f"side-{n}") for n in range(sides)], trials=trials)


def test_marker_differs_for_each_answer_and_is_short() -> None:
    session = session_of(3, trials=3)
    markers = {
        cache_marker(session, cell, attempt) for cell in session.cells() for attempt in (1, 2)
    }
    markers.add(cache_marker(replace(session, id="another"), session.cells()[0], 1))
    assert len(markers) == 2 * session.size + 1
    assert all(len(marker) <= 16 and marker.endswith("\n\n") for marker in markers)


def test_marker_of_names_that_run_together_differs() -> None:
    session = session_of(1)
    assert cache_marker(session, Cell("a", "b1", 1), 1) != cache_marker(
        session, Cell("ab", "1", 1), 1
    )
