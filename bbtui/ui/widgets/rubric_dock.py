"""The task beside the answer that is judged: the points of its rubric, and all that is known."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar, NamedTuple

from textual import events
from textual.actions import SkipAction
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.geometry import Size
from textual.message import Message

from bbtui.ui.widgets.answer_view import AnswerView
from bbtui.ui.widgets.row_layout import spread
from bbtui.ui.widgets.text_line import TextLine, ViewLine

_TICKED, _NOT_TICKED = "✓", "·"


class DockView(NamedTuple):
    """What the dock shows."""

    label: str = ""
    """The label of the endpoint whose answer is judged."""
    accent: str = ""
    """Its accent colour: ``endpoint-1``."""
    ticked: str = ""
    """How many points of the rubric its answer meets: ``4/7``."""
    points: tuple[str, ...] = ()
    """The points of the rubric."""
    keys: tuple[str, ...] = ()
    """The letter that ticks each point, or its number where no letter is left."""
    ticks: frozenset[int] = frozenset()
    """The points that are ticked, from 0."""
    current: int = 0
    """The point that space ticks, from 0."""
    text: str = ""
    """What else is known, as Markdown."""


class DockTitle(ViewLine[DockView]):
    """Whose answer is judged, and how many points it meets."""

    DEFAULT_CSS = "DockTitle { padding: 0 1; }"

    def __init__(self) -> None:
        super().__init__(DockView())

    def redraw(self) -> None:
        """Lay out for the current width."""
        view = self._view
        count = view.ticked or (f"0/{len(view.points)}" if view.points else "")
        name = Content.assemble("rubric · ", (view.label, f"bold ${view.accent or 'foreground'}"))
        self.draw(spread(name, Content.styled(count, "bold"), self.size.width))


class RubricPoints(ViewLine[DockView], can_focus=True):
    """The points of a rubric, as many as there is room for around the current one."""

    ALLOW_SELECT = False
    DEFAULT_CSS = "RubricPoints { height: auto; max-height: 70%; padding: 0 1; }"

    def __init__(self) -> None:
        super().__init__(DockView())
        #: The rows in view, each with the index of its point.
        self._shown: list[tuple[int, Content]] = []

    def show(self, view: DockView) -> None:
        """Show the points of another rubric, or other ticks."""
        before = self._view.points, self._view.keys
        super().show(view)
        if (view.points, view.keys) != before:
            self.refresh(layout=True)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:  # noqa: ARG002 - Textual's
        """Return the rows of all points."""
        return sum(1 for _ in self._rows(width))

    def redraw(self) -> None:
        """Lay out for the current size; the current point is always in view."""
        width, height = self.size
        rows = list(self._rows(width))
        here = [y for y, (index, _) in enumerate(rows) if index == self._view.current] or [0]
        first = max(0, min(here[0] - (height - len(here)) // 2, len(rows) - height))
        self._shown = rows[first : first + height]
        self.draw(*(row for _, row in self._shown))

    def _rows(self, width: int) -> Iterator[tuple[int, Content]]:
        """Yield the rows of each point, with its index."""
        view = self._view
        if not view.points:
            yield -1, Content.styled("this task has no rubric", "$foreground-muted")
        keys_width = max(map(len, view.keys), default=0)
        for index, point in enumerate(view.points):
            here, ticked = index == view.current, index in view.ticks
            mark = (_TICKED, "$text-success") if ticked else (_NOT_TICKED, "$foreground-muted")
            before = Content.assemble(
                "▸ " if here else "  ", (f"{view.keys[index]:>{keys_width}}", "$primary"), " ", mark
            )
            lines = Content(point).wrap(max(width - before.cell_length - 1, 1)) or [Content("")]
            for y, line in enumerate(lines):
                start = before if y == 0 else Content(" " * before.cell_length)
                yield index, Content.assemble(start, " ", line.stylize("bold") if here else line)

    def on_click(self, event: events.Click) -> None:
        """Tick the point under the pointer."""
        if event.y < len(self._shown) and (index := self._shown[event.y][0]) >= 0:
            self.post_message(RubricDock.Ticked(index))


class RubricDock(Vertical):
    """The points above, the rest below; its keys act on both while the points have the focus."""

    DEFAULT_CSS = """
    RubricDock { display: none; width: 1fr; height: 1fr; }
    RubricDock AnswerView { height: 1fr; min-height: 1; padding: 0 0 0 1; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "move(-1)", show=False),
        Binding("down", "move(1)", show=False),
        Binding("space", "tick", show=False),
        Binding("pageup", "scroll_text('page_up')", show=False),
        Binding("pagedown", "scroll_text('page_down')", show=False),
        Binding("home", "scroll_text('scroll_home')", show=False),
        Binding("end", "scroll_text('scroll_end')", show=False),
    ]

    @dataclass
    class Moved(Message):
        """Another point is to be the current one."""

        step: int
        """1 for the next one, -1 for the one before."""

    @dataclass
    class Ticked(Message):
        """A point was ticked, or its tick taken away."""

        point: int | None
        """Counted from 0; None for the current one, which keys before this may have moved."""

    def __init__(self) -> None:
        super().__init__(id="rubric")
        self.title_row, self.points, self.text = DockTitle(), RubricPoints(), AnswerView()
        self._view = DockView()

    def compose(self) -> ComposeResult:
        """Lay out title, points and text."""
        yield self.title_row
        yield self.points
        yield self.text

    @property
    def plain(self) -> str:
        """The title and the points in view, without styles."""
        lines: Sequence[TextLine] = (self.title_row, self.points)
        return "\n".join(line.plain for line in lines)

    def show(self, view: DockView) -> None:
        """Show a task beside an answer; a text that stays the same keeps its place."""
        before, self._view = self._view, view
        self.title_row.show(view)
        self.points.show(view)
        if view.text != before.text:
            same = (view.label, view.points) == (before.label, before.points)
            top = self.text.scroll_offset.y
            self.text.show(view.text, following=False)
            if same:
                self.text.scroll_to(y=top)

    def action_move(self, step: int) -> None:
        """Go to another point; without points, scroll."""
        if self._view.points:
            self.post_message(self.Moved(step))
        elif step < 0:
            self.text.action_scroll_up()
        else:
            self.text.action_scroll_down()

    def action_tick(self) -> None:
        """Tick the current point; without points, the key is not for the rubric."""
        if not self._view.points:
            raise SkipAction
        self.post_message(self.Ticked(None))

    def action_scroll_text(self, how: str) -> None:
        """Scroll what is below the points."""
        getattr(self.text, f"action_{how}")()

    def on_key(self, event: events.Key) -> None:
        """Tick a point by its letter."""
        letter = event.character or ""
        if len(letter) == 1 and letter.isalpha() and letter in self._view.keys:
            event.stop()
            event.prevent_default()
            self.post_message(self.Ticked(self._view.keys.index(letter)))
