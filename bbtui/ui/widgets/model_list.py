"""The list of a server's models, with the cursor on one."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from bbtui.domain.model import Model, ModelListing
from bbtui.ui.widgets.model_rows import heading, missing_row, name_width, row
from bbtui.ui.widgets.row_layout import crop


class ModelTable(OptionList):
    """A row for each model, below what the columns are; a wanted one not there comes first.

    `pulls` is whether the server can be told to fetch a model.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j", "cursor_down", show=False),
        Binding("k", "cursor_up", show=False),
    ]

    def __init__(self, *, pulls: bool) -> None:
        super().__init__()
        self._pulls = pulls
        self._stock = ModelListing()

    def show(
        self, stock: ModelListing, wanted: str, chosen: Collection[str], contexts: Mapping[str, int]
    ) -> None:
        """Show what a server has; the cursor stays where it is, or begins at the `wanted` one.

        `chosen` are the full names of the models that columns ask, `contexts` the trained contexts
        that the list did not tell.
        """
        here = stock.find(wanted)
        place = self.name_at_hand or (here.name if here else wanted)
        self._stock = stock
        # A server may list a name twice; here a name is one row.
        models = {model.name: model for model in stock.models}
        names = [*([] if here else [wanted]), *models]
        room = self.scrollable_content_region.width
        width = name_width(names, room)
        rows = {
            name: row(model, width, context=contexts.get(name), chosen=chosen)
            for name, model in models.items()
        }
        if here is None:
            rows[wanted] = missing_row(wanted, width, pulls=self._pulls)
        options = [Option(crop(rows[name], room), id=name) for name in names]
        self.clear_options().add_options([Option(crop(heading(width), room), disabled=True)])
        self.add_options(options)
        self.highlighted = 1 + (names.index(place) if place in names else 0)

    @property
    def name_at_hand(self) -> str:
        """The name under the cursor; "" before there is a list."""
        at = self.highlighted
        return "" if at is None else self.get_option_at_index(at).id or ""

    @property
    def at_hand(self) -> Model | None:
        """The model under the cursor; None if the server does not have it."""
        return self._stock.find(self.name_at_hand)
