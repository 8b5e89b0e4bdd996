"""The comments of an issue on a forge: listed, written and edited.

GitHub: https://docs.github.com/en/rest/issues/comments (version 2022-11-28). Gitea:
https://docs.gitea.com/api (``/repos/{owner}/{repo}/issues``), which Forgejo has, too. GitLab:
https://docs.gitlab.com/api/notes.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Literal
from urllib.parse import quote

from bbtui.clients.http import open_client
from bbtui.clients.http.peer import Peer
from bbtui.clients.http.replies import Reply, RequestFailed, timed_out
from bbtui.config.value_types import ForgeKind
from bbtui.errors import ForgeError

#: How long is waited for a whole reply, in s.
_WITHIN_S = 30.0
#: More bytes than a list of comments has: each of a hundred has a megabyte at most.
_MOST = 128 * 1024 * 1024
#: More pages than an issue has; a list that never ends is not followed.
_MAX_PAGES = 100
_PER_PAGE = 100
#: What Gitea 1.26 answers with HTTP 500 for an issue that is not there.
_GITEA_NO_ISSUE = "issue does not exist"


@dataclass(frozen=True, slots=True)
class ForgeApi:
    """The API of one kind of forge; the defaults are those of Gitea and GitHub."""

    variables: tuple[str, ...]
    """The environment variables with the token."""
    url_variable: str
    """The environment variable with the address of the forge."""
    base: str = ""
    """The address of the forge where none is given; "" if there is no such place."""
    suffix: str = ""
    """What follows the address of the forge."""
    comments: str = "/repos/{repo}/issues/{issue}/comments"
    """The path of an issue's comments."""
    oldest_first: str = ""
    """The parameter that requests this order, where the default is another."""
    comment: str = "/repos/{repo}/issues/comments/{id}"
    """The path of one comment."""
    edit: Literal["PATCH", "PUT"] = "PATCH"
    """The method that edits a comment."""
    author: str = "user"
    """The field of a comment with its user."""
    login: str = "login"
    """The field of a user with the name."""
    header: str = "Authorization"
    """The header with the token."""
    scheme: str = "Bearer "
    """The prefix of the token in its header."""
    longest: int = 65_536
    """The most characters of a comment."""


APIS: Mapping[ForgeKind, ForgeApi] = {
    "gitea": ForgeApi(("GITEA_TOKEN",), "GITEA_URL", suffix="/api/v1", scheme="token "),
    "github": ForgeApi(
        ("GITHUB_TOKEN", "GH_TOKEN"), "GITHUB_API_URL", base="https://api.github.com"
    ),
    "gitlab": ForgeApi(
        ("GITLAB_TOKEN",),
        "GITLAB_URL",
        base="https://gitlab.com",
        suffix="/api/v4",
        comments="/projects/{project}/issues/{issue}/notes",
        oldest_first="&sort=asc&order_by=created_at",
        comment="/projects/{project}/issues/{issue}/notes/{id}",
        edit="PUT",
        author="author",
        login="username",
        header="PRIVATE-TOKEN",
        scheme="",
        longest=1_000_000,
    ),
}


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment as the forge has it."""

    id: int
    """Its id at the forge."""
    body: str
    """Its text."""
    author: str
    """The name of its user."""


@dataclass(frozen=True, slots=True)
class Issue:
    """Where a report is posted."""

    kind: ForgeKind
    """Which forge."""
    url: str
    """The address of the forge, without the path of its API."""
    repo: str
    """The repository, such as "me/models"."""
    number: int
    """The number of the issue."""

    @property
    def api(self) -> ForgeApi:
        """The API of the forge."""
        return APIS[self.kind]

    @property
    def comments_path(self) -> str:
        """The path of the list of comments, below `base_url`."""
        return self._path(self.api.comments)

    def comment_path(self, comment: int) -> str:
        """Return the path of one comment."""
        return self._path(self.api.comment, comment)

    @property
    def base_url(self) -> str:
        """The address of the API."""
        return self.url.rstrip("/") + self.api.suffix

    def _path(self, path: str, comment: int = 0) -> str:
        project = quote(self.repo, safe="")
        return path.format(repo=quote(self.repo), project=project, issue=self.number, id=comment)


class ForgeClient:
    """Reads and writes the comments of one issue; every method raises `ForgeError`."""

    def __init__(self, issue: Issue, token: str) -> None:
        self._issue, self._api = issue, issue.api
        self._peer = Peer(issue.base_url, {self._api.header: f"{self._api.scheme}{token}"})
        self._connections = ExitStack()
        try:
            self._http = self._connections.enter_context(open_client(self._peer))
        except RequestFailed as failure:
            raise ForgeError(failure.problem.cause, failure.problem.fix) from None

    def close(self) -> None:
        """Close the connections."""
        self._connections.close()

    def user(self) -> str:
        """Return the name of the token's user; "" where the forge does not return it."""
        try:
            reply = self._request("GET", "/user")
        except ForgeError:
            return ""  # the token of a CI job is no user's
        name = reply.get(self._api.login) if isinstance(reply, dict) else None
        return name if isinstance(name, str) else ""

    def comments(self) -> list[Comment]:
        """Return the comments of the issue, the oldest first."""
        found: list[Comment] = []
        for page in range(1, _MAX_PAGES + 1):
            query = f"?per_page={_PER_PAGE}&page={page}{self._api.oldest_first}"
            rows = self._request("GET", self._issue.comments_path + query)
            if not isinstance(rows, list):
                raise self._odd("no list of comments")
            new = [self._comment(row) for row in rows]
            known = {comment.id for comment in found}
            found += [comment for comment in new if comment.id not in known]
            # Gitea has no pages here: each is the whole list.
            if len(rows) < _PER_PAGE or all(comment.id in known for comment in new):
                break
        return found

    def create(self, body: str) -> str:
        """Write a comment; return its address as people see it."""
        return self._shown(self._request("POST", self._issue.comments_path, body))

    def edit(self, comment: int, body: str) -> str | None:
        """Write another text into a comment; return its address, None if it was deleted."""
        reply = self._send(self._api.edit, self._issue.comment_path(comment), body)
        return None if reply.status == 404 else self._shown(self._read(reply))

    def _comment(self, row: object) -> Comment:
        if isinstance(row, dict):
            number, body = row.get("id"), row.get("body")
            author = row.get(self._api.author)
            name = author.get(self._api.login) if isinstance(author, dict) else ""
            if isinstance(number, int) and isinstance(body, str):
                return Comment(number, body, name if isinstance(name, str) else "")
        raise self._odd("a comment without id or text")

    def _odd(self, what: str) -> ForgeError:
        return ForgeError(
            f"{self._issue.url}: the reply is {what}",
            f"is this the address of a {self._issue.kind} server? name another with --forge-url",
        )

    def _request(self, method: str, path: str, body: str | None = None) -> object:
        return self._read(self._send(method, path, body))

    def _send(self, method: str, path: str, body: str | None) -> Reply:
        # In ASCII: Gitea 1.26 makes U+FFFD of a character of several bytes at the end of a block.
        data = None if body is None else json.dumps({"body": body}).encode("ascii")
        try:
            return self._http.fetch(path, data, within_s=_WITHIN_S, method=method, limit=_MOST)
        except RequestFailed as failure:
            if timed_out(failure):
                raise ForgeError(
                    f"{self._issue.url}: no complete reply within {_WITHIN_S:g} s",
                    "run the command again: what is posted already is edited, not repeated",
                ) from None
            raise ForgeError(
                f"{self._issue.url} cannot be reached: {failure.problem.cause}",
                "check --forge-url and the network",
            ) from None

    def _read(self, reply: Reply) -> object:
        if reply.status not in (200, 201):
            raise self._refusal(reply)
        try:
            value: object = json.loads(reply.body)
        except (ValueError, RecursionError):
            kind = self._peer.quoted(reply.content_type or "no type", 40)
            raise self._odd(f"no JSON ({kind})") from None
        return value

    def _refusal(self, reply: Reply) -> ForgeError:
        """Return the error of a refused request, with the forge's own words."""
        issue, status = self._issue, reply.status
        variables = " or ".join(self._api.variables)
        fix, words = "run the command again later", self._message(reply)
        match status:
            case 401:
                cause, fix = "the token is not accepted", f"set {variables} to a valid token"
            case 403 | 429 if (wait := _retry_after(reply)) or status == 429:
                cause = "too many requests"
                fix = f"run the command again {f'in {wait} s' if wait else 'later'}"
            case 403:
                cause = "the token may not write comments there, or the issue is locked"
                fix = f"unlock it, or let the token in {variables} write to issues"
            case 404 | 500 if status == 404 or words.startswith(_GITEA_NO_ISSUE):
                cause = (
                    f"there is no issue {issue.number} in {issue.repo}, or the token cannot see it"
                )
                fix = "check --repo, --issue and the permissions of the token"
            case 423:
                cause, fix = "the repository is archived", "post to an issue of another one"
            case 413 | 422:
                cause, fix = "the comment is refused, it may be too long", "try --short"
            case _ if 300 <= status < 400:
                location, *_ = re.split("[?#]", reply.headers.get("location", "?"))
                cause = f"redirected to {self._peer.quoted(location or '?')}"
                fix = "name the new address with --forge-url or --repo"
            case _:
                cause = "the server failed" if status >= 500 else "the request is refused"
        quote = f": {words}" if words else ""
        return ForgeError(f"{issue.url}: {cause} (HTTP {status}{quote})", fix)

    def _message(self, reply: Reply) -> str:
        """Return the forge's own words without the token; "" for a page or nothing."""
        value = reply.value()
        words = value.get("message") or value.get("error") if isinstance(value, dict) else ""
        return self._peer.quoted(str(words)) if words else ""

    def _shown(self, value: object) -> str:
        url = value.get("html_url") if isinstance(value, dict) else None
        return self._peer.quoted(url, 300) if isinstance(url, str) else ""


def _retry_after(reply: Reply) -> int:
    text = reply.headers.get("retry-after", "")
    return int(text) if re.fullmatch(r"\d{1,6}", text) else 0
