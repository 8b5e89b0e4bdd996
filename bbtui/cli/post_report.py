"""``bbtui report --post``: write the report as comments of an issue, or edit those of before."""

from __future__ import annotations

import json
import re
from argparse import Namespace
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING

from bbtui.cli.output import print_text
from bbtui.clients.forge.comments import APIS, Comment, ForgeClient, Issue
from bbtui.config.settings import ForgePlace
from bbtui.config.value_types import FORGE_URL
from bbtui.errors import UsageError
from bbtui.report.issue_comments import OVERHEAD, comments_of, marked, read_mark

if TYPE_CHECKING:
    from bbtui.cli.context import CommandContext
    from bbtui.domain.session import Session

_REPO = re.compile(r"[\w.-]+(?:/[\w.-]+)+")


def post_report(session: Session, args: Namespace, context: CommandContext) -> None:
    """Post the report of a session to the issue of the options; raise `ForgeError` if that fails.

    What the options leave out is taken from [forge] of the configuration, for the same forge.
    """
    configured = context.load_settings(args.config).forge
    if configured.kind != args.post:
        configured = ForgePlace(args.post)
    place = replace(
        configured,
        url=args.forge_url or configured.url,
        repo=args.repo or configured.repo,
        issue=args.issue or configured.issue,
    )
    issue = _issue(place, context)
    bodies = _bodies(session, issue, context, verbatim=args.verbatim, short=args.short)
    if args.dry_run:
        _print_requests(issue, bodies, context)
        return
    for line in _post(session, issue, bodies, context):
        context.notify(line)


def post_from_screen(session: Session, place: ForgePlace, context: CommandContext) -> str:
    """Post the report to a configured issue; return what was done, in a line."""
    issue = _issue(place, context)
    return "; ".join(_post(session, issue, _bodies(session, issue, context), context))


def _bodies(
    session: Session,
    issue: Issue,
    context: CommandContext,
    *,
    verbatim: bool = False,
    short: bool = False,
) -> tuple[str, ...]:
    """Return the comments of a report."""
    from bbtui.report.markdown import render_markdown

    longest = issue.api.longest

    def render(*, short: bool) -> str:
        return render_markdown(
            session,
            now=context.now(),
            run_check=context.run_check,
            verbatim=verbatim,
            short=short,
            longest=longest - OVERHEAD,
        )

    brief = render(short=True)
    return comments_of(brief if short else render(short=False), brief, session.id, longest)


def _post(
    session: Session, issue: Issue, bodies: Sequence[str], context: CommandContext
) -> Iterator[str]:
    """Edit the comments that an earlier report of the session has, and post the others as new ones.

    Yield what is done.
    """
    with closing(ForgeClient(issue, _token(issue, context))) as forge:
        earlier, changed = _earlier(forge, session.id)
        yield from changed
        for number, body in enumerate(bodies, 1):
            known = earlier.pop(number, None)
            part = f"comment {number} of {len(bodies)}" if len(bodies) > 1 else "comment"
            yield _write(forge, known, body, part)
        for number, left in sorted(earlier.items()):
            empty = marked("This part of the report is empty now.", session.id, number)
            if not _same(left.body, empty):
                forge.edit(left.id, empty)


def _write(forge: ForgeClient, known: Comment | None, body: str, part: str) -> str:
    """Edit a known comment, or post a new one if there is none (any more); return what was done."""
    if known is not None:
        if _same(known.body, body):
            return f"{part} is there already, unchanged"
        if (url := forge.edit(known.id, body)) is not None:
            return f"edited {part} {url}".rstrip()
    return f"posted {part} {forge.create(body)}".rstrip()


def _same(one: str, other: str) -> bool:
    return one.split() == other.split()


def _earlier(forge: ForgeClient, session: str) -> tuple[dict[int, Comment], list[str]]:
    """Return the comments of this session by their part: those of the token's user, unchanged.

    Comments edited by someone else are left as they are, and named; so are those of an
    unknown user.
    """
    found: dict[int, Comment] = {}
    changed: list[str] = []
    user = forge.user()
    for comment in forge.comments():
        mark = read_mark(comment.body)
        own = comment.author == user if user else comment.author.endswith("[bot]")
        if mark is None or mark.session != session:
            continue
        if not user and not own:
            changed.append(
                f"comment {comment.id} may be an earlier report, and is kept: the token does "
                "not identify its user (on Gitea it needs read:user)"
            )
        elif not own:
            continue
        elif mark.unchanged:
            found[mark.part] = comment
        else:
            changed.append(f"comment {comment.id} was changed since it was posted: it is kept")
    return found, changed


def _issue(place: ForgePlace, context: CommandContext) -> Issue:
    kind = place.kind
    if kind is None or not place.repo or place.issue is None:
        raise UsageError(
            "--post needs --repo and --issue",
            f"for example: bbtui report 12 --post {kind} --repo owner/name --issue 3",
        )
    if not _REPO.fullmatch(place.repo):
        raise UsageError(f"--repo {place.repo}: must be OWNER/NAME")
    api = APIS[kind]
    url = place.url or context.environ.get(api.url_variable, "") or api.base
    if not url:
        raise UsageError(
            f"--post {kind}: which server?", f"name it with --forge-url, or set {api.url_variable}"
        )
    if FORGE_URL.read(url) is None:
        raise UsageError(f"--forge-url (or {api.url_variable}) must be {FORGE_URL.allowed}")
    return Issue(kind, url, place.repo, place.issue)


def _token(issue: Issue, context: CommandContext) -> str:
    for name in issue.api.variables:
        if token := context.environ.get(name, "").strip():
            if not (token.isascii() and token.isprintable()):
                raise UsageError(f"{name} has characters that cannot be sent", "set it again")
            return token
    raise UsageError(
        f"--post {issue.kind}: no token",
        f"set {' or '.join(issue.api.variables)} in the environment",
    )


def _print_requests(issue: Issue, bodies: Sequence[str], context: CommandContext) -> None:
    """Print the requests of a first report; nothing is sent."""
    variables = " or ".join(issue.api.variables)
    for body in bodies:
        print_text(f"POST {issue.base_url}{issue.comments_path}", context.out)
        print_text(f"{issue.api.header}: {issue.api.scheme}({variables})", context.out)
        print_text("Content-Type: application/json\n", context.out)
        print_text(f"{json.dumps({'body': body}, ensure_ascii=False, indent=1)}\n", context.out)
    context.notify("dry run: nothing was sent; an earlier comment of this session would be edited")
