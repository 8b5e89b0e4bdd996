"""The session on the screen: what the screen gets, and what is printed after it has closed."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from bbtui.cli.context import CommandContext
from bbtui.cli.launch import Launch
from bbtui.cli.run_output import SessionReports, closing_message, deliver, unsaved_message
from bbtui.config.settings import ForgePlace
from bbtui.domain.endpoint import Endpoint
from bbtui.domain.problem import Problem
from bbtui.domain.repeats import alike_note
from bbtui.domain.session import Session
from bbtui.engine.comparison import Comparison
from bbtui.errors import INTERRUPTED, ConfigError, EndpointError, StoreError, UsageError
from bbtui.formatting.text import counted
from bbtui.locations import shipped
from bbtui.ui.messages import not_configured_text
from bbtui.ui.workspace import Key, Workspace

if TYPE_CHECKING:
    from bbtui.domain.examination import Examination, OnStep

#: How many of the latest sessions are searched for an unfinished one, which an empty screen names.
_RECENT = 20


class SessionSwitcher:
    """The one session on the screen; the one before it is closed and released.

    A session that could not be saved completely is kept, and saving it is tried again whenever
    another one is opened and in the end.
    """

    def __init__(self, launch: Launch) -> None:
        self.launch = launch
        self.front = launch.comparison
        self._unsaved: list[Comparison] = []

    def open(self, ref: str) -> Comparison:
        """Return a saved session in the place of the current one.

        Raise `BbtuiError` if that fails: then nothing has changed.
        """
        self._save()
        session = self.launch.store.load(ref)
        for comparison in self._unsaved:
            if comparison.session.id == session.id and comparison.write_error is not None:
                raise comparison.write_error
        before, self.front = self.front, self.launch.reopen(session)
        self.launch = self.launch._replace(comparison=self.front)
        before.close()
        self._unsaved += [before] if before.write_error else []
        return self.front

    def close(self) -> None:
        """Close every session, and the store."""
        # The screen is closed: writes that it could not wait for are made now.
        self.launch.store.interactive = False
        self.front.close()
        self._save()
        self.launch.store.close()

    @property
    def unsaved(self) -> list[tuple[Session, StoreError]]:
        """The sessions that are not saved completely, each with the reason."""
        opened = (*self._unsaved, self.front)
        return [(one.session, one.write_error) for one in opened if one.write_error is not None]

    def _save(self) -> None:
        for comparison in self._unsaved:
            comparison.close()
        self._unsaved = [one for one in self._unsaved if one.write_error is not None]


def build_workspace(switcher: SessionSwitcher, context: CommandContext) -> Workspace:
    """Return what the screen needs; raise `ConfigError` if [keys] has problems."""
    launch = switcher.launch
    settings = launch.settings
    if settings.keys:
        from bbtui.cli.config import keymap_problems  # most have none, and start sooner

        if problems := keymap_problems(settings.keys):
            raise ConfigError(str(settings.source or "configuration"), problems)
    launch.store.interactive = True
    return Workspace(
        comparison=launch.comparison,
        open_session=switcher.open,
        summaries=launch.store.summaries,
        library=launch.store,
        reports=SessionReports(context),
        post_report=_poster(settings.forge, context),
        run_check=context.run_check,
        themes=shipped("themes"),
        user_themes=context.locations.themes,
        theme=settings.theme,
        keys=settings.keys,
        verdicts=settings.verdicts,
        start=launch.start,
        cells=launch.cells,
        notice=_notice(launch),
        blind_seed=settings.blind_seed,
        judging=launch.judging,
        next_session=launch.next_session,
        until_clear=launch.until_clear,
        examine=None if launch.demo else _examiner(switcher, context),
    )


def finish(switcher: SessionSwitcher, code: int, args: Namespace, context: CommandContext) -> int:
    """Write the files that were requested, and print how to continue.

    `code` is the exit code of the screen; return that of the process.
    """
    session, unsaved = switcher.front.session, switcher.unsaved
    delivered = True
    if session.number and (args.report or args.json):
        delivered = deliver(session, args, context, own_report=False)
    for unsaved_session, error in unsaved:
        context.notify(unsaved_message(unsaved_session, error))
    if switcher.front.write_error is None:
        interrupted = code == INTERRUPTED and not switcher.launch.judging
        context.notify(closing_message(session, args, interrupted=interrupted))
    if switcher.launch.until_clear:
        context.notify(verdict(session))
    if unsaved:
        return StoreError.exit_code
    return code if delivered or code == INTERRUPTED else UsageError.exit_code


def verdict(session: Session) -> str:
    """Return which side was better, and how sure that is; of a blind session why it is hidden."""
    from bbtui.cli.results import why_closed
    from bbtui.domain.cell_results import session_results
    from bbtui.domain.conclusion_text import verdict_lines
    from bbtui.domain.conclusions import conclude, pair_tests

    if closed := why_closed(session):
        return closed
    conclusions = conclude(session_results(session))
    return "\n".join(verdict_lines(conclusions, pair_tests(conclusions)))


def _poster(place: ForgePlace, context: CommandContext) -> Callable[[Session], str] | None:
    """Return what posts reports to the configured issue; None without one."""
    if not place.complete:
        return None

    def post(session: Session) -> str:
        from bbtui.cli.post_report import post_from_screen

        return post_from_screen(session, place, context)

    return post


def _examiner(
    switcher: SessionSwitcher, context: CommandContext
) -> Callable[[Endpoint, OnStep], Examination]:
    """Return what examines the endpoints of the configuration."""
    configured = {endpoint.name: endpoint for endpoint in switcher.launch.settings.endpoints}

    def examine(endpoint: Endpoint, on_step: OnStep) -> Examination:
        from bbtui.cli.doctor import examine_subject, subject_of
        from bbtui.domain.examination import unexamined

        if endpoint.configured not in configured:
            fix = "add an [[endpoints]] table of that name"
            return unexamined(endpoint, Problem(not_configured_text(endpoint.configured), fix))
        own = configured[endpoint.configured]
        try:
            subject = subject_of(own, context, switcher.front.session.options.num_ctx)
        except EndpointError as error:
            return unexamined(endpoint, Problem.of(error))
        return examine_subject(replace(subject, endpoint=endpoint), on_step)

    return examine


def _notice(launch: Launch) -> Callable[[Key], str]:
    """Return the notice of the session, "" for none; it names keys.

    A resumed session names the missing answers that were not selected, a new one that its repeats
    may be alike, else the latest session that is unfinished.
    """
    if launch.store.refusal is not None:
        refusal = launch.store.refusal.message
        return lambda _: f"{refusal}: scores cannot be saved"
    if launch.comparison.session.number:
        excluded = len(set(launch.comparison.missing_cells()) - set(launch.cells))
        if not excluded:
            return lambda _: ""
        them = "it" if excluded == 1 else "them"
        missing = f"{counted(excluded, 'missing answer')} not included"
        return lambda key: f"{missing}; {key('round.run_all')} runs {them}"
    if note := alike_note(launch.comparison.session):
        return lambda _: note
    for summary in launch.store.summaries(_RECENT):
        if summary.unfinished and not summary.running:
            answered = f"{summary.answered} of {summary.cells} answered"
            unfinished = f"#{summary.number} is unfinished ({answered})"
            return lambda key: f"{unfinished}: {key('sessions.open')} opens it"
    return lambda _: ""
