"""The dialog with the models of an endpoint's server: select, pull, load and unload them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Hashable
from dataclasses import dataclass
from typing import Any, ClassVar, TypeVar

from textual import work
from textual.binding import Binding, BindingType
from textual.widgets import OptionList

from bbtui.clients.ports import ModelCatalog, ModelManager
from bbtui.domain.endpoint import Options
from bbtui.domain.model import Model, ModelListing, PullProgress
from bbtui.engine.jobs import Job, Jobs
from bbtui.errors import BbtuiError
from bbtui.formatting.numbers import format_bytes
from bbtui.ui.action import written_keys
from bbtui.ui.screens.dialogs import POLL_S, ChoicePrompt, InputPrompt, LargeDialog, WorkerErrors
from bbtui.ui.widgets.job_line import JobLine, job_result
from bbtui.ui.widgets.model_list import ModelList

T = TypeVar("T")
READ_ONLY = "this server can only list its models: pull and load them on its machine"


def format_pull_size(size: PullProgress) -> str:
    """Return how much a pull will fetch, as far as it is known before it begins."""
    if size.unsized:
        return "Size unknown."
    rest = size.total - size.completed
    left = f", {format_bytes(rest)} of it left to download" if size.completed else ""
    return f"{format_bytes(size.total)}{left}. The server may add smaller files while it pulls."


@dataclass(frozen=True, slots=True)
class ModelServer:
    """A server with models, and what the dialog needs to know of the session."""

    label: str
    """The label of the endpoint."""
    address: str
    """Its address without what gives access."""
    model: str
    """The model of the focused column."""
    in_use: Collection[str]
    """The full names of the server's models that columns use."""
    catalog: ModelCatalog
    """Lists the models."""
    manager: ModelManager | None
    """None where models can only be listed."""
    options: Options
    """The options with which a model is loaded."""
    jobs: Jobs[Hashable, object]
    """The jobs of all servers."""
    job_key: str
    """The key of this server's job."""
    adds_column: Callable[[], bool]
    """Returns whether a selected model becomes a new column."""
    is_answering: Callable[[], bool]
    """Returns whether the machine generates an answer now."""
    notify: Callable[[str], None]
    """Shows a message once the dialog is closed."""


class ModelsScreen(WorkerErrors, LargeDialog[str | None]):
    """Shows the models of a server; returns the name of the selected one, or None.

    A job of the server continues when the dialog is closed, and its end is notified.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("m", "leave", "close", show=False, id="endpoint.model")
    ]

    def __init__(self, server: ModelServer) -> None:
        self._list, self._line = ModelList(pulls=server.manager is not None), JobLine()
        super().__init__(f"models of {server.label} · {server.address}", self._list, self._line)
        self._server = server
        self._listing: ModelListing | None = None
        self._contexts: dict[str, int | None] = {}  # None until the server has replied
        self._job = server.jobs.running(server.job_key)
        self._size_job: Job[object] | None = None  # the only job that ends with the dialog
        self._unmounted = False
        self._app = self.app  # job threads need it, and have no active app

    def on_mount(self) -> None:
        """Read the list, and begin to poll the job."""
        self._list.focus()
        self.action_refresh()
        self._poll()  # the keys are there from the first drawing on
        self.set_interval(POLL_S, self._poll)

    def on_resize(self) -> None:
        """Lay out the rows for the new width."""
        self.call_after_refresh(self._show_rows)

    def on_unmount(self) -> None:
        """Notify the end of the job from now on."""
        self._unmounted = True

    # -- what is shown ------------------------------------------------------------------------

    def _poll(self) -> None:
        """Show the progress or the end of the job, and the keys that apply."""
        if self._job is not None and self._job.ended:
            self._line.show_message(*job_result(self._job))
            self._job = None
            self._read_models(keep_message=True)
        self._line.show_job(self._job)
        self.show_keys(self._key_help())

    def _key_help(self) -> str:
        if self._job is not None:
            end = "cancels it too" if self._job is self._size_job else "it continues"
            return f"esc stops it · {self._closing_key} closes this dialog, {end}"
        use = "adds a column" if self._server.adds_column() else "uses it in this column"
        change = "" if self._server.manager is None else " · p pulls a model · l loads · u unloads"
        return f"enter {use}{change} · esc closes"

    @property
    def _closing_key(self) -> str:
        """The key that closes the dialog besides esc: the one that opened it, if it is free."""
        for key, active in self.active_bindings.items():
            if active.binding.id == "endpoint.model" and active.node is self:
                return written_keys(key)
        return "q"

    def _show_rows(self) -> None:
        if self._listing is not None:
            self._list.show(self._listing, self._server.model, self._server.in_use, self._contexts)

    @work(exit_on_error=False)
    async def _read_models(self, *, keep_message: bool) -> None:
        """Read the list; `keep_message` keeps the message about the job that has ended."""
        catalog = self._server.catalog
        job = await _run(Job("reading a list of models", lambda _: catalog.list_models()))
        if job.result is not None:
            self._listing = job.result
            self._show_rows()
        if keep_message:
            return
        if job.failure is not None:
            self.show_error(job.failure)
        elif job.result is not None:
            empty = "" if job.result.models else "this server has no models"
            self._line.show_message(job.result.unsure or empty)

    def on_option_list_option_highlighted(self) -> None:
        """Request the context length of the highlighted model, if the list does not have it."""
        manager, model = self._server.manager, self._list.highlighted_model
        if manager is None or model is None or model.context_length or model.elsewhere:
            return
        if model.name not in self._contexts:
            self._contexts[model.name] = None
            self._read_context(manager, model.name)

    @work(exit_on_error=False)
    async def _read_context(self, manager: ModelManager, model: str) -> None:
        job = await _run(Job("reading a context length", lambda _: manager.context_length(model)))
        self._contexts[model] = job.result
        self._show_rows()

    # -- keys ---------------------------------------------------------------------------------

    def action_refresh(self) -> None:
        """Read the list again."""
        self._line.show_message("reading the model list …")
        self._read_models(keep_message=False)

    def action_cancel_or_close(self) -> None:
        """Cancel the job; close the dialog if there is none."""
        if self._job is not None:
            self._job.cancel()
        else:
            self.dismiss(None)

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Select the highlighted model, or pull it if the server does not have it."""
        model = self._list.highlighted_model
        if model is None:
            self._pull(event.option_id or "")
        elif not model.chats:
            self._line.show_message(f"{model.name} is an embedding model: it cannot answer prompts")
        else:
            self.dismiss(model.name)

    def action_pull(self) -> None:
        """Ask for the name of a model and pull it."""
        self._pull("")

    def action_load(self) -> None:
        """Load the highlighted model with the options of the session."""
        manager, options = self._server.manager, self._server.options
        if (model := self._changeable_model()) is not None and manager is not None:
            name = model.name

            def load(job: Job[object]) -> None:
                manager.load(name, options, job.cancel_token)

            self._start_if_free(Job(f"loading {name}", load, self._notify_end))

    def action_unload(self) -> None:
        """Unload the highlighted model."""
        manager = self._server.manager
        if (model := self._changeable_model()) is not None and manager is not None:
            name = model.name
            if model.loaded is False:
                self._line.show_message(f"{name} is not loaded")
            else:
                unload = Job(f"unloading {name}", lambda _: manager.unload(name), self._notify_end)
                self._start_if_free(unload)

    def _changeable_model(self) -> Model | None:
        """Return the highlighted model; show why not if it cannot be loaded or unloaded."""
        model = self._list.highlighted_model
        if self._server.manager is None:
            self._line.show_message(READ_ONLY)
            return None
        if model is None and self._listing is not None:
            self._line.show_message("this model is not on the server: enter pulls it")
        elif model is not None and model.elsewhere:
            self._line.show_message(f"{model.name} runs on {model.elsewhere}: nothing to load here")
            return None
        return model

    # -- jobs ---------------------------------------------------------------------------------

    @work(exit_on_error=False)
    async def _start_if_free(self, job: Job[object]) -> None:
        if await self._may_start(job.title):
            self._start(job)

    @work(exit_on_error=False)
    async def _pull(self, name: str) -> None:
        """Pull a model once its size is known and confirmed; ask for its name if there is none."""
        manager = self._server.manager
        if manager is None:
            self._line.show_message(READ_ONLY)
            return
        name = name or await self._ask(
            InputPrompt("pull", "model name, e.g. gemma3:4b", enter="continues")
        )
        if not name or not await self._may_start(f"pulling {name}"):
            return
        size_job: Job[object] = Job(
            f"checking the size of {name}", lambda job: manager.measure(name, job.cancel_token)
        )
        if not await self._finish_size_job(size_job, name):
            return
        if not isinstance(size_job.result, PullProgress):
            self._line.show_message(f"{name} is up to date: nothing to download")
            self._read_models(keep_message=True)
            return
        title = f"pull {name} to {self._server.label}? {format_pull_size(size_job.result)}"
        if await self._ask(ChoicePrompt(title, {"y": "pull", "n": "do not pull"})) != "y":
            self._line.show_message(f"pull of {name} cancelled")
            return

        def pull(job: Job[object]) -> None:
            for progress in manager.pull(name, job.cancel_token):
                job.report(progress)

        self._start(Job(f"pulling {name}", pull, self._notify_end))

    async def _finish_size_job(self, job: Job[object], name: str) -> bool:
        """Start the job and wait for its end; return whether it has a result."""
        if not self._start(job):
            return False
        self._size_job = job
        try:
            await _end(job)
        except asyncio.CancelledError:
            job.cancel()
            self._notify(f"pull cancelled: size of {name} not determined")
            raise
        if job.cancelled or job.failure is not None:
            return False
        self._job = None
        return True

    async def _ask(self, dialog: InputPrompt | ChoicePrompt) -> str:
        return await self.app.push_screen_wait(dialog) or ""

    async def _may_start(self, task: str) -> bool:
        """Return whether a job may start; ask while the machine generates an answer."""
        if self._job is not None:
            self._line.show_message(f"busy: {self._job.title}")
            return False
        if not self._server.is_answering():
            return True
        title = f"this machine is generating an answer; {task} now would skew its timings"
        choices = {"y": "continue", "n": "not now"}
        return await self._ask(ChoicePrompt(title, choices)) == "y"

    def _start(self, job: Job[object]) -> bool:
        """Start a job unless the server has one; return whether it was started."""
        if not self._server.jobs.start(self._server.job_key, job):
            other = self._server.jobs.running(self._server.job_key)
            self._line.show_message(f"busy: {other.title}" if other else "busy: try again")
            return False
        self._job = job
        self._line.show_message("")
        return True

    def _notify_end(self, job: Job[object]) -> None:
        """Notify how a job ended if the dialog is closed; called in the thread of the job."""
        if self._unmounted:
            message, fix, _ = job_result(job)
            self._notify(f"{message} · {fix}" if fix else message)

    def _notify(self, message: str) -> None:
        """Show a message where the dialog was opened; may be called from any thread."""
        if self._app.is_running:
            self._app.call_later(self._server.notify, message)

    def show_error(self, error: BbtuiError) -> None:
        """Show an error and its fix below the list."""
        self._line.show_message(error.message, error.fix, failed=True)


async def _end(job: Job[Any]) -> None:
    while not job.ended:
        await asyncio.sleep(POLL_S)


async def _run(job: Job[T]) -> Job[T]:
    """Run a job that only reads, to its end; it is not cancelled with the dialog."""
    job.start()
    await _end(job)
    return job
