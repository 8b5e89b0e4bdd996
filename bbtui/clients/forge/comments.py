"""The comments of an issue on a forge: listed, written and edited.

GitHub: https://docs.github.com/en/rest/issues/comments (version 2022-11-28). Gitea:
https://docs.gitea.com/api (``/repos/{owner}/{repo}/issues``), which Forgejo has, too. GitLab:
https://docs.gitlab.com/api/notes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal
from urllib.parse import quote

import httpx

from bbtui import __version__
from bbtui.config.value_types import ForgeKind
from bbtui.errors import ForgeError
from bbtui.formatting.sanitize import excerpt

#: How long is waited for a reply, in s.
_WITHIN_S = 30.0
#: More pages than an issue has; a list that never ends is not followed.
_MAX_PAGES = 100
_PER_PAGE = 100


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
    def comments_url(self) -> str:
        """The address of the list of comments."""
        return self._url(self.api.comments)

    def comment_url(self, comment: int) -> str:
        """Return the address of one comment."""
        return self._url(self.api.comment, comment)

    @property
    def base_url(self) -> str:
        """The address of the API."""
        return self.url.rstrip("/") + self.api.suffix

    def _url(self, path: str, comment: int = 0) -> str:
        project = quote(self.repo, safe="")
        filled = path.format(repo=quote(self.repo), project=project, issue=self.number, id=comment)
        return self.base_url + filled


class ForgeClient:
    """Reads and writes the comments of one issue; every method raises `ForgeError`."""

    def __init__(self, issue: Issue, token: str) -> None:
        self._issue, self._api = issue, issue.api
        self._client = httpx.Client(
            headers={
                "User-Agent": f"bbtui/{__version__}",
                "Accept": "application/json",
                self._api.header: f"{self._api.scheme}{token}",
            },
            timeout=_WITHIN_S,
            follow_redirects=False,
        )

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def user(self) -> str:
        """Return the name of the token's user; "" where the forge does not return it."""
        try:
            reply = self._request("GET", f"{self._issue.base_url}/user")
        except ForgeError:
            return ""  # the token of a CI job is no user's
        name = reply.get(self._api.login) if isinstance(reply, dict) else None
        return name if isinstance(name, str) else ""

    def comments(self) -> list[Comment]:
        """Return the comments of the issue, the oldest first."""
        found: list[Comment] = []
        for page in range(1, _MAX_PAGES + 1):
            query = f"?per_page={_PER_PAGE}&page={page}{self._api.oldest_first}"
            rows = self._request("GET", self._issue.comments_url + query)
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
        return _shown(self._request("POST", self._issue.comments_url, body))

    def edit(self, comment: int, body: str) -> str | None:
        """Write another text into a comment; return its address, None if it was deleted."""
        reply = self._send(self._api.edit, self._issue.comment_url(comment), body)
        return None if reply.status_code == 404 else _shown(self._read(reply))

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

    def _request(self, method: str, url: str, body: str | None = None) -> object:
        return self._read(self._send(method, url, body))

    def _send(self, method: str, url: str, body: str | None) -> httpx.Response:
        try:
            return self._client.request(method, url, json=None if body is None else {"body": body})
        except httpx.TimeoutException:
            raise ForgeError(
                f"{self._issue.url}: no reply within {_WITHIN_S:g} s",
                "run the command again: what is posted already is edited, not repeated",
            ) from None
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            why = excerpt(str(error)) or type(error).__name__
            raise ForgeError(
                f"{self._issue.url} cannot be reached: {why}", "check --forge-url and the network"
            ) from None

    def _read(self, reply: httpx.Response) -> object:
        if reply.status_code not in (200, 201):
            raise self._refusal(reply)
        try:
            value: object = reply.json()
        except (ValueError, RecursionError):
            kind = reply.headers.get("content-type", "no type")
            raise self._odd(f"no JSON ({excerpt(kind, 40)})") from None
        return value

    def _refusal(self, reply: httpx.Response) -> ForgeError:
        """Return the error of a refused request, with the forge's own words."""
        issue, status = self._issue, reply.status_code
        variables = " or ".join(self._api.variables)
        fix = "run the command again later"
        match status:
            case 401:
                cause, fix = "the token is not accepted", f"set {variables} to a valid token"
            case 403 | 429 if (wait := _retry_after(reply)) or status == 429:
                cause = "too many requests"
                fix = f"run the command again {f'in {wait} s' if wait else 'later'}"
            case 403:
                cause = "the token may not write comments there, or the issue is locked"
                fix = f"give the token in {variables} the permission to write to issues"
            case 404:
                cause = f"there is no issue {issue.number} in {issue.repo}, or the token sees none"
                fix = "check --repo, --issue and the permissions of the token"
            case 413 | 422:
                cause, fix = "the comment is refused, it may be too long", "try --short"
            case _ if 300 <= status < 400:
                cause = f"redirected to {excerpt(reply.headers.get('location', '?'))}"
                fix = "name the new address with --forge-url or --repo"
            case _:
                cause = "the server failed" if status >= 500 else "the request is refused"
        words = _message(reply)
        quote = f": {words}" if words else ""
        return ForgeError(f"{issue.url}: {cause} (HTTP {status}{quote})", fix)


def _retry_after(reply: httpx.Response) -> int:
    text = reply.headers.get("retry-after", "")
    return int(text) if re.fullmatch(r"\d{1,6}", text) else 0


def _message(reply: httpx.Response) -> str:
    """Return the forge's own words; "" for a page or nothing."""
    try:
        value = reply.json()
    except (ValueError, RecursionError):
        return ""
    words = value.get("message") or value.get("error") if isinstance(value, dict) else ""
    return excerpt(str(words)) if words else ""


def _shown(value: object) -> str:
    url = value.get("html_url") if isinstance(value, dict) else None
    return excerpt(url, 300) if isinstance(url, str) else ""
