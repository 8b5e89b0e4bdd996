"""What the screen gets: the current session, how to open others, and the user's settings."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal, NamedTuple, Protocol

from bbtui.domain.answer import Cell
from bbtui.domain.endpoint import Endpoint
from bbtui.domain.proxy_timeout import POD_PROXY, ProxyTimeout
from bbtui.domain.session import Session
from bbtui.engine.comparison import Comparison

if TYPE_CHECKING:
    from bbtui.domain.check import Checker
    from bbtui.domain.examination import Examination, OnStep
    from bbtui.store.summaries import SessionSummary

#: Returns the first key of an action as the user knows it, by the action's id.
Key = Callable[[str], str]
#: idle: wait for a key. now: run the selected cells. when ready: run the first round once every
#: host is ready.
Start = Literal["idle", "now", "when ready"]


class Library(Protocol):
    """Changes saved sessions."""

    def rename(self, ref: str, title: str) -> int:
        """Give a session another title; return its number. Raise `BbtuiError`."""
        ...

    def delete(self, ref: str) -> int:
        """Delete a session with all it has; return the number it had. Raise `BbtuiError`."""
        ...


class Reports(Protocol):
    """Renders reports, and writes them to files; every method takes its time."""

    def render(self, session: Session, *, short: bool) -> str:
        """Return the report in Markdown; a short one fits into a comment."""
        ...

    def occupied(self, session: Session) -> Path | None:
        """Return the file in the report's place that is not the one written before, if any."""
        ...

    def write(self, session: Session, text: str, *, replace: bool) -> Path:
        """Write a report and return its path; raise `BbtuiError`.

        Another file in its place is kept, unless it is to be replaced.
        """
        ...


class Workspace(NamedTuple):
    """Everything the screen needs and does not make itself."""

    comparison: Comparison
    """The session that is shown first."""

    open_session: Callable[[str], Comparison]
    """Returns a saved session by its id, and closes the current one; raises `BbtuiError`."""

    summaries: Callable[[], list[SessionSummary]]
    """Returns all saved sessions, the latest first."""

    library: Library
    """Renames and deletes saved sessions."""

    reports: Reports
    """Renders reports, and writes them to files."""

    run_check: Checker
    """Runs a check of an answer, in the calling thread, for at most a few seconds."""

    themes: Path
    """The folder of the shipped themes."""

    user_themes: Path
    """The folder of the user's own themes."""

    theme: str = "big-brain"
    """The name of the theme."""

    keys: Mapping[str, str] = MappingProxyType({})
    """The user's keys by action id, already checked."""

    verdicts: Sequence[str] = ()
    """The words that are offered for a verdict, beside those of the session."""

    start: Start = "idle"
    """When the session begins to run."""

    cells: Sequence[Cell] = ()
    """What a start `now` runs."""

    notice: Callable[[Key], str] = lambda _: ""
    """Returns what a new session shows once ("#12 is unfinished …: o opens it"), "" for nothing."""

    blind_seed: str = ""
    """The seed of the order of blind rounds; "": a random one."""

    judging: bool = False
    """Whether it opens for scoring."""

    next_session: Callable[[int], str] | None = None
    """Returns the next session with an unscored answer once all of the one with this number have
    a score, "" if none is left. None: only one session is scored."""

    until_clear: bool = False
    """Whether it closes as soon as one side is clearly better."""

    post_report: Callable[[Session], str] | None = None
    """Posts the report, blocking, and returns what was done; None without [forge]."""

    examine: Callable[[Endpoint, OnStep], Examination] | None = None
    """Checks every connection step of an endpoint in the calling thread; None if there is none."""

    proxy_timeout: ProxyTimeout = POD_PROXY
    """The time limits of the proxy in front of a pod."""
