"""What is wrong and how to fix it, below an answer or a host: in few rows, the fix in full."""

from __future__ import annotations

from collections.abc import Sequence

from textual.app import RenderResult
from textual.content import Content
from textual.geometry import Size

from bbtui.ui.widgets.row_layout import crop
from bbtui.ui.widgets.text_line import Paragraph

#: It takes at most this part of the screen, or as many rows where that is more.
PART, ROWS = 5, 4


class ProblemText(Paragraph):
    """A problem in a few rows; hidden while there is none.

    The fix comes last and is the last to be cut. `details_key` opens the dialog with all of it.
    """

    ALLOW_SELECT = True
    DEFAULT_CSS = "ProblemText { padding: 0 1; display: none; }"

    def __init__(self, details_key: str) -> None:
        super().__init__()
        self._details_key = details_key
        self._more = ""

    def show(self, problem: str | Content, details: Sequence[str], details_key: str = "") -> None:
        """Show a problem and, muted, its details with the fix last; nothing if all are "".

        `details_key` opens the dialog with all of it where that is not the usual one.
        """
        self._more = f" {details_key or self._details_key} shows all"
        lines = [Content(problem) if isinstance(problem, str) else problem]
        lines += (Content.styled(line, "$foreground-muted") for line in details)
        shown = [line for line in lines if line]
        self.display = bool(shown)
        self.draw(*shown)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:  # noqa: ARG002 - Textual's
        """Return the rows it needs, up to the most there may be."""
        return len(self._rows(width, max(ROWS, viewport.height // PART)))

    def render(self) -> RenderResult:
        """Return what fits of it."""
        return Content("\n").join(self._rows(*self.size))

    def _rows(self, width: int, most: int) -> list[Content]:
        """Return the rows: one at least for each line, and of the rest the last line has most."""
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
