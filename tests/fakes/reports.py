"""Reports that are kept in memory."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from bbtui.domain.session import Session
from bbtui.report.markdown import render_markdown
from tests.fakes.builders import MORNING
from tests.fakes.checks import check_here


@dataclass
class FakeReports:
    """See `bbtui.ui.workspace.Reports`."""

    written: list[str] = field(default_factory=list)
    other: Path | None = None
    """Another file in the report's place."""

    def render(self, session: Session, *, short: bool) -> str:
        return render_markdown(session, now=MORNING, run_check=check_here, short=short)

    def occupied(self, session: Session) -> Path | None:
        return self.other

    def write(self, session: Session, text: str, *, replace: bool) -> Path:
        self.written.append(text)
        kept = self.other is not None and not replace
        return Path(f"bbtui-{session.number}{'-2' if kept else ''}.md")
