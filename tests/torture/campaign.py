"""Runs scenarios: those inside a process in one of their own, whole programs beside each other."""

from __future__ import annotations

import multiprocessing
import signal
import time
import traceback
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

from tests.torture.kinds import BY_NAME, Kind
from tests.torture.reliability import Run
from tests.torture.screen import KEY_TIMES

#: How long a campaign may take, in minutes.
MINUTES = 15.0
#: A key is answered within this time, in s.
KEY_S = 1.0
#: A scenario inside this process that takes longer hangs, in s.
HANGS_S = 90
#: The programs that run at once, without a screen and with one: they mostly wait.
HEADLESS, SCREENS = 3, 2
#: How many scenarios are handed to a process at once.
PORTION = 20


@dataclass
class Outcome:
    """What has become of some scenarios."""

    kind: str
    run: int = 0
    failures: list[tuple[int, str]] = field(default_factory=list)
    """The number of each scenario that failed, and its traceback."""


@contextmanager
def _limited() -> Iterator[None]:
    """Raise in the main thread of this process where the block hangs."""

    def hung(*_: object) -> None:
        raise AssertionError(f"it hangs: not at its end after {HANGS_S} s")

    signal.signal(signal.SIGALRM, hung)
    signal.alarm(HANGS_S)
    try:
        yield
    finally:
        signal.alarm(0)


def run_portion(name: str, seed: int, numbers: range, deadline: float) -> Outcome:
    """Run scenarios of one kind in this thread, until the deadline (`time.time`)."""
    kind, outcome = BY_NAME[name], Outcome(name)
    for number in numbers:
        if time.time() > deadline:
            break
        try:
            if kind.whole:
                kind.run(seed, number)
            else:
                with _limited():
                    kind.run(seed, number)
        except Exception:  # noqa: BLE001 - whatever is raised is the failure
            outcome.failures.append((number, traceback.format_exc()))
        outcome.run += 1
    return outcome


def _portions(kind: Kind) -> list[range]:
    size = 1 if kind.whole else PORTION
    return [
        range(start, min(start + size, kind.count + 1)) for start in range(1, kind.count + 1, size)
    ]


def campaign(kinds: list[Kind], seed: int, minutes: float) -> Run:
    """Run every scenario of these kinds, or as many as the time allows; print failures."""
    started = datetime.now(UTC)
    began = time.time()
    deadline = began + 60 * minutes
    run: Counter[str] = Counter()
    failed: Counter[str] = Counter()
    spawn = multiprocessing.get_context("spawn")
    KEY_TIMES.limit_s = KEY_S
    with (
        ProcessPoolExecutor(1, spawn) as inside,
        ThreadPoolExecutor(HEADLESS) as headless,
        ThreadPoolExecutor(SCREENS) as screens,
    ):
        portions: list[Future[Outcome]] = []
        # Every kind gets its turn, also if the time ends.
        todo = [
            (numbers.start / kind.count, kind, numbers)
            for kind in kinds
            for numbers in _portions(kind)
        ]
        for _, kind, numbers in sorted(todo, key=lambda item: item[0]):
            pool = screens if kind.screen else headless if kind.whole else inside
            portions.append(pool.submit(run_portion, kind.name, seed, numbers, deadline))
        for portion in as_completed(portions):
            outcome = portion.result()
            run[outcome.kind] += outcome.run
            failed[outcome.kind] += len(outcome.failures)
            for number, why in outcome.failures:
                print(f"✗ make torture SEED={seed} ONLY={outcome.kind}:{number}\n{why}", flush=True)
    return Run(seed, started, (time.time() - began) / 60, run, failed, tuple(KEY_TIMES.seconds))
