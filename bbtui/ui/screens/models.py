"""The models of an endpoint's server: to choose one, to pull, load and unload them."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import OptionList, Static

from bbtui.clients.connection import Connection
from bbtui.clients.model_catalog import ModelCatalog, ModelManager
from bbtui.domain.model import Model, ModelListing, full_name
from bbtui.engine.comparison import Comparison
from bbtui.engine.jobs import Job
from bbtui.errors import BbtuiError
from bbtui.formatting.sanitize import clean_name
from bbtui.ui.screens.dialog import LOOK_S, LargeDialog
from bbtui.ui.screens.model_jobs import ModelJobs
from bbtui.ui.screens.pulling import pull
from bbtui.ui.screens.worker_errors import WorkerErrors
from bbtui.ui.widgets.job_line import JobLine, keys_words
from bbtui.ui.widgets.model_list import ModelTable

NO_KEEPER = "this server only lists its models: they are fetched and loaded on its own machine"


class _Models(ModelTable):
    """The list, with the keys of what is done to a model."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("p", "screen.pull", "pull a model", show=False),
        Binding("l", "screen.load", "load the model", show=False),
        Binding("u", "screen.unload", "unload the model", show=False),
        Binding("r", "screen.refresh", "read the list again", show=False),
        Binding("escape", "screen.stop_or_leave", "stop, or close", show=False),
    ]


class ModelsScreen(WorkerErrors, LargeDialog[str | None]):
    """The models of a connection's catalog; returns the name of the one chosen, or None.

    What is under way on the server goes on when this is closed, and `tell` says how it ended. `key`
    is the one that opened this.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("m", "leave", "close", show=False, id="endpoint.model")
    ]

    def __init__(
        self,
        comparison: Comparison,
        connection: Connection,
        catalog: ModelCatalog,
        tell: Callable[[str], None],
        key: str,
    ) -> None:
        super().__init__()
        self._comparison, self._catalog, self._key = comparison, catalog, key
        self._manager: ModelManager | None = connection.manager
        self._endpoint = connection.endpoint
        self._stock: ModelListing | None = None
        self._contexts: dict[str, int] = {}
        self._contexts_asked: set[str] = set()
        self._looking: list[tuple[Job[object], Callable[[Job[object]], None]]] = []
        self._list = _Models(pulls=self._manager is not None)
        self._line, self._help = JobLine(), Static(classes="key-help")
        self._keeping = ModelJobs(
            self.app,
            comparison,
            connection,
            self._line,
            changed=self._read_quietly,
            tell=tell,
        )

    def compose(self) -> ComposeResult:
        """The title, the list, what is under way, and the keys."""
        title = f"models of {self._endpoint.label} · {self._endpoint.address}"
        with Vertical(classes="dialog"):
            yield Static(Content.styled(clean_name(title), "bold"), classes="dialog-title")
            yield self._list
            yield self._line
            yield self._help

    def on_mount(self) -> None:
        """Ask for the list, and look at what comes."""
        self._list.focus()
        self.action_refresh()
        self.set_interval(LOOK_S, self._look)

    def on_resize(self) -> None:
        """Lay the rows out for the width at hand."""
        self.call_after_refresh(self._show_rows)

    def on_unmount(self) -> None:
        """Let what is under way tell of its end elsewhere."""
        self._keeping.close()

    # -- what is shown ------------------------------------------------------------------------

    def _look(self) -> None:
        """Take what the threads brought."""
        ended = [one for one in self._looking if one[0].ended]
        self._looking = [one for one in self._looking if not one[0].ended]
        for chore, taken in ended:
            taken(chore)
        self._keeping.look()
        added = self._comparison.was_asked(self._endpoint.name)
        at_hand = (self._keeping.chore, self._manager, self._closing_key)
        self._help.update(keys_words(*at_hand, added=added, goes_on=self._keeping.goes_on))

    @property
    def _closing_key(self) -> str:
        """The key that closes this besides esc: the one that opened it, if that is free here."""
        bound = self.active_bindings.get(self._key)
        return self._key if bound is not None and bound.node is self else "q"

    def _take_stock(self, chore: Job[object]) -> None:
        self._take_stock_quietly(chore)
        if isinstance(chore.result, ModelListing):
            none = "" if chore.result.models else "this server has no models yet"
            self._line.say(chore.result.unsure or none)
        elif chore.failure is not None:
            self._line.say(chore.failure.message, chore.failure.fix, wrong=True)

    def _take_stock_quietly(self, chore: Job[object]) -> None:
        """After something was done: how that ended stays on the screen."""
        if isinstance(chore.result, ModelListing):
            self._stock = chore.result
            self._show_rows()

    def _show_rows(self) -> None:
        if self._stock is not None:
            here = self._endpoint.configured
            columns = self._comparison.session.endpoints
            chosen = {full_name(one.model) for one in columns if one.configured == here}
            self._list.show(self._stock, self._endpoint.model, chosen, self._contexts)

    def on_option_list_option_highlighted(self) -> None:
        """Ask for the context of the model under the cursor, where the list does not tell it."""
        manager, model = self._manager, self._list.at_hand
        if manager is None or model is None or model.context_length or model.elsewhere:
            return
        name = model.name
        if name not in self._contexts_asked:
            self._contexts_asked.add(name)
            asking: Job[object] = Job("reading a context", lambda _: manager.context_length(name))
            self._look_after(asking, lambda chore: self._take_context(name, chore))

    def _take_context(self, name: str, chore: Job[object]) -> None:
        if isinstance(chore.result, int):
            self._contexts[name] = chore.result
            self._show_rows()

    def _look_after(self, chore: Job[object], taken: Callable[[Job[object]], None]) -> None:
        """Start something that only reads; what it brings is taken at the next look."""
        self._looking.append((chore, taken))
        chore.start()

    # -- keys ---------------------------------------------------------------------------------

    def action_refresh(self) -> None:
        """Read the list again."""
        self._line.say("reading the list of models …")
        self._read(self._take_stock)

    def _read_quietly(self) -> None:
        """Read the list again; what was said stays."""
        self._read(self._take_stock_quietly)

    def _read(self, taken: Callable[[Job[object]], None]) -> None:
        self._look_after(
            Job("reading a list of models", lambda _: self._catalog.list_models()), taken
        )

    def action_stop_or_leave(self) -> None:
        """Stop what is under way; with nothing, close."""
        if (chore := self._keeping.chore) is not None:
            chore.cancel()
        else:
            self.dismiss(None)

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Choose the model under the cursor, or pull it if it is not there."""
        model = self._list.at_hand
        if model is None:
            self._pull(event.option_id or "")
        elif not model.chats:
            self._line.say(f"{model.name} is for embedding and answers no prompts")
        else:
            self.dismiss(model.name)

    def action_pull(self) -> None:
        """Ask for a name, then pull that model."""
        self._pull("")

    def action_load(self) -> None:
        """Bring the model under the cursor into memory, with the options of the session."""
        manager, options = self._manager, self._comparison.session.options
        if (model := self._to_keep()) is not None and manager is not None:
            self._begin(
                f"loading {model.name}",
                lambda chore: manager.load(model.name, options, chore.cancel_token),
            )

    def action_unload(self) -> None:
        """Drop the model under the cursor from memory."""
        manager = self._manager
        if (model := self._to_keep()) is not None and manager is not None:
            if model.loaded is False:
                self._line.say(f"{model.name} is not loaded")
            else:
                self._begin(f"unloading {model.name}", lambda _: manager.unload(model.name))

    def _to_keep(self) -> Model | None:
        """The model under the cursor, where something can be done to it; else says why not."""
        model = self._list.at_hand
        if self._manager is None:
            self._line.say(NO_KEEPER)
            return None
        if model is None and self._stock is not None:
            self._line.say("the model under the cursor is not there: enter pulls it")
        elif model is not None and model.elsewhere:
            self._line.say(f"{model.name} is answered by {model.elsewhere}: nothing to load here")
            return None
        return model

    def _begin(self, what: str, do: Callable[[Job[object]], object]) -> None:
        self.run_worker(self._keeping.begin(what, do), exit_on_error=False)

    def _pull(self, name: str) -> None:
        if self._manager is None:
            self._line.say(NO_KEEPER)
        else:
            pulling = pull(self._keeping, self._manager, self._endpoint.label, name)
            self.run_worker(pulling, exit_on_error=False)

    def complain(self, error: BbtuiError) -> None:
        """Something could not be done, and why: in the line below the list."""
        self._line.say(error.message, error.fix, wrong=True)
