"""The face without a screen: runs the cells, tells how far it is, hands over the result."""

from __future__ import annotations

import sys
import threading
from argparse import Namespace
from dataclasses import dataclass
from typing import TextIO, cast

from bbtui.cli.context import Context
from bbtui.cli.deliver import deliver, notify
from bbtui.cli.exit_status import closing_summary, exit_code, resume_message, unsaved_message
from bbtui.cli.open_session import common_flags
from bbtui.cli.progress_plain import CompletionTracker, PlainProgress, Progress
from bbtui.cli.settling import Settling
from bbtui.cli.signals import InterruptFlag
from bbtui.cli.sitting import Launch
from bbtui.cli.unheard import DisconnectTolerantStream
from bbtui.domain.pod_host import diagnose_pod
from bbtui.engine.comparison import Comparison
from bbtui.engine.snapshot import Snapshot
from bbtui.errors import INTERRUPTED, StoreError, UsageError
from bbtui.formatting.sanitize import single_line

#: How long a thread may keep the interpreter, in s: a reader that waits for it stamps too late.
SWITCH_INTERVAL_S = 0.0005
#: How often the engine is asked to take what came, in seconds.
TICK_S = 0.05


@dataclass(frozen=True, slots=True)
class Run:
    """How a run went; `trouble` is why its end could not be saved."""

    interrupted: bool
    trouble: StoreError | None


def headless(launch: Launch, args: Namespace, context: Context) -> int:
    """Run the cells of a sitting and hand over the result; returns the exit code."""
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    opened = launch.opened
    comparison = opened.comparison
    notify(_opening_words(launch, args), context)
    ended = CompletionTracker(comparison.session, opened.cells)
    progress = _progress(context, ended.total)
    try:
        with progress:
            run = drive(comparison, ended, progress, settle=launch.own_report)
    finally:
        opened.store.close()

    session = comparison.session
    undelivered = None
    if session.number and not (run.interrupted and args.report is None and args.json is None):
        own_report = launch.own_report and not run.interrupted
        undelivered = deliver(session, args, context, own_report=own_report)
    common = common_flags(args)
    if run.trouble is not None:
        notify(unsaved_message(session, run.trouble), context)
        return run.trouble.exit_code
    if run.interrupted:
        notify(resume_message(session, common), context)
        return INTERRUPTED
    notify(closing_summary(session, common), context)
    return UsageError.exit_code if undelivered else exit_code(session)


def drive(
    comparison: Comparison, ended: CompletionTracker, progress: Progress, *, settle: bool
) -> Run:
    """Run every cell `ended` waits for; with `settle`, not before each machine is ready or failed.

    `StoreError` if the session cannot be written at all: then nothing has run. The comparison is
    closed in any case.
    """
    wake = threading.Event()
    trouble = _Trouble(progress)

    def turn() -> Snapshot:
        wake.wait(TICK_S)
        wake.clear()
        comparison.tick()
        snapshot = comparison.snapshot()
        trouble.tell(snapshot.write_error)
        for line in ended.poll(snapshot.session):
            progress.say(line)
        progress.show(snapshot, ended.count)
        return snapshot

    with InterruptFlag() as interrupts:
        comparison.start(wake.set)
        try:
            snapshot = comparison.snapshot()
            settling = Settling(snapshot.session, progress)
            while settle and not interrupts.requested and not settling.over(snapshot):
                snapshot = turn()
            while not snapshot.pods_checked and not interrupts.requested:
                snapshot = turn()
            for line in pods_that_are_off(snapshot):
                progress.say(line)
            if not interrupts.requested:
                comparison.run(ended.waiting)
            while comparison.queue and not interrupts.requested:
                turn()
        finally:
            comparison.close()
        for line in ended.poll(comparison.session):
            progress.say(line)
        return Run(interrupts.requested, comparison.write_error)


def pods_that_are_off(snapshot: Snapshot) -> list[str]:
    """A line for each endpoint whose pod is off: why, and the command that starts it.

    So is one whose pod could not be looked at.
    """
    lines = []
    for name, pod in snapshot.pods.items():
        seen = pod.sighting
        if seen.unknown and seen.failure is not None:
            hint = f"; {seen.failure.fix}" if seen.failure.fix else ""
            lines.append(f"{name}: its pod cannot be looked at: {seen.failure.message}{hint}")
            continue
        found = diagnose_pod(snapshot.session.endpoint(name), seen.pod, gone=seen.gone)
        if found is not None:
            lines.append(f"{name}: {found.cause}; {found.fix}")
    return lines


class _Trouble:
    """Tells once that nothing can be saved, and once that it can again."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._told = False

    def tell(self, trouble: StoreError | None) -> None:
        if trouble is not None and not self._told:
            words = single_line(str(trouble))
            self._progress.say(f"not saved for now, trying again every second: {words}")
        elif trouble is None and self._told:
            self._progress.say("everything is saved again")
        self._told = trouble is not None


def _progress(context: Context, total: int) -> Progress:
    err = cast(TextIO, DisconnectTolerantStream(context.err))
    if not err.isatty():
        return PlainProgress(err)
    from bbtui.cli.progress_live import LiveProgress

    return LiveProgress(err, total)


def _opening_words(launch: Launch, args: Namespace) -> str:
    """What a resumed session is about to do; "" for a new one."""
    opened = launch.opened
    session = opened.comparison.session
    if args.resume is None:
        return ""
    lines = [f"#{session.number}: {len(opened.cells)} of {len(session.cells())} cells to run"]
    lines += [
        f"  {name} is there no more to be asked: its cells cannot run" for name in opened.absent
    ]
    left = [
        cell
        for cell in session.cells()
        if cell not in opened.cells
        and (answer := session.latest(cell)) is not None
        and not answer.state.answered
        and cell.endpoint not in opened.absent
    ]
    if left and not args.retry_errors:
        lines.append(f"  {len(left)} ended badly and are left alone; --retry-errors asks again")
    return "\n".join(lines)
