"""The face with a screen: what the TUI is handed, and what is said when it has gone."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import replace

from bbtui.cli.context import Context
from bbtui.cli.opening import Link, Opened, common_flags, order_of
from bbtui.cli.outcome import last_words, resume_words
from bbtui.cli.own_keys import wrong_keys
from bbtui.cli.results import deliver, new_report
from bbtui.cli.sitting import Sitting
from bbtui.clients.shell import parse_bash
from bbtui.domain.endpoint import Endpoint
from bbtui.domain.examination import Examination, Tell, unexamined
from bbtui.engine.comparison import Comparison
from bbtui.errors import INTERRUPTED, ConfigError, EndpointError
from bbtui.locations import shipped
from bbtui.store.sessions import SessionStore
from bbtui.ui.desk import Desk


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
        # The screen has gone: what it could not wait for is written now.
        self._store.watched(False)
        for comparison in self._comparisons:
            comparison.close()
        self._store.close()


def desk_of(sitting: Sitting, closing: ExitStack, context: Context) -> Desk:
    """What the screen is handed; what it opens is closed with the stack."""
    opened, settings = sitting.opened, sitting.settings
    if problems := wrong_keys(settings):
        raise ConfigError(str(settings.source or "configuration"), problems)
    opener = Opener(opened)
    opened.store.watched(True)
    closing.callback(opener.close)
    return Desk(
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


def leave(sitting: Sitting, code: int, args: Namespace, context: Context) -> None:
    """Hand over the files that were asked for, and say how to go on."""
    session = sitting.opened.comparison.session
    if session.number and (args.report or args.json):
        deliver(session, args, context, own_report=False)
    if session.number:
        words = resume_words if code == INTERRUPTED and not sitting.judging else last_words
        with suppress(OSError):  # after a dropped line there is nobody to tell
            print(words(session, sitting.command, common_flags(args)), file=context.err)


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
