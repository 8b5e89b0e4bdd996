"""What befell a screen's workers: without it they would end in silence."""

from __future__ import annotations

from textual.worker import Worker, WorkerState

from bbtui.crashes import Crash, crashed
from bbtui.errors import BbtuiError


class WorkerErrors:
    """Of a screen: tells of each of its workers that failed in a way nobody foresaw."""

    def complain(self, error: BbtuiError) -> None:
        """Something could not be done, and why: where the screen says so."""
        raise NotImplementedError

    def tell_crash(self, crash: Crash) -> None:
        """What was begun has ended on this."""
        self.complain(BbtuiError(f"this did not work: {crash.what}", crash.fix))

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """Tell of one that failed; the screen goes on."""
        if event.worker.error is not None and event.state is WorkerState.ERROR:
            self.tell_crash(crashed(event.worker.error))
