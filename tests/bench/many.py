"""Keys and opening in a session of 200 tasks × 3 endpoints × 3 trials, against one of 4 × 2."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from itertools import cycle, islice

from bbtui.clients.ports import (
    CancelToken,
    ChunksArrived,
    Event,
    ModelStateKnown,
    Request,
    RequestSent,
    StreamEnded,
)
from bbtui.domain.answer import AnswerState, Piece, Warmth
from bbtui.domain.session import Session
from bbtui.domain.task import Task
from tests.bench import Figure
from tests.fakes import make_answer, make_connection, make_endpoint, make_session
from tests.idle import let_pilots_wait_for_the_loop
from tests.ui.driver import AppDriver, run_app

#: What a user presses while reading and scoring; each is handled and drawn before the next.
KEYS = ("n", "tab", "j", "4", "k", "p", "h", "2", "u", "n", "z", "z")
COUNT = 240
ROUNDS = 2
_TOKEN_S = 0.02


class Streaming:
    """See `AnswerSource`: a token every 20 ms until it is stopped."""

    def stream(self, request: Request, cancel_token: CancelToken) -> Iterator[Event]:
        """See `AnswerSource`."""
        now = time.perf_counter_ns
        yield ModelStateKnown(Warmth.WARM, None)
        yield RequestSent(now())
        while not cancel_token.cancelled:
            time.sleep(_TOKEN_S)
            yield ChunksArrived(now(), 6, (Piece("token ", ""),))
        yield StreamEnded(now(), AnswerState.STOPPED)


def session_of(tasks: int, endpoints: int, trials: int) -> Session:
    """Return a session with all answers but those of the last task."""
    names = [f"endpoint-{number}" for number in range(1, endpoints + 1)]
    session = make_session(
        tasks=tuple(Task(f"t{n}", f"Task number {n}", "Say so.") for n in range(1, tasks + 1)),
        endpoints=[make_endpoint(name) for name in names],
        trials=trials,
    )
    cells = [cell for cell in session.cells() if cell.task != f"t{tasks}"]
    return make_session(
        tasks=session.tasks,
        endpoints=session.endpoints,
        trials=trials,
        answers=[make_answer(cell) for cell in cells],
    )


@asynccontextmanager
async def _streaming(session: Session) -> AsyncIterator[AppDriver]:
    connections = [
        make_connection(endpoint.name, source=Streaming()) for endpoint in session.endpoints
    ]
    async with run_app(session=session, connections=connections) as app:
        last = [cell for cell in session.missing() if cell.trial == 1][:2]
        app.comparison.run(last)
        await app.until(lambda: len(app.comparison.queue.live_answers) == len(last))
        yield app
        app.comparison.stop_all()
        await app.settle()


async def _keys(session: Session) -> float:
    """Return the 99th percentile of the time from a key until the screen is drawn, in s."""
    async with _streaming(session) as app:
        took = []
        for key in islice(cycle(KEYS), COUNT):
            began = time.perf_counter()
            await app.press(key)
            took.append(time.perf_counter() - began)
    return sorted(took)[int(COUNT * 0.99)]


async def _opening(session: Session) -> float:
    """Return how long it takes until the screen with this session is drawn, in s."""
    connections = [make_connection(endpoint.name) for endpoint in session.endpoints]
    began = time.perf_counter()
    async with run_app(session=session, connections=connections) as app:
        await app.shows("Task number")
        return time.perf_counter() - began


def figures() -> Iterator[Figure]:
    """Yield both as ratios, each the best of some rounds: other programs only add to it."""
    let_pilots_wait_for_the_loop()
    large, small = session_of(200, 3, 3), session_of(4, 2, 1)
    for name, measure, at_most in (
        ("key to screen p99 with 200 × 3 × 3 answers, two streaming", _keys, 1.2),
        ("opening a session of 200 × 3 × 3 answers", _opening, 1.5),
    ):
        best = {
            size: min(asyncio.run(measure(session)) for _ in range(ROUNDS))
            for size, session in (("small", small), ("large", large))
        }
        ratio = best["large"] / best["small"]
        detail = f"{best['large'] * 1000:.0f} ms against {best['small'] * 1000:.0f} ms with 4 × 2"
        yield Figure(name, ratio, "×", at_most=at_most, detail=detail)
