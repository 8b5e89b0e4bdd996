"""``bbtui report --post``: write the report as comments of an issue, or edit those of before."""

from __future__ import annotations

import json
import re
from argparse import Namespace
from collections.abc import Sequence
from contextlib import closing
from typing import TYPE_CHECKING

from bbtui.cli.output import print_text
from bbtui.clients.forge.comments import APIS, Comment, ForgeClient, ForgeKind, Issue
from bbtui.errors import UsageError
from bbtui.report.parts import OVERHEAD, comments_of, marked, read_mark

if TYPE_CHECKING:
    from bbtui.cli.context import CommandContext
    from bbtui.domain.session import Session

_REPO = re.compile(r"[\w.-]+(?:/[\w.-]+)+")
_URLS = {"gitea": "GITEA_URL", "github": "GITHUB_API_URL", "gitlab": "GITLAB_URL"}


def post_report(session: Session, args: Namespace, context: CommandContext) -> None:
    """Post the report of a session where the options say; raise `ForgeError` if that fails."""
    from bbtui.report.markdown import render_markdown

    issue = _issue(args, context)
    longest = issue.api.longest

    def render(*, short: bool) -> str:
        return render_markdown(
            session,
            now=context.now(),
            run_check=context.run_check,
            verbatim=args.verbatim,
            short=short,
            longest=longest - OVERHEAD,
        )

    short = render(short=True)
    whole = short if args.short else render(short=False)
    bodies = comments_of(whole, short, session.id, longest)
    if args.dry_run:
        _print_requests(issue, bodies, context)
        return
    with closing(ForgeClient(issue, _token(issue, context))) as forge:
        _post(forge, session.id, bodies, context)


def _post(forge: ForgeClient, session: str, bodies: Sequence[str], context: CommandContext) -> None:
    """Edit the comments that an earlier report of the session has, and write the others anew."""
    earlier = _earlier(forge, session, context)
    for number, body in enumerate(bodies, 1):
        known = earlier.pop(number, None)
        part = f"comment {number} of {len(bodies)}" if len(bodies) > 1 else "comment"
        if known is None:
            context.notify(f"posted {part} {forge.create(body)}".rstrip())
        elif known.body.split() == body.split():
            context.notify(f"{part} is there already, unchanged")
        else:
            context.notify(f"edited {part} {forge.edit(known.id, body)}".rstrip())
    for number, left in sorted(earlier.items()):
        forge.edit(left.id, marked("This part of the report is empty now.", session, number))


def _earlier(forge: ForgeClient, session: str, context: CommandContext) -> dict[int, Comment]:
    """Return the comments of this session by their part: those of the token's user, unchanged."""
    found: dict[int, Comment] = {}
    user = forge.user()
    for comment in forge.comments():
        mark = read_mark(comment.body)
        own = comment.author == user if user else comment.author.endswith("[bot]")
        if mark is None or mark.session != session or not own:
            continue
        if mark.unchanged:
            found[mark.part] = comment
        else:
            context.notify(f"comment {comment.id} was changed since it was posted: it stays")
    return found


def _issue(args: Namespace, context: CommandContext) -> Issue:
    kind: ForgeKind = args.post
    if not args.repo or args.issue is None:
        raise UsageError(
            "--post needs --repo and --issue",
            f"for example: bbtui report 12 --post {kind} --repo owner/name --issue 3",
        )
    if not _REPO.fullmatch(args.repo):
        raise UsageError(f"--repo {args.repo}: must be OWNER/NAME")
    url = args.forge_url or context.environ.get(_URLS[kind], "") or APIS[kind].base
    if not url:
        raise UsageError(
            f"--post {kind}: which server?", f"name it with --forge-url, or set {_URLS[kind]}"
        )
    if not re.match(r"https?://[^\s/@?#]+", url):
        raise UsageError(f"--forge-url {url}: must be a URL such as https://git.example.org")
    return Issue(kind, url, args.repo, args.issue)


def _token(issue: Issue, context: CommandContext) -> str:
    for name in issue.api.variables:
        if token := context.environ.get(name, "").strip():
            if not (token.isascii() and token.isprintable()):
                raise UsageError(f"{name} has characters that cannot be sent", "set it anew")
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
