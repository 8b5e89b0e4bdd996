"""What was found, place by place, and the models one can pick there."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
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
from bbtui.ui.setup_messages import pod_words, where, why_unusable
from bbtui.ui.widgets.row_layout import crop, spread

_INDENT = "     "
_NAME_IT = "name a model …"
#: What is left of a pod's name where there is no room, with the symbol before it.
_SHORTEST_NAME = 14


class CandidateList(OptionList):
    """Places as headings, their models as rows; grows while it is looked at."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "take", show=False),
        Binding("enter", "finish", show=False),
        Binding("j", "cursor_down", show=False),
        Binding("k", "cursor_up", show=False),
        Binding("g", "first", show=False),
        Binding("G", "last", show=False),
    ]

    class Toggled(Message):
        """A row was picked; `model` is None where the user is to name it."""

        def __init__(self, place: Candidate, model: str | None) -> None:
            super().__init__()
            self.place, self.model = place, model

    class Finished(Message):
        """Enter was pressed. A message too, so that it comes after the rows picked before it."""

    def __init__(self) -> None:
        super().__init__(id="candidates", compact=True)
        self._rows: dict[str, tuple[Candidate, str | None]] = {}
        self._names = 0
        self._shown: object = None
        self._wanted: str | None = None

    def show(
        self, places: Sequence[Candidate], picks: Sequence[Selection], remarks: Sequence[Content]
    ) -> None:
        """Show these places; `remarks` follow them. The cursor stays on its row."""
        shown = (places, tuple(picks), tuple(remarks), self._width)
        if shown == self._shown or not self._width:
            return
        self._shown = shown
        here = self._wanted or self.row_id
        self._rows = {}
        self._names = _longest_name(places)
        options: list[Option] = []
        for place in places:
            lines = self._place(place, picks)
            if lines and options:
                options.append(Option("", disabled=True))
            options += lines
        for remark in remarks:
            options += [Option("", disabled=True)] if options else []
            options.append(Option(remark, disabled=True))
        top = self.scroll_offset.y
        self.clear_options()
        self.add_options(options)
        if here in self._rows:
            self.highlighted = self.get_option_index(here)
            self._wanted = None
        elif self._rows:
            self.highlighted = self.get_option_index(next(iter(self._rows)))
        self.scroll_to(y=top, animate=False)
        self.scroll_to_highlight()

    def go_to(self, place: Candidate) -> None:
        """Put the cursor on the first model of a place, as soon as there is one."""
        rows = (row for row, (other, _) in self._rows.items() if other.key == place.key)
        found = next(rows, None)
        if found is None:
            self._wanted = _row_id(place, 0)
        else:
            self.highlighted = self.get_option_index(found)

    @property
    def row_id(self) -> str | None:
        """The row under the cursor."""
        if self.highlighted is None:
            return None
        return self.get_option_at_index(self.highlighted).id

    @property
    def choosable(self) -> int:
        """How many rows can be picked."""
        return len(self._rows)

    @property
    def _width(self) -> int:
        return self.scrollable_content_region.width

    def action_take(self) -> None:
        """Pick the row under the cursor."""
        row = self._rows.get(self.row_id or "")
        if row is not None:
            self.post_message(self.Toggled(*row))

    def action_finish(self) -> None:
        """Tell that enter was pressed."""
        self.post_message(self.Finished())

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Pick the row that was clicked."""
        event.stop()
        self.action_take()

    def _place(self, place: Candidate, picks: Sequence[Selection]) -> list[Option]:
        found, width = place.found, self._width
        if found is None and place.pod is None and not place.known:
            return []
        if isinstance(found, Problem) and not place.known:
            return []
        options = [Option(_heading(place, width), disabled=True)]
        models = found.models if isinstance(found, ServerFound) else ()
        for index, model in enumerate(models):
            options.append(self._row(place, index, model.name, self._model(place, model, picks)))
        if place.nameable:
            named = [p.model for p in picks if p.place.key == place.key]
            for index, name in enumerate(named):
                content = self._model(place, Model(name), picks)
                options.append(self._row(place, index, name, content))
            prompt = Content.styled(f"{_INDENT}{_NAME_IT}", "$foreground-muted")
            options.append(self._row(place, len(named), None, prompt))
        return options

    def _model(self, place: Candidate, model: Model, picks: Sequence[Selection]) -> Content:
        """``1 gemma3:1b        1.0B  Q4_K_M``; the number is that of the pick."""
        taken = [(pick.place.key, pick.model) for pick in picks]
        here = (place.key, model.name)
        number = taken.index(here) + 1 if here in taken else 0
        style = f"bold $endpoint-{number}" if number else ""
        width = self._width
        name = clean_name(model.name).ljust(min(self._names, max(width - 36, 20)))
        facts = f"{model.parameters:>9}  {model.quantisation:<8}"
        facts += "  in memory" if model.loaded else ""
        told = clean_name(facts.rstrip())
        mark = f"{number or ' '} "
        row = Content.assemble(
            "   ", (mark, style), (name, style), "  ", (told, "$foreground-muted")
        )
        return crop(row, width)

    def _row(self, place: Candidate, index: int, model: str | None, content: Content) -> Option:
        row = _row_id(place, index)
        self._rows[row] = (place, model)
        return Option(content, id=row)


def _row_id(place: Candidate, index: int) -> str:
    return f"{index} {place.key}"


def _heading(place: Candidate, width: int) -> Content:
    found, pod = place.found, place.pod
    if isinstance(found, ServerFound):
        symbol, colour = "●", "$text-success"
    elif pod is not None and not pod.running:
        symbol, colour = "○", "$foreground-muted"
    elif isinstance(found, Problem):
        symbol, colour = "✗", "$text-error"
    else:
        symbol, colour = "◌", "$text-warning"
    name = clean_name(pod.name) if pod is not None else where(place.url) or place.origin
    told = clean_name(found.server) if isinstance(found, ServerFound) else ""
    left = Content.assemble((symbol, colour), " ", (name, "bold"))
    if pod is not None:
        # A long name gives way to what the pod is and costs.
        facts = clean_name(pod_words(pod))
        left = Content.assemble(
            crop(left, max(width - len(facts) - 2, _SHORTEST_NAME)), "  ", facts
        )
        shown = where(place.url) if place.url else ""
        told = "  ".join(part for part in (told, shown) if part)
    elif told:
        left, told = Content.assemble(left, f"  {told}"), place.origin
    else:
        told = place.origin if name != place.origin else ""
    lines = [spread(left, Content.styled(told, "$foreground-muted"), width, keep="left")]
    trouble = [why_unusable(place)]
    if isinstance(found, Problem):
        trouble += [found.cause, found.fix]
    for words in trouble:
        wrapped = textwrap.wrap(clean_name(words), max(width - len(_INDENT), 20))
        lines += [Content.styled(f"{_INDENT}{line}", "$foreground-muted") for line in wrapped]
    return Content("\n").join(lines)


def _longest_name(places: Sequence[Candidate]) -> int:
    found = (place.found for place in places)
    models = (one.models for one in found if isinstance(one, ServerFound))
    return max((len(model.name) for some in models for model in some), default=0)
