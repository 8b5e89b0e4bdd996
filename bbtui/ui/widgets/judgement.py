"""The judgement of an answer in one row of its pane: what is left out first matters least."""

from __future__ import annotations

from typing import NamedTuple

from textual.content import Content

from bbtui.ui.widgets.row_layout import crop
from bbtui.ui.widgets.text_line import ViewLine

#: A reason or a fault of fewer cells is left out instead of being cropped further.
_LEAST = 8
_GAP = " · "


class JudgementView(NamedTuple):
    """What was given to one answer, each as it is shown; "" where it was not given."""

    score: str = ""
    """The score: ``4/5``."""
    word: str = ""
    """The word of the verdict."""
    reason: str = ""
    """Why."""
    severity: str = ""
    """The severity of the worst fault."""
    fault: str = ""
    """What that fault is."""
    more_faults: int = 0
    """How many faults there are beside it."""
    note: str = ""
    """The note."""
    ticked: str = ""
    """How many points of the rubric it meets: ``4/7``."""
    winner: str = ""
    """The outcome of the task: ``♛ winner``, ``tie``, ``both bad``."""


class JudgementRow(ViewLine[JudgementView]):
    """One row; hidden while there is nothing in it.

    Where room is short the note gives way first, then the reason, then the faults, then the count
    of points; the score, the word and the winner stay.
    """

    ALLOW_SELECT = True
    DEFAULT_CSS = "JudgementRow { padding: 0 1; display: none; }"

    def __init__(self) -> None:
        super().__init__(JudgementView())

    def show(self, view: JudgementView) -> None:
        """Show another judgement, unless it is the same."""
        if view != self._view:
            self.display = view != JudgementView()
        super().show(view)

    def redraw(self) -> None:
        """Lay out for the current width."""
        width = self.size.width

        def shorter(text: str, least: int = _LEAST) -> str:
            """Return the text without what the row has too much; "" if too little would be left."""
            needed = Content(text).cell_length
            room = needed - max(_row(view).cell_length - width, 0)
            return crop(Content(text), room).plain if room >= min(least, needed) else ""

        view = self._view
        view = view._replace(note=shorter(view.note))
        view = view._replace(reason=shorter(view.reason))
        view = view._replace(fault=shorter(view.fault))
        if _row(view).cell_length > width:
            view = view._replace(severity="", more_faults=0)
        view = view._replace(ticked=shorter(view.ticked, least=len(view.ticked)))
        view = view._replace(word=shorter(view.word, least=1))
        self.draw(crop(_row(view), width))


def _row(view: JudgementView) -> Content:
    verdict = " ".join(part for part in (view.score, view.word) if part)
    head = Content.assemble((verdict, "bold"), f" — {view.reason}" if view.reason else "")
    more = f" +{view.more_faults}" if view.more_faults else ""
    what = f" {view.fault}" if view.fault else ""
    fault = Content.assemble((view.severity, "$text-error"), what, more)
    ticked = Content.assemble("rubric ", (view.ticked, "bold")) if view.ticked else Content("")
    note = Content.styled(f"note: {view.note}" if view.note else "", "$foreground-muted")
    winner = Content.styled(view.winner, "bold")
    return Content(_GAP).join(part for part in (head, ticked, fault, note, winner) if part)
