"""The list of an answer's faults, in which one is chosen to be edited or removed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Literal, NamedTuple

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from bbtui.domain.score import Fault
from bbtui.formatting.sanitize import clean_name
from bbtui.ui.screens.dialogs import Dialog


class FaultChoice(NamedTuple):
    """What to do."""

    what: Literal["add", "edit", "remove"]
    """The action."""
    row: int = 0
    """The id of the fault's row; 0 for a new one."""


class FaultList(Dialog[FaultChoice | None]):
    """Lists the faults of an answer; returns what to do with one, or None for esc."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "close", show=False),
        # The ids are those of the actions that open it, so that the keys are the user's.
        Binding("t", "add", "add another", show=False, id="fault.add"),
        Binding("T", "add", "add another", show=False, id="scored.fault"),
        Binding("delete,backspace", "remove", "remove", show=False),
    ]

    def __init__(self, title: str, faults: Mapping[int, Fault], add_key: str) -> None:
        """Create the list; `faults` are by the ids of their rows, `add_key` adds another."""
        super().__init__()
        self._title = title
        self._keys = f"↑ ↓ select · enter edits · del removes · {add_key} adds another · esc closes"
        rows = [Option(_row(fault), str(row)) for row, fault in faults.items()]
        self._list = OptionList(*rows, compact=True)

    def compose(self) -> ComposeResult:
        """Yield the title, the faults and the keys."""
        with Vertical(classes="prompt"):
            yield Static(Content(clean_name(self._title)), classes="prompt-question")
            yield self._list
            yield Static(Content(self._keys), classes="key-help")

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Edit a fault."""
        self.dismiss(FaultChoice("edit", int(event.option_id or 0)))

    def action_remove(self) -> None:
        """Remove the fault under the cursor."""
        option = self._list.highlighted_option
        if option is not None and option.id is not None:
            self.dismiss(FaultChoice("remove", int(option.id)))

    def action_add(self) -> None:
        """Add another fault."""
        self.dismiss(FaultChoice("add"))


def _row(fault: Fault) -> Content:
    return Content.assemble((fault.severity, "bold"), f" {clean_name(fault.text)}")
