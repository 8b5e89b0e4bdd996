"""A run without a screen: runs the cells, prints progress, writes the results."""

from __future__ import annotations

import sys
import threading
from argparse import Namespace
from collections.abc import Callable, Iterable
from contextlib import closing
from dataclasses import dataclass
from typing import TextIO, cast

from bbtui.cli.context import Context
from bbtui.cli.deliver import deliver, notify
from bbtui.cli.exit_status import closing_summary, exit_code, resume_message, unsaved_message
from bbtui.cli.launch import Launch
from bbtui.cli.open_session import typed_common_options
from bbtui.cli.output import DisconnectTolerantStream
from bbtui.cli.progress.plain import CompletionTracker, PlainProgress, Progress
from bbtui.cli.signals import InterruptFlag, catch_interrupts
from bbtui.domain.host import HostState
from bbtui.domain.pod_host import diagnose_pod
from bbtui.engine.comparison import Comparison
from bbtui.engine.snapshot import Snapshot
from bbtui.errors import INTERRUPTED, StoreError, UsageError
from bbtui.formatting.sanitize import single_line
from bbtui.formatting.text import counted

#: How long a thread may keep the interpreter, in s: a reader that waits for it stamps too late.
SWITCH_INTERVAL_S = 0.0005
#: How often the engine takes what has arrived, in seconds.
TICK_S = 0.05

_CHANGING = (HostState.UNKNOWN, HostState.PREPARING, HostState.LOADING)


@dataclass(frozen=True, slots=True)
class RunResult:
    """How a run ended."""

    interrupted: bool
    """A signal ended it."""

    write_error: StoreError | None
    """Why the end of the session could not be saved."""


def run_headless(launch: Launch, args: Namespace, context: Context) -> int:
    """Run the cells of a session and write the results; return the exit code."""
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    comparison = launch.comparison
    notify(_resume_summary(launch, args), context)
    completions = CompletionTracker(comparison.session, launch.cells)
    try:
        with closing(_progress(context, completions.total)) as progress:
            result = run_cells(comparison, completions, progress, load_first=launch.demo)
    finally:
        launch.store.close()

    session = comparison.session
    undelivered = None
    if session.number and not (result.interrupted and args.report is None and args.json is None):
        own_report = launch.demo and not result.interrupted
        undelivered = deliver(session, args, context, own_report=own_report)
    if result.write_error is not None:
        notify(unsaved_message(session, result.write_error), context)
        return result.write_error.exit_code
    if result.interrupted:
        notify(resume_message(session, typed_common_options(args)), context)
        return INTERRUPTED
    notify(closing_summary(session, typed_common_options(args)), context)
    return UsageError.exit_code if undelivered else exit_code(session)


def run_cells(
    comparison: Comparison, completions: CompletionTracker, progress: Progress, *, load_first: bool
) -> RunResult:
    """Run every open cell; with `load_first`, not before each host is ready or has failed.

    Raise `StoreError` if the session cannot be saved at all: then nothing has run. The comparison
    is closed in any case.
    """
    wake = threading.Event()
    saving = True

    def step() -> Snapshot:
        nonlocal saving
        wake.wait(TICK_S)
        wake.clear()
        comparison.tick()
        snapshot = comparison.snapshot()
        error = snapshot.write_error
        if saving and error is not None:
            message = single_line(str(error))
            progress.print_line(f"saving failed, retrying every second: {message}")
        elif not saving and error is None:
            progress.print_line("saving works again")
        saving = error is None
        for line in completions.poll(snapshot.session):
            progress.print_line(line)
        progress.update(snapshot, completions.count)
        return snapshot

    with catch_interrupts() as interrupt:
        comparison.start(wake.set)
        try:
            if load_first:
                _wait_until_ready(comparison.snapshot().hosts, progress, step, interrupt)
            snapshot = comparison.snapshot()
            while not snapshot.pods_checked and not interrupt.requested:
                snapshot = step()
            for line in pods_that_are_off(snapshot):
                progress.print_line(line)
            if not interrupt.requested:
                comparison.run(completions.waiting)
            while comparison.queue and not interrupt.requested:
                step()
        finally:
            comparison.close()
        for line in completions.poll(comparison.session):
            progress.print_line(line)
        return RunResult(interrupt.requested, comparison.write_error)


def _wait_until_ready(
    names: Iterable[str],
    progress: Progress,
    step: Callable[[], Snapshot],
    interrupt: InterruptFlag,
) -> None:
    """Wait until every host is ready or has failed; print each state that one reaches."""
    states = dict.fromkeys(names, HostState.UNKNOWN)
    width = max(map(len, states), default=0)
    while not interrupt.requested and any(state in _CHANGING for state in states.values()):
        for name, seen in step().hosts.items():
            host = seen.sighting.host
            if host.state is not states[name]:
                states[name] = host.state
                progress.print_line(
                    f"{name:{width}}  {single_line(host.description) or host.state}"
                )


def pods_that_are_off(snapshot: Snapshot) -> list[str]:
    """Return a line for each endpoint whose pod is off, with the command that starts it.

    A pod whose state cannot be read has a line, too.
    """
    lines = []
    for name, pod in snapshot.pods.items():
        seen = pod.sighting
        if seen.unknown and seen.check_error is not None:
            fix = f"; {seen.check_error.fix}" if seen.check_error.fix else ""
            lines.append(f"{name}: pod state unknown: {seen.check_error.message}{fix}")
            continue
        diagnosis = diagnose_pod(snapshot.session.endpoint(name), seen.pod, gone=seen.gone)
        if diagnosis is not None:
            problem = diagnosis.problem
            lines.append(f"{name}: {problem.cause}; {problem.fix}")
    return lines


def _progress(context: Context, total: int) -> Progress:
    err = cast(TextIO, DisconnectTolerantStream(context.err))
    if not err.isatty():
        return PlainProgress(err)
    from bbtui.cli.progress.live import LiveProgress

    return LiveProgress(err, total)


def _resume_summary(launch: Launch, args: Namespace) -> str:
    """Return what a resumed session is about to run; "" for a new one."""
    session = launch.comparison.session
    if args.resume is None:
        return ""
    lines = [f"#{session.number}: {len(launch.cells)} of {len(session.cells())} answers to run"]
    lines += [
        f"  {name} is no longer configured; its answers are skipped" for name in launch.absent
    ]
    failed = [
        cell
        for cell in session.cells()
        if cell not in launch.cells
        and (answer := session.latest(cell)) is not None
        and not answer.state.answered
        and cell.endpoint not in launch.absent
    ]
    if failed and not args.retry_errors:
        reruns = "--retry-errors reruns " + ("it" if len(failed) == 1 else "them")
        lines.append(f"  {counted(len(failed), 'failed answer')} skipped; {reruns}")
    return "\n".join(lines)
