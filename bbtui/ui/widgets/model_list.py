"""The models of a server as rows: size, state, quantization and context length."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from bbtui.domain.model import Model, ModelListing, full_name
from bbtui.formatting.numbers import format_bytes
from bbtui.formatting.sanitize import clean_name
from bbtui.ui.widgets.row_layout import crop

_LOADED = "● loaded"
#: The cells from the end of the name to that of the context length.
_FIGURES_WIDTH = 42
#: The least and most cells of a name.
_NAME_WIDTHS = (12, 48)


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
