"""The servers and pods that were found, each with its models to select from."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from bbtui.domain.candidate import Candidate, Selection, ServerFound
from bbtui.domain.model import Model
from bbtui.domain.problem import Problem
from bbtui.formatting.sanitize import clean_name
from bbtui.ui.setup_messages import pod_text, shown_address, why_unusable
from bbtui.ui.widgets.row_layout import crop, spread

_INDENT = "     "
_NAME_MODEL = "enter a model name …"
#: The least cells of a pod's name with its symbol.
_MIN_NAME_WIDTH = 14


class CandidateList(OptionList):
    """Candidates as headings and their models as rows; grows while they are checked."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "toggle_row", show=False),
        Binding("enter", "finish", show=False),
        Binding("j", "cursor_down", show=False),
        Binding("k", "cursor_up", show=False),
        Binding("g", "first", show=False),
        Binding("G", "last", show=False),
    ]

    @dataclass
    class Toggled(Message):
        """A row was selected or deselected."""

        candidate: Candidate
        """The candidate of the row."""
        model: str | None
        """None where the user has to name it."""

    class Finished(Message):
        """Enter was pressed; a message, so that it comes after the rows toggled before it."""

    def __init__(self) -> None:
        super().__init__(id="candidates", compact=True)
        self._rows: dict[str, tuple[Candidate, str | None]] = {}
        self._name_width = 0
        self._shown: object = None
        self._wanted: str | None = None

    def show(
        self,
        candidates: Sequence[Candidate],
        selections: Sequence[Selection],
        remarks: Sequence[Content],
    ) -> None:
        """Show the candidates and then the remarks; the cursor stays on its row."""
        shown = (candidates, tuple(selections), tuple(remarks), self._width)
        if shown == self._shown or not self._width:
            return
        self._shown = shown
        cursor = self._wanted or self._row_id
        self._rows = {}
        servers = (c.found for c in candidates if isinstance(c.found, ServerFound))
        names = (len(model.name) for server in servers for model in server.models)
        self._name_width = max(names, default=0)
        options: list[Option] = []
        for candidate in candidates:
            rows = self._candidate_rows(candidate, selections)
            if rows and options:
                options.append(Option("", disabled=True))
            options += rows
        for remark in remarks:
            options += [Option("", disabled=True)] if options else []
            options.append(Option(remark, disabled=True))
        top = self.scroll_offset.y
        self.clear_options()
        self.add_options(options)
        if cursor in self._rows:
            self.highlighted = self.get_option_index(cursor)
            self._wanted = None
        elif self._rows:
            self.highlighted = self.get_option_index(next(iter(self._rows)))
        self.scroll_to(y=top, animate=False)
        self.scroll_to_highlight()

    def go_to(self, candidate: Candidate) -> None:
        """Put the cursor on the first model of a candidate, as soon as there is one."""
        rows = (row for row, (other, _) in self._rows.items() if other.key == candidate.key)
        found = next(rows, None)
        if found is None:
            self._wanted = _new_row_id(candidate, 0)
        else:
            self.highlighted = self.get_option_index(found)

    @property
    def _row_id(self) -> str | None:
        option = self.highlighted_option
        return None if option is None else option.id

    @property
    def selectable(self) -> int:
        """The number of rows that can be selected."""
        return len(self._rows)

    @property
    def _width(self) -> int:
        return self.scrollable_content_region.width

    def action_toggle_row(self) -> None:
        """Select or deselect the row under the cursor."""
        row = self._rows.get(self._row_id or "")
        if row is not None:
            self.post_message(self.Toggled(*row))

    def action_finish(self) -> None:
        """Report that enter was pressed."""
        self.post_message(self.Finished())

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Select or deselect the row that was clicked."""
        event.stop()
        self.action_toggle_row()

    def _candidate_rows(
        self, candidate: Candidate, selections: Sequence[Selection]
    ) -> list[Option]:
        found, width = candidate.found, self._width
        silent = isinstance(found, Problem) or (found is None and candidate.pod is None)
        if silent and not candidate.known:
            return []
        options = [Option(_heading(candidate, width), disabled=True)]
        models = found.models if isinstance(found, ServerFound) else ()
        for index, model in enumerate(models):
            content = self._model(candidate, model, selections)
            options.append(self._row(candidate, index, model.name, content))
        if candidate.nameable:
            named = [s.model for s in selections if s.candidate.key == candidate.key]
            for index, name in enumerate(named):
                content = self._model(candidate, Model(name), selections)
                options.append(self._row(candidate, index, name, content))
            prompt = Content.styled(f"{_INDENT}{_NAME_MODEL}", "$foreground-muted")
            options.append(self._row(candidate, len(named), None, prompt))
        return options

    def _model(
        self, candidate: Candidate, model: Model, selections: Sequence[Selection]
    ) -> Content:
        """Return ``1 gemma3:1b        1.0B  Q4_K_M`` with the number of the selection."""
        selected = [(selection.candidate.key, selection.model) for selection in selections]
        here = (candidate.key, model.name)
        number = selected.index(here) + 1 if here in selected else 0
        style = f"bold $endpoint-{number}" if number else ""
        width = self._width
        name = clean_name(model.name).ljust(min(self._name_width, max(width - 36, 20)))
        facts = f"{model.parameters:>9}  {model.quantisation:<8}"
        facts += "  loaded" if model.loaded else ""
        facts = clean_name(facts.rstrip())
        names = (f"{number or ' '} {name}", style)
        return crop(Content.assemble("   ", names, "  ", (facts, "$foreground-muted")), width)

    def _row(self, candidate: Candidate, index: int, model: str | None, content: Content) -> Option:
        row = _new_row_id(candidate, index)
        self._rows[row] = (candidate, model)
        return Option(content, id=row)


def _new_row_id(candidate: Candidate, index: int) -> str:
    return f"{index} {candidate.key}"


def _heading(candidate: Candidate, width: int) -> Content:
    found, pod, origin = candidate.found, candidate.pod, candidate.origin
    address = shown_address(candidate.url) if candidate.url else ""
    if isinstance(found, ServerFound):
        symbol, colour = "●", "$text-success"
    elif pod is not None and not pod.running:
        symbol, colour = "○", "$foreground-muted"
    elif isinstance(found, Problem):
        symbol, colour = "✗", "$text-error"
    else:
        symbol, colour = "◌", "$text-warning"
    name = clean_name(pod.name) if pod is not None else address or origin
    server = clean_name(found.server) if isinstance(found, ServerFound) else ""
    left = Content.assemble((symbol, colour), " ", (name, "bold"))
    if pod is not None:
        # A long name is cut, so that the pod's state and price have room.
        facts = clean_name(pod_text(pod))
        left = Content.assemble(
            crop(left, max(width - len(facts) - 2, _MIN_NAME_WIDTH)), "  ", facts
        )
        right = "  ".join(part for part in (server, address) if part)
    elif server:
        left, right = Content.assemble(left, f"  {server}"), origin
    else:
        right = origin if name != origin else ""
    lines = [spread(left, Content.styled(right, "$foreground-muted"), width, keep="left")]
    problems = [why_unusable(candidate)]
    if isinstance(found, Problem):
        problems += [found.cause, found.fix]
    for problem in problems:
        wrapped = textwrap.wrap(clean_name(problem), max(width - len(_INDENT), 20))
        lines += [Content.styled(f"{_INDENT}{line}", "$foreground-muted") for line in wrapped]
    return Content("\n").join(lines)
