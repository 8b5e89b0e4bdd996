"""Shows the errors of a screen's workers, which would end silently otherwise."""

from __future__ import annotations

from textual.worker import Worker, WorkerState

from bbtui.crashes import Crash, crashed
from bbtui.errors import BbtuiError


class WorkerErrors:
    """Mixin of a screen that shows the unexpected errors of its workers."""

    def show_error(self, error: BbtuiError) -> None:
        """Show an error and its fix; each screen has its own place for it."""
        raise NotImplementedError

    def show_crash(self, crash: Crash) -> None:
        """Show an unexpected exception."""
        self.show_error(BbtuiError(f"internal error: {crash.what}", crash.fix))

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """Show why a worker failed; the screen stays open."""
        if event.worker.error is not None and event.state is WorkerState.ERROR:
            self.show_crash(crashed(event.worker.error))
