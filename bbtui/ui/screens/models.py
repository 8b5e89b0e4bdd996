"""The dialog with the models of an endpoint's server: select, pull, load and unload them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Collection, Hashable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, TypeVar

from textual import work
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from bbtui.clients.ports import ModelCatalog, ModelManager
from bbtui.domain.answer import STOPPED_BY_YOU
from bbtui.domain.endpoint import Options
from bbtui.domain.model import Model, ModelListing, PullProgress, TransferRate, full_name
from bbtui.engine.jobs import Job, Jobs
from bbtui.errors import BbtuiError
from bbtui.formatting.durations import NS_PER_S, format_left, format_ns
from bbtui.formatting.numbers import format_bytes
from bbtui.formatting.sanitize import clean_name
from bbtui.ui.action import written_keys
from bbtui.ui.screens.dialogs import POLL_S, ChoicePrompt, InputPrompt, LargeDialog, WorkerErrors
from bbtui.ui.widgets.row_layout import crop
from bbtui.ui.widgets.text_line import TextLine

_LOADED = "● loaded"
#: The cells from the end of the name to that of the context length.
_FIGURES_WIDTH = 42
#: The least and most cells of a name.
_NAME_WIDTHS = (12, 48)
_BAR_CELLS = 24
_DONE, _LEFT = "━", "─"
T = TypeVar("T")
READ_ONLY = "this server can only list its models: pull and load them on its machine"


class ModelList(OptionList):
    """A row for each model, below the titles of the columns, with the keys of the dialog."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j", "cursor_down", show=False),
        Binding("k", "cursor_up", show=False),
        Binding("p", "screen.pull", "pull a model", show=False),
        Binding("l", "screen.load", "load the model", show=False),
        Binding("u", "screen.unload", "unload the model", show=False),
        Binding("r", "screen.refresh", "read the list again", show=False),
        Binding("escape", "screen.cancel_or_close", "stop, or close", show=False),
    ]

    def __init__(self, *, pulls: bool) -> None:
        """Create the list; `pulls` is whether the server can pull a model it does not have."""
        super().__init__()
        self._pulls = pulls
        self._listing = ModelListing()

    def show(
        self,
        listing: ModelListing,
        current: str,
        in_use: Collection[str],
        contexts: Mapping[str, int | None],
    ) -> None:
        """Show the models of a server; the cursor stays, or begins at the `current` model.

        The current model comes first if the server does not have it. `in_use` are the full names
        of the models that columns use, `contexts` the context lengths that the list does not have.
        """
        found = listing.find(current)
        cursor = self._highlighted_name or (found.name if found else current)
        self._listing = listing
        # A server may list a name twice; here a name is one row.
        models = {model.name: model for model in listing.models}
        names = [*([] if found else [current]), *models]
        room = self.scrollable_content_region.width
        width = _name_width(names, room)
        rows = {
            name: _row(model, width, context=contexts.get(name), in_use=in_use)
            for name, model in models.items()
        }
        if found is None:
            rows[current] = _missing_row(current, width, pulls=self._pulls)
        options = [Option(crop(rows[name], room), id=name) for name in names]
        self.clear_options().add_options([Option(crop(_heading(width), room), disabled=True)])
        self.add_options(options)
        self.highlighted = 1 + (names.index(cursor) if cursor in names else 0)

    @property
    def highlighted_model(self) -> Model | None:
        """The model under the cursor; None if the server does not have it."""
        return self._listing.find(self._highlighted_name)

    @property
    def _highlighted_name(self) -> str:
        """The name under the cursor; "" before there is a list."""
        option = self.highlighted_option
        return "" if option is None else option.id or ""


def _name_width(names: Iterable[str], width: int) -> int:
    """Return the cells of the names in rows of that width: those of the longest, if they fit."""
    shortest, longest = _NAME_WIDTHS
    wanted = max(map(len, names), default=shortest)
    return max(shortest, min(wanted, longest, width - 2 - _FIGURES_WIDTH))


def _heading(width: int) -> Content:
    """Return the titles of the columns."""
    titles = f"  {'model':<{width}}  {'size':>8}  {'':<8}  {'quant':<9}  {'context':>7}  parameters"
    return Content.styled(titles, "$foreground-muted")


def _row(model: Model, width: int, *, context: int | None, in_use: Collection[str]) -> Content:
    """Return the row of a model; `context` is its context length where the list has none."""
    context_length = model.context_length or context
    quantisation = clean_name(model.quantisation)
    return Content.assemble(
        _name(model.name, width, bold=full_name(model.name) in in_use),
        f"  {'–' if model.size is None else format_bytes(model.size):>8}  ",
        (f"{_state(model):<8}", "$text-success" if model.loaded else "$foreground-muted"),
        f"  {quantisation or '–':<9}  {f'{context_length:,}' if context_length else '–':>7}",
        f"  {clean_name(model.parameters) or '–':<9}",
        (f"  {_details(model)}", "$foreground-muted"),
    )


def _missing_row(name: str, width: int, *, pulls: bool) -> Content:
    """Return the row of a model that a column uses and the server does not have."""
    state = "not on this server · enter pulls it" if pulls else "not on this server"
    return Content.assemble(_name(name, width, bold=True), "  ", (state, "$text-warning"))


def _name(name: str, width: int, *, bold: bool) -> tuple[str, str]:
    clean = clean_name(name)
    shown = clean if len(clean) <= width else f"{clean[: width - 1]}…"
    return f"{'▸' if bold else ' '} {shown:<{width}}", "bold" if bold else ""


def _state(model: Model) -> str:
    if model.elsewhere:
        return "remote"
    if not model.chats:
        return "embeds"
    return _LOADED if model.loaded else ""


def _details(model: Model) -> str:
    """Return how a loaded model runs, or which host serves it."""
    if model.elsewhere:
        return f"runs on {clean_name(model.elsewhere)}"
    facts = [f"ctx {model.running_context}"] if model.running_context else []
    if model.gpu_share is not None:
        share = model.gpu_share
        facts.append("on CPU" if share == 0 else f"{share * 100:.0f} % GPU")
    return " · ".join(facts)


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

    A job of the server goes on when the dialog is closed, and its end is notified.
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
