"""A run without a screen whose terminal disconnects."""

from __future__ import annotations

import io
from pathlib import Path

from bbtui.cli.headless import run_headless
from bbtui.cli.launch import Launch
from bbtui.cli.parser import parse
from bbtui.config.settings import Settings
from bbtui.domain.session import Session
from bbtui.engine.comparison import Comparison
from bbtui.locations import Locations
from bbtui.store.sessions import SessionStore
from tests.cli.command import make_context
from tests.fakes import BIG, make_connection, make_session


class Disconnecting(io.StringIO):
    """A terminal that disconnects before the closing summary."""

    def write(self, words: str) -> int:
        if " saved: " in words:
            raise OSError("disconnected")
        return super().write(words)


def test_disconnect_before_the_summary_does_not_change_the_exit_code(tmp_path: Path) -> None:
    link = make_connection(BIG)
    session = make_session(endpoints=[link.endpoint])
    store = SessionStore.open(tmp_path / "sessions.db")

    def reopen(session: Session) -> Comparison:
        return Comparison(session, [link], store)

    err = Disconnecting()
    context = make_context(Locations.of_user(tmp_path), err=err)
    launch = Launch(reopen(session), store, reopen, Settings(), session.cells())
    args = parse(["run", "--report", "-"])
    assert run_headless(launch, args, context) == 0
    assert "[4/4]" in err.getvalue()
