"""The line of a job: its time and progress, then how it ended."""

from __future__ import annotations

import time

from textual.content import Content

from bbtui.domain.answer import STOPPED_BY_YOU
from bbtui.domain.model import PullProgress, TransferRate
from bbtui.engine.jobs import Job
from bbtui.formatting.durations import NS_PER_S, format_left, format_ns
from bbtui.formatting.numbers import format_bytes
from bbtui.ui.widgets.text_line import TextLine

_BAR_CELLS = 24
_DONE, _LEFT = "━", "─"


class JobLine(TextLine):
    """The job that runs, with its time and its progress; without one, the last message."""

    DEFAULT_CSS = "JobLine { height: auto; min-height: 2; max-height: 5; text-wrap: wrap; }"

    def __init__(self) -> None:
        super().__init__()
        self._message: tuple[Content, ...] = ()

    def show_message(self, message: str, fix: str = "", failed: bool = False) -> None:
        """Show a message until a job runs."""
        self._message = (
            Content.styled(message, "$text-error" if failed else ""),
            Content.styled(fix, "$foreground-muted"),
        )
        self.draw(*self._message)
        self.refresh(layout=True)

    def show_job(self, job: Job[object] | None) -> None:
        """Show the job that runs; None shows the last message."""
        if job is None:
            self.draw(*self._message)
            return
        state = Content(f"{job.title}  {format_ns(round(job.elapsed_s * NS_PER_S))}")
        if job.progress is None:
            self.draw(state, Content(""))
            return
        bar = progress_bar(job.progress)
        progress = format_progress(job.progress, job.rate, time.perf_counter_ns())
        self.draw(state, Content.assemble((bar, "$primary"), f"  {progress}"))


def job_result(job: Job[object]) -> tuple[str, str, bool]:
    """Return how a job ended: the message, the fix or "", and whether it failed."""
    if job.failure is not None:
        return f"{job.title} failed: {job.failure.message}", job.failure.fix, True
    if job.cancelled:
        kept = "; pull it again to resume" if job.progress else ""
        return f"{job.title}: {STOPPED_BY_YOU.cause}{kept}", "", False
    return f"{job.title}: done", "", False


def progress_bar(progress: PullProgress, width: int = _BAR_CELLS) -> str:
    """Return the progress as a line of that many cells."""
    done = round(width * progress.completed / progress.total) if progress.total else 0
    return _DONE * done + _LEFT * (width - done)


def format_progress(progress: PullProgress, rate: TransferRate, now_ns: int) -> str:
    """Return ``41 %  1.4 GB of 3.3 GB  24 MB/s  80 s left``, without what is not known.

    One that does not grow any more is ``stalled``. `now_ns` is by `time.perf_counter_ns`. Between
    downloads it is the status of the server ("verifying sha256 digest").
    """
    if not progress.total or (
        progress.completed >= progress.total and not progress.status.startswith("pulling ")
    ):
        return progress.status
    bytes_per_s, left_s = rate.rate, rate.left_s(progress)
    amount = f"{format_bytes(progress.completed)} of {format_bytes(progress.total)}"
    parts = [f"{100 * progress.completed // progress.total:>3} %", amount]
    if progress.completed < progress.total and rate.stalled(now_ns):
        return "  ".join([*parts, "stalled"])
    if bytes_per_s is not None:
        parts.append(f"{format_bytes(round(bytes_per_s))}/s")
    if left_s:
        parts.append(format_left(left_s))
    return "  ".join(parts)
