"""``bbtui report --post``: comments on an issue of a forge."""

from __future__ import annotations

import pytest

from tests.cli.ollama import WHOLE, Ollama, end, word
from tests.cli.program import Ended, Program
from tests.fakes.forge import TOKEN, Forge, serve_forge
from tests.loopback import ndjson

VARIABLES = {"github": "GITHUB_TOKEN", "gitea": "GITEA_TOKEN", "gitlab": "GITLAB_TOKEN"}


def with_session(program: Program, ollama: Ollama, text: str = "") -> None:
    program.configure(local=ollama.url)
    ollama.answer(ndjson(word(text), end()) if text else WHOLE)
    assert program("run", "Hello?").code == 0


def post(program: Program, forge: Forge, *more: str, token: str = TOKEN) -> Ended:
    program.environ[VARIABLES[forge.kind]] = token
    address = ("--forge-url", forge.url, "--repo", "me/models", "--issue", "3")
    return program("report", "1", "--post", forge.kind, *address, *more)


@pytest.fixture(params=["github", "gitea", "gitlab"])
def forge(request: pytest.FixtureRequest):
    with serve_forge(request.param) as served:
        yield served


def test_report_is_posted_and_edited_in_place(program: Program, ollama: Ollama, forge: Forge):
    with_session(program, ollama)
    forge.add("A comment of somebody.", "you")
    ended = post(program, forge)
    assert ended.code == 0
    assert f"posted comment {forge.url}/me/models/issues/3#issuecomment-102\n" in ended.err
    assert forge.bodies[1].startswith("# Benchmark: Local\n")
    program("sessions", "rename", "1", "A better title")
    ended = post(program, forge)
    assert "edited comment" in ended.err
    assert len(forge.bodies) == 2
    assert forge.bodies[1].startswith("# A better title\n")
    assert forge.bodies[0] == "A comment of somebody."


def test_dry_run_shows_the_request_and_sends_nothing(program: Program, ollama: Ollama):
    with_session(program, ollama)
    with serve_forge("github") as forge:
        ended = post(program, forge, "--dry-run")
        assert ended.code == 0
        assert f"POST {forge.url}/repos/me/models/issues/3/comments\n" in ended.out
        assert '"body": "# Benchmark: Local\\n' in ended.out
        assert TOKEN not in ended.out + ended.err
        assert forge.requests == []


def test_long_report_is_short_first_and_then_whole(program: Program, ollama: Ollama):
    with_session(program, ollama, "word " * 30_000)
    with serve_forge("gitea") as forge:
        ended = post(program, forge)
        assert ended.code == 0, ended.err
        assert len(forge.bodies) > 2
        assert all(len(body) <= 65_536 for body in forge.bodies)
        assert "word word" not in forge.bodies[0]
        assert "The whole report, part 1 of" in forge.bodies[1]
        assert post(program, forge, "--short").code == 0
        assert "This part of the report is empty now." in forge.bodies[-1]


def test_comment_edited_by_another_user_is_kept(program: Program, ollama: Ollama):
    with_session(program, ollama)
    with serve_forge("github") as forge:
        post(program, forge)
        [comment] = forge.comments.values()
        comment["body"] = f"A remark.\n\n{comment['body']}"
        ended = post(program, forge)
        assert "comment 101 was changed since it was posted: it is kept" in ended.err
        assert len(forge.bodies) == 2
        assert forge.bodies[0].startswith("A remark.")


def test_comment_that_is_deleted_meanwhile_is_posted_again(
    program: Program, ollama: Ollama, forge: Forge
):
    with_session(program, ollama)
    post(program, forge)
    program("sessions", "rename", "1", "A better title")
    forge.on_list = forge.comments.clear
    ended = post(program, forge)
    assert ended.code == 0, ended.err
    assert f"posted comment {forge.url}/me/models/issues/3#issuecomment-" in ended.err
    assert forge.bodies[0].startswith("# A better title\n")


def test_comments_posted_before_a_refusal_are_listed(program: Program, ollama: Ollama):
    with_session(program, ollama, "word " * 30_000)
    with serve_forge("gitea") as forge:
        forge.most = 2
        ended = post(program, forge)
        assert ended.code == 3
        assert "posted comment 2 of" in ended.err
        assert "too many requests (HTTP 429: slow down)\n" in ended.err
        assert ended.err.endswith("run the command again in 60 s\n")
        forge.most = 100
        ended = post(program, forge)
        assert ended.code == 0
        assert "posted comment 3 of" in ended.err
        assert "posted comment 2 of" not in ended.err


def test_text_that_is_not_ascii_arrives_as_it_is(program: Program, ollama: Ollama, forge: Forge):
    with_session(program, ollama, "Grüße, 世界 🎉! " * 400)
    post(program, forge)
    assert forge.bodies[0].count("Grüße, 世界 🎉!") >= 400
    assert "\N{REPLACEMENT CHARACTER}" not in forge.bodies[0]
    post(program, forge)
    assert len(forge.bodies) == 1


def test_issue_or_repository_that_is_not_there_is_named(
    program: Program, ollama: Ollama, forge: Forge
):
    with_session(program, ollama)
    for place in (("--issue", "99"), ("--repo", "me/nothing")):
        ended = post(program, forge, *place)
        assert ended.code == 3
        assert "there is no issue" in ended.err
        assert "check --repo, --issue and the permissions of the token" in ended.err
        assert forge.bodies == []


def test_wrong_token_is_reported(program: Program, ollama: Ollama, forge: Forge):
    with_session(program, ollama)
    ended = post(program, forge, token="another")
    assert ended.code == 3
    assert "the token is not accepted (HTTP 401" in ended.err
    assert f"set {VARIABLES[forge.kind]}" in ended.err


def test_token_without_a_known_user_edits_nothing_and_warns(
    program: Program, ollama: Ollama, forge: Forge
):
    with_session(program, ollama)
    post(program, forge)
    forge.tells_user = False
    ended = post(program, forge)
    assert ended.code == 0
    assert "comment 101 may be an earlier report, and is kept: the token does not" in ended.err
    assert len(forge.bodies) == 2


def test_emptied_part_is_written_once(program: Program, ollama: Ollama):
    with_session(program, ollama, "word " * 30_000)
    with serve_forge("gitea") as forge:
        post(program, forge)
        post(program, forge, "--short")
        forge.requests.clear()
        post(program, forge, "--short")
        assert len([one for one in forge.requests if one.startswith("PATCH")]) <= 1


def test_marker_in_the_comment_of_another_user_is_not_followed(program: Program, ollama: Ollama):
    with_session(program, ollama)
    with serve_forge("github") as forge:
        post(program, forge)
        [body] = forge.bodies
        forge.comments.clear()
        forge.add(body, "you")
        post(program, forge)
        assert len(forge.bodies) == 2


def test_comments_beyond_the_first_page_are_found(program: Program, ollama: Ollama, forge: Forge):
    with_session(program, ollama)
    for number in range(120):
        forge.add(f"Comment {number}.", "you")
    post(program, forge)
    assert "unchanged" in post(program, forge).err or len(forge.bodies) == 121
    assert len(forge.bodies) == 121


@pytest.mark.parametrize(
    ("status", "headers", "body", "said"),
    [
        (401, {}, b'{"message": "Bad credentials"}', "the token is not accepted (HTTP 401: Bad"),
        (
            403,
            {},
            b"{}",
            "may not write comments there, or the issue is locked (HTTP 403)",
        ),
        (403, {"Retry-After": "30"}, b"{}", "run the command again in 30 s"),
        (404, {}, b'{"message": "Not Found"}', "there is no issue 3 in me/models"),
        (
            *(403, {}, b'{"message": "You cannot comment on a locked issue."}'),
            "or the issue is locked (HTTP 403: You cannot comment on a locked issue.)\nunlock it",
        ),
        (423, {}, b'{"message": "me/models is archived"}', "the repository is archived (HTTP 423"),
        (413, {}, b"", "the comment is refused, it may be too long (HTTP 413)"),
        (422, {}, b'{"message": "body is too long"}', "(HTTP 422: body is too long)"),
        (429, {"Retry-After": "7"}, b"", "too many requests (HTTP 429)"),
        (500, {}, b"<html>oops</html>", "the server failed (HTTP 500)"),
        (200, {"Content-Type": "text/html"}, b"<html>login</html>", "no JSON (text/html)"),
        (0, {}, b"", "closed the connection before replying"),
        (200, {}, b"", "the reply is no JSON (no type)"),
        (200, {}, b"[" * 100_000, "the reply is no JSON"),
        (403, {}, b"[" * 100_000, "(HTTP 403)"),
        (200, {}, b'{"a": 1}', "the reply is no list of comments"),
        (200, {}, b"[3]", "a comment without id or text"),
        (302, {"Location": "https://elsewhere.example"}, b"", "redirected to https://elsewhere"),
        (302, {"Location": f"https://a.example/in?t={TOKEN}"}, b"", "redirected to https://a.exam"),
        (422, {}, b'{"message": "not for %s"}' % TOKEN.encode(), "(HTTP 422: not for …)"),
        (422, {}, b'{"message": "not for %s"}' % TOKEN[:9].encode(), "(HTTP 422: not for …)"),
    ],
)
def test_refusal_has_cause_and_fix(
    program: Program,
    ollama: Ollama,
    status: int,
    headers: dict[str, str],
    body: bytes,
    said: str,
):
    with_session(program, ollama)
    with serve_forge("github") as forge:
        forge.refusal = status, headers, body
        ended = post(program, forge)
        assert ended.code == 3
        assert said in ended.err
        assert TOKEN not in ended.err
        assert "Traceback" not in ended.err


def test_forge_that_is_not_there_is_named(program: Program, ollama: Ollama):
    with_session(program, ollama)
    with serve_forge("github") as forge:
        pass
    ended = post(program, forge)
    assert ended.code == 3
    assert f"{forge.url} cannot be reached" in ended.err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--post", "github"), "--post needs --repo and --issue"),
        (("--post", "github", "--repo", "models", "--issue", "3"), "must be OWNER/NAME"),
        (("--post", "github", "--repo", "me/models", "--issue", "x"), "the number of an issue"),
        (("--post", "gitea", "--repo", "me/models", "--issue", "3"), "which server?"),
        (("--post", "github", "--repo", "me/models", "--issue", "3"), "no token"),
        (("--post", "github", "-o", "x.md"), "cannot be combined"),
        (("--post", "github", "--format", "html"), "cannot be combined"),
        (("--dry-run",), "--dry-run needs --post"),
        (("--post", "gitbucket"), "invalid choice"),
        (
            (
                *("--post", "gitea", "--repo", "me/models", "--issue", "3"),
                *("--forge-url", "https://me:hunter2@git.example"),
            ),
            "--forge-url (or GITEA_URL) must be a URL such as https://git.example.org, without "
            "user name, password",
        ),
        *(
            (
                ("--post", "gitea", "--repo", "me/m", "--issue", "3", "--forge-url", address),
                "--forge-url (or GITEA_URL) must be a URL such as https://git.example.org",
            )
            for address in ("http://[x", "http://x[31m", "http://h:99999", "http://a..b", "http://")
        ),
    ],
)
def test_incomplete_command_line_is_exit_2(
    program: Program, ollama: Ollama, arguments: tuple[str, ...], said: str
):
    with_session(program, ollama)
    for name in (*VARIABLES.values(), "GH_TOKEN", "GITEA_URL"):
        program.environ.pop(name, None)
    ended = program("report", "1", *arguments)
    assert ended.code == 2
    assert said in ended.err
    assert "hunter2" not in ended.err


def test_password_in_the_configured_address_is_refused_and_not_shown(
    program: Program, ollama: Ollama
):
    program.configure(local=ollama.url)
    with (program.home / "bbtui.toml").open("a", encoding="utf-8") as file:
        file.write('\n[forge]\nkind = "gitea"\nurl = "https://me:hunter2@git.example"\n')
    ended = program("config", "check")
    assert ended.code == 2
    assert "forge.url: must be a URL such as https://git.example.org" in ended.err
    assert "hunter2" not in ended.out + ended.err


def test_issue_is_taken_from_the_configuration(program: Program, ollama: Ollama):
    with_session(program, ollama)
    with serve_forge("gitea") as forge:
        with (program.home / "bbtui.toml").open("a", encoding="utf-8") as file:
            file.write(
                f'\n[forge]\nkind = "gitea"\nurl = "{forge.url}"\nrepo = "me/models"\nissue = 3\n'
            )
        program.environ["GITEA_TOKEN"] = TOKEN
        assert program("report", "1", "--post", "gitea").code == 0
        assert len(forge.bodies) == 1
        other = program("report", "1", "--post", "github")
        assert "--post needs --repo and --issue" in other.err, "it is another forge"
        assert 'kind = "gitea"' in program("config", "show").out


def test_unknown_forge_in_the_configuration_is_refused(program: Program, ollama: Ollama):
    program.configure(local=ollama.url)
    with (program.home / "bbtui.toml").open("a", encoding="utf-8") as file:
        file.write('\n[forge]\nkind = "bitbucket"\n')
    ended = program("config", "check")
    assert ended.code == 2
    assert 'forge.kind: must be "gitea", "github" or "gitlab", not "bitbucket"' in ended.err
