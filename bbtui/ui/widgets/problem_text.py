"""What is wrong and what helps, below an answer or a machine: in few rows, the help in full."""

from __future__ import annotations

from collections.abc import Sequence

from textual.app import RenderResult
from textual.content import Content
from textual.geometry import Size

from bbtui.domain.problem import Problem
from bbtui.ui.widgets.row_layout import crop
from bbtui.ui.widgets.text_line import Paragraph

#: It takes at most this part of the screen, or as many rows where that is more.
PART, ROWS = 5, 4


class ProblemText(Paragraph):
    """Says why something is not as it could be; not there while there is nothing to say.

    What helps comes last and is the last to be cut. `details_key` is the key that tells what was.
    """

    ALLOW_SELECT = True
    DEFAULT_CSS = "ProblemText { padding: 0 1; display: none; }"

    def __init__(self, details_key: str) -> None:
        super().__init__()
        self._details_key = details_key
        self._more = ""

    def show(self, cause: str, hint: str) -> None:
        """Show a cause and a hint, or nothing."""
        self.tell([Content(cause), Content.styled(hint, "$foreground-muted")])

    def remark(self, flags: Sequence[Problem]) -> None:
        """Show what is flagged, quietly: one with what helps, several by what they are."""
        said = [flag.cause for flag in flags]
        if len(flags) == 1:
            said.append(flags[0].fix)
        self.tell([Content.styled(line, "$foreground-muted") for line in said])

    def tell(self, parts: Sequence[Content], details_key: str = "") -> None:
        """Show these parts, what helps as the last one, or nothing.

        `details_key` tells all of this where that is another key than it usually is.
        """
        self._more = f" {details_key or self._details_key} tells all"
        told = [part for part in parts if part]
        self.display = bool(told)
        self.draw(*told)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:  # noqa: ARG002 - Textual's
        """As many rows as it takes, up to the most there may be."""
        return len(self._rows(width, max(ROWS, viewport.height // PART)))

    def render(self) -> RenderResult:
        """What fits of it."""
        return Content("\n").join(self._rows(*self.size))

    def _rows(self, width: int, most: int) -> list[Content]:
        """Each part has one row at least; of the others the last part has the first choice."""
        if not width:
            return []
        spare = most - len(self._lines)
        shown: list[Content] = []
        for part in reversed(self._lines):
            rows = part.wrap(width)
            count = min(len(rows), 1 + max(spare, 0))
            spare -= count - 1
            if count < len(rows):
                begun = Content.assemble(rows[count - 1].rstrip(), "…")
                last = crop(begun, width - len(self._more))
                rows = [*rows[: count - 1], Content.assemble(last, self._more)]
            shown = rows + shown
        return shown
