"""What the screen is handed by the composition root: the session at hand and the ways to others."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from bbtui.domain.answer import Cell
from bbtui.domain.endpoint import Endpoint
from bbtui.domain.examination import Examination, OnStep
from bbtui.domain.proxy_timeout import POD_PROXY, ProxyTimeout
from bbtui.domain.session import Session
from bbtui.engine.comparison import Comparison

if TYPE_CHECKING:
    from bbtui.domain.check import BashParser
    from bbtui.store.summaries import SessionSummary

#: An action's first key as the user knows it, by the action's id.
Key = Callable[[str], str]
#: idle: wait for a key. now: run the cells of the desk. when ready: the first round, when all are.
Start = Literal["idle", "now", "when ready"]


@dataclass(frozen=True, slots=True)
class Workspace:
    """Everything the screen needs and does not make itself.

    `open_session` takes a session's id and returns it alive, in the place of the one before, which
    it closes; `write_report` writes the Markdown report to a new file and returns its path. Both
    raise `BbtuiError`. `cells` are what a start `now` runs. `notice` words what is shown in the
    empty panes ("#12 is unfinished …: o opens it"), "" for none. `themes` and `user_themes` are
    folders; `keys` maps action ids to keys, already checked. `examine` walks the way to an endpoint
    in the calling thread and tells each step; None where there is no way to walk. `patience` is
    that of a pod's proxy.
    """

    comparison: Comparison
    open_session: Callable[[str], Comparison]
    summaries: Callable[[], list[SessionSummary]]
    write_report: Callable[[Session], Path]
    parse_bash: BashParser
    themes: Path
    user_themes: Path
    theme: str = "big-brain"
    keys: Mapping[str, str] = field(default_factory=dict)
    start: Start = "idle"
    cells: Sequence[Cell] = ()
    notice: Callable[[Key], str] = lambda _: ""
    judging: bool = False
    examine: Callable[[Endpoint, OnStep], Examination] | None = None
    patience: ProxyTimeout = POD_PROXY
