"""The face with a screen: what the TUI is handed, and what is said when it has gone."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Callable
from dataclasses import replace

from bbtui.cli.context import Context
from bbtui.cli.deliver import deliver, new_report, notify
from bbtui.cli.exit_status import closing_summary, resume_message, unsaved_message
from bbtui.cli.open_session import OpenSession, common_flags
from bbtui.cli.own_keys import keymap_problems
from bbtui.cli.sitting import Launch
from bbtui.clients.bash_syntax import parse_bash
from bbtui.domain.endpoint import Endpoint
from bbtui.domain.examination import Examination, OnStep, unexamined
from bbtui.domain.session import Session
from bbtui.engine.comparison import Comparison
from bbtui.errors import INTERRUPTED, ConfigError, EndpointError, StoreError, UsageError
from bbtui.formatting.text import counted
from bbtui.locations import shipped
from bbtui.ui.messages import unconfigured_words
from bbtui.ui.workspace import Key, Workspace


class SessionSwitcher:
    """Puts one session in front on the screen at a time; the one before it is closed and let go.

    One that could not be written whole is kept, and tried again whenever another is opened and in
    the end.
    """

    def __init__(self, launch: Launch) -> None:
        self.sitting = launch
        self.front = launch.opened.comparison
        self._unsaved: list[Comparison] = []

    def open(self, ref: str) -> Comparison:
        """A saved session, alive and in front. Raises `BbtuiError`: then nothing has changed."""
        opened = self.sitting.opened
        self._save()
        session = opened.store.load(ref)
        for comparison in self._unsaved:
            if comparison.session.id == session.id and comparison.write_error is not None:
                raise comparison.write_error
        before, self.front = self.front, opened.revive(session)
        before.close()
        self._unsaved += [before] if before.write_error else []
        return self.front

    def close(self) -> None:
        """Close what is open, and the store."""
        # The screen has gone: what it could not wait for is written now.
        self.sitting.opened.store.watched(False)
        self.front.close()
        self._save()
        self.sitting.opened.store.close()

    @property
    def unsaved(self) -> list[tuple[Session, StoreError]]:
        """The sessions that are not saved whole, each with the reason."""
        opened = (*self._unsaved, self.front)
        return [(one.session, one.write_error) for one in opened if one.write_error is not None]

    def _save(self) -> None:
        for comparison in self._unsaved:
            comparison.close()
        self._unsaved = [one for one in self._unsaved if one.write_error is not None]


def build_workspace(opener: SessionSwitcher, context: Context) -> Workspace:
    """What the screen is handed."""
    sitting = opener.sitting
    opened, settings = sitting.opened, sitting.settings
    if problems := keymap_problems(settings.keys):
        raise ConfigError(str(settings.source or "configuration"), problems)
    opened.store.watched(True)
    return Workspace(
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
        cells=opened.cells,
        notice=_notice(opened),
        judging=sitting.judging,
        examine=_examiner(opener, context),
    )


def finish(opener: SessionSwitcher, code: int, args: Namespace, context: Context) -> int:
    """Hand over the files that were asked for of the session in front, and say how to go on.

    Returns the exit code; `code` is that of the screen.
    """
    session, unsaved = opener.front.session, opener.unsaved
    undelivered = None
    if session.number and (args.report or args.json):
        undelivered = deliver(session, args, context, own_report=False)
    words = [unsaved_message(one, trouble) for one, trouble in unsaved]
    if opener.front.write_error is None:
        interrupted = code == INTERRUPTED and not opener.sitting.judging
        going_on = resume_message if interrupted else closing_summary
        words.append(going_on(session, common_flags(args)))
    for line in words:
        notify(line, context)
    if unsaved:
        return StoreError.exit_code
    return UsageError.exit_code if undelivered and code != INTERRUPTED else code


def _examiner(
    opener: SessionSwitcher, context: Context
) -> Callable[[Endpoint, OnStep], Examination] | None:
    """What walks to the endpoints of the configuration; the demo's are in this program."""
    if opener.sitting.command == "demo":
        return None
    known = {endpoint.name: endpoint for endpoint in opener.sitting.settings.endpoints}

    def walk(endpoint: Endpoint, tell: OnStep) -> Examination:
        from bbtui.cli.examining import examined, subject_of

        if endpoint.configured not in known:
            return unexamined(
                endpoint,
                unconfigured_words(endpoint),
                "add an [[endpoints]] table of that name",
            )
        own = known[endpoint.configured]
        try:
            subject = subject_of(own, context, opener.front.session.options.num_ctx)
        except EndpointError as error:
            return unexamined(endpoint, error.message, error.fix)
        return examined(replace(subject, endpoint=endpoint), tell)

    return walk


def _notice(opened: OpenSession) -> Callable[[Key], str]:
    """Words what a new session says of an older one, and one that goes on of what it leaves alone.

    "" for nothing.
    """
    if opened.comparison.session.number:
        alone = len(set(opened.comparison.missing_cells()) - set(opened.cells))
        are = counted(alone, "missing answer is", "missing answers are")
        return lambda key: f"{are} left alone: {key('round.run_all')} runs all" if alone else ""
    for summary in opened.store.summaries():
        if summary.unfinished and not summary.running:
            answered = f"{summary.answered} of {summary.cells} answered"
            unfinished = f"#{summary.number} is unfinished ({answered})"
            return lambda key: f"{unfinished}: {key('sessions.open')} opens it"
    return lambda _: ""
