"""A forge on this machine: the comments of issue 3 of me/models, as the three APIs have them.

What Gitea does was seen at a real one, 1.26.0+dev-87d670c96b: its words and states for a bad token,
a repository and an issue that are not there, a locked issue and an archived repository; that it
gives no pages; that it loses characters of several bytes in a request.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar
from urllib.parse import parse_qs, urlsplit

TOKEN = "secret-token-1"
_ISSUE = {
    "github": r"/repos/me/models/issues/3/comments",
    "gitea": r"/api/v1/repos/me/models/issues/3/comments",
    "gitlab": r"/api/v4/projects/me%2Fmodels/issues/3/notes",
}
_COMMENT = {
    "github": r"/repos/me/models/issues/comments/(\d+)",
    "gitea": r"/api/v1/repos/me/models/issues/comments/(\d+)",
    "gitlab": r"/api/v4/projects/me%2Fmodels/issues/3/notes/(\d+)",
}
_AUTH = {
    "github": ("Authorization", f"Bearer {TOKEN}"),
    "gitea": ("Authorization", f"token {TOKEN}"),
    "gitlab": ("PRIVATE-TOKEN", TOKEN),
}
_BAD_TOKEN = {
    "github": "Bad credentials",
    "gitea": "user does not exist [uid: 0, name: ]",
    "gitlab": "401 Unauthorized",
}
_USER = {"github": "/user", "gitea": "/api/v1/user", "gitlab": "/api/v4/user"}


@dataclass
class Forge:
    """What it has, and how it answers."""

    kind: str
    url: str = ""
    comments: dict[int, dict[str, object]] = field(default_factory=dict)
    requests: list[str] = field(default_factory=list)
    refusal: tuple[int, dict[str, str], bytes] | None = None
    """Answers every request with this status, these headers and this body; status 0: not at all."""
    longest: int = 65_536
    on_list: Callable[[], None] = lambda: None
    """Runs once the comments were read: the act of another user before the next request."""
    tells_user: bool = True
    """Whether the token may ask whose it is."""
    most: int = 1000
    """The comments it takes before too many were written."""

    def add(self, body: str, author: str = "me") -> int:
        """Write a comment as a user of the forge."""
        number = len(self.comments) + 101
        name = "username" if self.kind == "gitlab" else "login"
        self.comments[number] = {
            "id": number,
            "body": body,
            ("author" if self.kind == "gitlab" else "user"): {name: author},
            "html_url": f"{self.url}/me/models/issues/3#issuecomment-{number}",
        }
        return number

    @property
    def bodies(self) -> list[str]:
        """The texts of the comments, the oldest first."""
        return [str(comment["body"]) for comment in self.comments.values()]


class _Handler(BaseHTTPRequestHandler):
    forge: ClassVar[Forge]

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - of the base class
        pass

    def do_GET(self) -> None:
        forge, parts = self.forge, urlsplit(self.path)
        if not self._begin():
            return
        if parts.path == _USER[forge.kind] and not forge.tells_user:
            self._reply(403, {"message": "token does not have at least one of required scope(s)"})
        elif parts.path == _USER[forge.kind]:
            self._reply(200, {"username" if forge.kind == "gitlab" else "login": "me"})
        elif parts.path == _ISSUE[forge.kind]:
            rows = list(forge.comments.values())
            if forge.kind != "gitea":
                query = parse_qs(parts.query)
                size, page = int(query["per_page"][0]), int(query["page"][0])
                rows = rows[size * (page - 1) : size * page]
            forge.on_list()
            self._reply(200, rows)
        else:
            self._refuse_place(parts.path)

    def do_POST(self) -> None:
        if not self._begin():
            return
        body, path = self._body(), urlsplit(self.path).path
        if path != _ISSUE[self.forge.kind]:
            self._refuse_place(path)
        elif len(body) > self.forge.longest:
            self._reply(422, {"message": "body is too long"})
        elif len(self.forge.comments) >= self.forge.most:
            self._reply(429, {"message": "slow down"}, {"Retry-After": "60"})
        else:
            self._reply(201, self.forge.comments[self.forge.add(body)])

    def _edit(self) -> None:
        if not self._begin():
            return
        found = re.fullmatch(_COMMENT[self.forge.kind], urlsplit(self.path).path)
        comment = self.forge.comments.get(int(found[1])) if found else None
        if comment is None:
            self._reply(404, {"message": "Not Found"})
            return
        comment["body"] = self._body()
        self._reply(200, comment)

    def do_PATCH(self) -> None:
        self._reply(405, {}) if self.forge.kind == "gitlab" else self._edit()

    def do_PUT(self) -> None:
        self._edit() if self.forge.kind == "gitlab" else self._reply(405, {})

    def _begin(self) -> bool:
        """Note the request; return whether it is answered as usual."""
        forge = self.forge
        forge.requests.append(f"{self.command} {urlsplit(self.path).path}")
        if forge.refusal is not None:
            status, headers, body = forge.refusal
            if not status:
                return False
            self.send_response(status)
            for name, value in {"Content-Length": str(len(body)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)
            return False
        name, value = _AUTH[forge.kind]
        if self.headers.get(name) != value:
            self._reply(401, {"message": _BAD_TOKEN[forge.kind]})
            return False
        return True

    def _refuse_place(self, path: str) -> None:
        """Answer for what is not there, as each forge does: an issue, else anything."""
        if self.forge.kind == "gitea" and "/me/models/issues/" in path:
            message = "issue does not exist [id: 0, repo_id: 1, index: 99]"
            self._reply(500, {"message": message, "url": f"{self.forge.url}/api/swagger"})
        else:
            self._reply(404, {"message": "not found", "errors": None})

    def _body(self) -> str:
        sent = self.rfile.read(int(self.headers["Content-Length"]))
        if self.forge.kind == "gitea":
            # A character of several bytes that ends a block is lost there.
            blocks = [sent[at : at + 512] for at in range(0, len(sent), 512)]
            sent = "".join(block.decode(errors="replace") for block in blocks).encode()
        return str(json.loads(sent)["body"])

    def _reply(self, status: int, value: object, headers: Mapping[str, str] | None = None) -> None:
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        for name, more in (headers or {}).items():
            self.send_header(name, more)
        self.end_headers()
        self.wfile.write(body)


@contextmanager
def serve_forge(kind: str) -> Iterator[Forge]:
    """Serve a forge of this kind on the loopback interface."""
    forge = Forge(kind)
    handler = type("Handler", (_Handler,), {"forge": forge})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    forge.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield forge
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
