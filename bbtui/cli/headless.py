"""A run without a screen: runs the cells, prints progress, writes the results."""

from __future__ import annotations

import signal
import sys
import threading
from argparse import Namespace
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from types import FrameType
from typing import TextIO, cast

from bbtui.cli.context import CommandContext
from bbtui.cli.launch import Launch
from bbtui.cli.output import DisconnectTolerantStream
from bbtui.cli.print_answers import AnswerPrinter
from bbtui.cli.progress import CompletionTracker, PauseTracker, Progress
from bbtui.cli.run_output import closing_message, deliver, exit_code, unsaved_message
from bbtui.cli.started_pods import StartedPods, estimate_lines
from bbtui.cli.stdin_prompt import has_waiting_text
from bbtui.config.environment import can_move_cursor
from bbtui.domain.answer import Need
from bbtui.domain.host import HostState
from bbtui.domain.pod_host import diagnose_pod
from bbtui.domain.repeats import alike_note
from bbtui.engine.comparison import Comparison
from bbtui.engine.snapshot import Snapshot
from bbtui.errors import INTERRUPTED, PodError, UsageError
from bbtui.formatting.sanitize import single_line
from bbtui.formatting.text import counted

#: How long a thread may keep the interpreter, in s: a reader that waits for it stamps too late.
SWITCH_INTERVAL_S = 0.0005
#: How often the engine takes what has arrived, in seconds.
TICK_S = 0.05

_CHANGING = (HostState.UNKNOWN, HostState.PREPARING, HostState.LOADING)


class InterruptFlag:
    """Whether the program is to end; what is running can then be stopped and saved first."""

    def __init__(self) -> None:
        self.requested = False

    def handle(self, number: int, frame: FrameType | None) -> None:
        """Handle a signal; a second one raises `KeyboardInterrupt`."""
        # Only a flag is set: a lock taken here could be one the main thread holds already.
        if self.requested:
            signal.default_int_handler(number, frame)
        self.requested = True


@contextmanager
def catch_interrupts() -> Iterator[InterruptFlag]:
    """Set a flag at Ctrl-C, a hang-up and a request to terminate; for the main thread only."""
    flag = InterruptFlag()
    signals = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.getsignal(number) for number in signals}
    try:
        for number, handler in before.items():
            if handler is not signal.SIG_IGN:  # set by nohup for the hang-up
                signal.signal(number, flag.handle)
        yield flag
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def run_headless(launch: Launch, args: Namespace, context: CommandContext) -> int:
    """Run the cells of a session and write the results; return the exit code."""
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    comparison = launch.comparison
    context.notify(_resume_summary(launch, args))
    context.notify(alike_note(comparison.session))
    completions = CompletionTracker(comparison.session, launch.cells)
    pods_stopped = True
    try:
        with closing(_progress(args, launch, context)) as progress:
            started_pods = (
                StartedPods(comparison, progress.print_lines) if args.start_pods else None
            )
            try:
                interrupted = run_cells(
                    comparison, completions, progress, started_pods, load_first=launch.demo
                )
            finally:
                if started_pods is not None and args.stop_pods:
                    pods_stopped = started_pods.stop(context.sleep)
    finally:
        launch.store.close()

    session, delivered = comparison.session, True
    if session.number and not (interrupted and args.report is None and args.json is None):
        own_report = launch.demo and not interrupted and not args.print_answers
        delivered = deliver(session, args, context, own_report=own_report)
    if comparison.write_error is not None:
        context.notify(unsaved_message(session, comparison.write_error))
        return comparison.write_error.exit_code
    context.notify(closing_message(session, args, interrupted=interrupted))
    if has_waiting_text(context.stdin):
        context.notify(
            "text that arrived on stdin during the run was not read; bbtui run - sends it"
        )
    if interrupted:
        return INTERRUPTED
    if not delivered:
        return UsageError.exit_code
    return exit_code(session) if pods_stopped else PodError.exit_code


def run_cells(
    comparison: Comparison,
    completions: CompletionTracker,
    progress: Progress,
    started_pods: StartedPods | None = None,
    *,
    load_first: bool,
) -> bool:
    """Run every open cell; return whether a signal ended the run.

    With `load_first`, nothing runs before each host is ready or has failed. Pods that are off are
    `started_pods` where that is given. Raise `StoreError` if
    the session cannot be saved at all: then nothing has run. The comparison is closed in any case.
    """
    wake = threading.Event()
    pauses = PauseTracker()
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
            progress.print_lines(f"saving failed, retrying every second: {message}")
        elif not saving and error is None:
            progress.print_lines("saving works again")
        saving = error is None
        progress.print_lines(*completions.poll(snapshot.session), *pauses.poll(snapshot))
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
            cells = completions.waiting
            progress.print_lines(*estimate_lines(snapshot, cells))
            if not interrupt.requested:
                if started_pods is not None:
                    cells = started_pods.start(snapshot, cells)
                else:
                    progress.print_lines(*pods_that_are_off(snapshot))
                comparison.run(cells)
            awaited = started_pods is not None
            while (comparison.queue or awaited) and not interrupt.requested:
                snapshot = step()
                awaited = started_pods is not None and started_pods.follow(snapshot)
        finally:
            comparison.close()
        progress.print_lines(*completions.poll(comparison.session))
        progress.update(comparison.snapshot(), completions.count)
        return interrupt.requested


def _wait_until_ready(
    names: Iterable[str], progress: Progress, step: Callable[[], Snapshot], interrupt: InterruptFlag
) -> None:
    """Wait until every host is ready or has failed; print each state that one reaches."""
    states = dict.fromkeys(names, HostState.UNKNOWN)
    width = max(map(len, states), default=0)
    while not interrupt.requested and any(state in _CHANGING for state in states.values()):
        for name, seen in step().hosts.items():
            host = seen.last_check.host
            if host.state is not states[name]:
                states[name] = host.state
                state = single_line(host.description) or host.state
                progress.print_lines(f"{name:{width}}  {state}")


def pods_that_are_off(snapshot: Snapshot) -> list[str]:
    """Return a line for each endpoint whose pod is off, with the command that starts it.

    A pod whose state cannot be read has a line, too.
    """
    lines = []
    for name, pod in snapshot.pods.items():
        seen = pod.last_check
        if seen.unknown and seen.check_error is not None:
            fix = f"; {seen.check_error.fix}" if seen.check_error.fix else ""
            lines.append(f"{name}: pod state unknown: {seen.check_error.message}{fix}")
            continue
        if diagnosis := diagnose_pod(snapshot.session.endpoint(name), seen.pod, gone=seen.gone):
            lines.append(f"{name}: {diagnosis.problem.cause}; {diagnosis.problem.fix}")
    return lines


def _progress(args: Namespace, launch: Launch, context: CommandContext) -> Progress:
    err = cast(TextIO, DisconnectTolerantStream(context.err))
    if args.print_answers:
        return AnswerPrinter(context.out, err, launch.comparison.session, launch.cells)
    if not (err.isatty() and can_move_cursor(context.environ)):
        return Progress(err)
    from bbtui.cli.live_progress import LiveProgress

    return LiveProgress(err, len(launch.cells))


def _resume_summary(launch: Launch, args: Namespace) -> str:
    """Return what a resumed session is about to run; "" for a new one."""
    session = launch.comparison.session
    if args.resume is None:
        return ""
    lines = [f"#{session.number}: {len(launch.cells)} of {len(session.cells())} answers to run"]
    reason = "is no longer configured; its answers are skipped"
    lines += [f"  {name} {reason}" for name in launch.absent]
    failed = [
        cell
        for cell in session.missing(Need.STOPPED)
        if session.latest(cell) and cell not in launch.cells and cell.endpoint not in launch.absent
    ]
    if failed and not args.retry_errors:
        reruns = "--retry-errors reruns " + ("it" if len(failed) == 1 else "them")
        lines.append(f"  {counted(len(failed), 'failed answer')} skipped; {reruns}")
    return "\n".join(lines)
