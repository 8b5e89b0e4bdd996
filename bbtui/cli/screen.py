"""The face with a screen: what the TUI is handed, and what is said when it has gone."""

from __future__ import annotations

import gc
from argparse import Namespace
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace

from bbtui.cli.context import Context
from bbtui.cli.face import Sitting
from bbtui.cli.opening import Link, Opened, common_flags, order_of
from bbtui.cli.outcome import INTERRUPTED, last_words, resume_words
from bbtui.cli.results import deliver, new_report
from bbtui.clients.shell import parse_bash
from bbtui.config.keys import check_keys
from bbtui.domain.endpoint import Endpoint
from bbtui.domain.examination import Examination, Tell, unexamined
from bbtui.engine.comparison import Comparison
from bbtui.errors import EndpointError
from bbtui.locations import shipped
from bbtui.store.sessions import SessionStore


class Opener:
    """Opens saved sessions for the screen, and closes them all in the end."""

    def __init__(self, opened: Opened) -> None:
        self._store: SessionStore = opened.store
        self._link: Link = opened.link
        self._comparisons = [opened.comparison]

    def open(self, ref: str) -> Comparison:
        """A saved session, alive."""
        session = self._store.load(ref)
        connections = self._link(session.endpoints)
        order = order_of(session, connections)
        comparison = Comparison(session, connections, self._store, order=order)
        self._comparisons.append(comparison)
        return comparison

    def close(self) -> None:
        """Close every session that was opened, and the store. Closing twice is no mistake."""
        for comparison in self._comparisons:
            comparison.close()
        self._store.close()


def on_screen(sitting: Sitting, args: Namespace, context: Context) -> int:
    """Run a sitting on the screen; returns the exit code."""
    gc.disable()  # until the first paint: it only slows the start down
    # Textual is imported here and in no command that has no screen.
    from bbtui.ui.actions import ACTIONS
    from bbtui.ui.app import run_screen
    from bbtui.ui.desk import Desk

    opened, settings = sitting.opened, sitting.settings
    check_keys(settings, (action.id for action in ACTIONS))
    with _closing(Opener(opened)) as opener:
        code = run_screen(
            Desk(
                comparison=opened.comparison,
                open_session=opener.open,
                summaries=opened.store.summaries,
                write_report=lambda session: new_report(session, context),
                parse_bash=parse_bash,
                themes=shipped("themes"),
                user_themes=context.locations.themes,
                theme=settings.theme,
                keys=settings.keys,
                start=sitting.start,
                notice=_notice(opened),
                judging=sitting.judging,
                examine=_examiner(sitting, context),
            )
        )
    session = opened.comparison.session
    if session.number and (args.report or args.json):
        deliver(session, args, context, own_report=False)
    if session.number:
        words = resume_words if code == INTERRUPTED and not sitting.judging else last_words
        with suppress(OSError):  # after a dropped line there is nobody to tell
            print(words(session, sitting.command, common_flags(args)), file=context.err)
    return code


def _examiner(sitting: Sitting, context: Context) -> Callable[[Endpoint, Tell], Examination] | None:
    """What walks to the endpoints of the configuration; the demo's are in this program."""
    if sitting.command == "demo":
        return None
    settings = sitting.settings
    known = {endpoint.name: endpoint for endpoint in settings.endpoints}

    def walk(endpoint: Endpoint, tell: Tell) -> Examination:
        from bbtui.cli.examining import subject_of
        from bbtui.clients.examine import examine

        if endpoint.configured not in known:
            return unexamined(
                endpoint,
                f"{endpoint.configured} is not in the configuration any more",
                "add an [[endpoints]] table of that name",
            )
        own = known[endpoint.configured]
        try:
            subject = subject_of(own, context, sitting.opened.comparison.session.options.num_ctx)
        except EndpointError as error:
            return unexamined(endpoint, error.message, error.hint)
        return examine(replace(subject, endpoint=endpoint), tell)

    return walk


@contextmanager
def _closing(opener: Opener) -> Iterator[Opener]:
    try:
        yield opener
    finally:
        opener.close()


def _notice(opened: Opened) -> str:
    """What a new session says of an older one that was not finished; "" for none."""
    if opened.comparison.session.number:
        return ""
    for summary in opened.store.summaries():
        if summary.unfinished and not summary.running:
            return (
                f"#{summary.number} is unfinished ({summary.answered} of {summary.cells} "
                "answered): o opens it"
            )
    return ""
