"""``bbtui report --post``: write the report as comments of an issue, or edit those of before."""

from __future__ import annotations

import json
import re
from argparse import Namespace
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING

from bbtui.cli.output import print_text
from bbtui.clients.forge.comments import APIS, Comment, ForgeClient, Issue
from bbtui.domain.forge import ForgePlace
from bbtui.errors import UsageError
from bbtui.report.issue_comments import OVERHEAD, comments_of, marked, read_mark

if TYPE_CHECKING:
    from bbtui.cli.context import CommandContext
    from bbtui.domain.session import Session

_REPO = re.compile(r"[\w.-]+(?:/[\w.-]+)+")
_URLS = {"gitea": "GITEA_URL", "github": "GITHUB_API_URL", "gitlab": "GITLAB_URL"}


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
) -> list[str]:
    """Edit the comments that an earlier report of the session has, and post the others as new ones.

    Return what was done.
    """
    with closing(ForgeClient(issue, _token(issue, context))) as forge:
        earlier, done = _earlier(forge, session.id)
        for number, body in enumerate(bodies, 1):
            known = earlier.pop(number, None)
            part = f"comment {number} of {len(bodies)}" if len(bodies) > 1 else "comment"
            if known is None:
                done.append(f"posted {part} {forge.create(body)}".rstrip())
            elif known.body.split() == body.split():
                done.append(f"{part} is there already, unchanged")
            else:
                done.append(f"edited {part} {forge.edit(known.id, body)}".rstrip())
        for number, left in sorted(earlier.items()):
            empty = "This part of the report is empty now."
            forge.edit(left.id, marked(empty, session.id, number))
    return done


def _earlier(forge: ForgeClient, session: str) -> tuple[dict[int, Comment], list[str]]:
    """Return the comments of this session by their part: those of the token's user, unchanged.

    Comments edited by someone else are left as they are, and named.
    """
    found: dict[int, Comment] = {}
    changed: list[str] = []
    user = forge.user()
    for comment in forge.comments():
        mark = read_mark(comment.body)
        own = comment.author == user if user else comment.author.endswith("[bot]")
        if mark is None or mark.session != session or not own:
            continue
        if mark.unchanged:
            found[mark.part] = comment
        else:
            changed.append(f"comment {comment.id} was changed since it was posted: it stays")
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
    url = place.url or context.environ.get(_URLS[kind], "") or APIS[kind].base
    if not url:
        raise UsageError(
            f"--post {kind}: which server?", f"name it with --forge-url, or set {_URLS[kind]}"
        )
    if not re.match(r"https?://[^\s/@?#]+", url):
        raise UsageError(f"--forge-url {url}: must be a URL such as https://git.example.org")
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
        print_text(f"POST {issue.comments_url}", context.out)
        print_text(f"{issue.api.header}: {issue.api.scheme}({variables})", context.out)
        print_text("Content-Type: application/json\n", context.out)
        print_text(f"{json.dumps({'body': body}, ensure_ascii=False, indent=1)}\n", context.out)
    context.notify("dry run: nothing was sent; an earlier comment of this session would be edited")
