"""A server repeats the key it was sent: no output, file or report contains it."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest

from tests.cli.ollama import CHAT, Ollama, word
from tests.cli.pods_command import BIG, PodsCommand, pods
from tests.cli.program import Ended, Program
from tests.fakes.runpod import KEY
from tests.fakes.runpod_failures import Failure, echoing, problem
from tests.loopback import Loopback, Reply, events, json_reply, loopback, ndjson

__all__ = ["loopback", "pods"]

SECRET = "sk-ECHOED/0123456789+abc="
SENT = f"Bearer {SECRET}"
TOKEN = "hf_environmentOfAPod42"
#: What the pods' API knows of a pod and bbtui never keeps.
SECRETIVE = {"env": {"HF_TOKEN": TOKEN}, "ssh": f"ssh root@203.0.113.7 -i {TOKEN}"}


def page(title: str, status: int) -> Reply:
    html = f"<html><head><title>{title}</title></head></html>".encode()
    return Reply((html,), status, {"Content-Type": "text/html"}, "length")


def text_reply(text: str, status: int = 200) -> Reply:
    return Reply((text.encode(),), status, {"Content-Type": "text/plain"}, "length")


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        (
            json_reply({"error": {"message": f"Bad key {SECRET[:12]}***{SECRET[-9:]}"}}, 401),
            "server message: Bad key …***…",
        ),
        (
            json_reply({"error": {"message": f"Incorrect API key provided: {SECRET}."}}, 401),
            "server message: Incorrect API key provided: ….",
        ),
        (json_reply({"error": f"who is {SENT}?"}, 403), "server message: who is …?"),
        (
            json_reply({"error": "x" * 290 + SECRET}, 500),
            "server message: " + "x" * 290 + "…",
        ),
        (page(f"Denied: {SENT}", 401), "answered HTTP 401: Denied: …"),
        (page(f"Denied: {SENT}", 200), '(HTTP 200): "Denied: …"'),
        (Reply((f"no {SENT}".encode(),), 401, {}, "length"), "answered HTTP 401: no …"),
        (
            Reply((), 302, {"Location": f"https://x.example/{SECRET}/"}, "length"),
            " to https://x.example/…/ (HTTP 302)",
        ),
        (ndjson(word("Well "), {"error": f"bad key {SECRET}"}), "server message: bad key …"),
        (ndjson(word("Well "), f"oh {SENT}\n".encode()), 'left out as unreadable: "oh …"'),
    ],
)
def test_key_repeated_by_an_endpoint_is_removed(
    program: Program, ollama: Ollama, reply: Reply, expected: str
):
    ollama.answer(reply)
    configure(program, ollama.url)
    ended = program("run", "Hello?", "--json", "-", "--report", "r.md")
    assert ollama.requests_to(CHAT)[-1].headers["authorization"] == SENT
    assert expected in ended.err
    assert expected in json.loads(ended.out)["answers"][0]["cause"]
    assert "# " in (program.here / "r.md").read_text(encoding="utf-8")
    assert_nowhere(program, ended)


def test_key_repeated_by_an_openai_server_is_removed(program: Program, loopback: Loopback):
    chunk = {"choices": [{"index": 0, "delta": {"content": "Well "}, "finish_reason": None}]}
    route = "POST /v1/chat/completions"
    loopback.on(route, events(chunk, {"error": {"message": f"bad key {SECRET}"}}))
    configure(program, loopback.url, 'api = "openai"')
    ended = program("run", "Hello?", "--json", "-", "--report", "r.md")
    assert loopback.requests_to(route)[-1].headers["authorization"] == SENT
    assert "server message: bad key …" in ended.err
    assert_nowhere(program, ended)


@pytest.mark.parametrize("words", [("doctor",), ("doctor", "--json")])
def test_key_repeated_to_doctor_is_removed(
    program: Program, ollama: Ollama, words: tuple[str, ...]
):
    ollama.on("GET /api/version", json_reply({"error": f"who is {SENT}?"}, 401))
    configure(program, ollama.url)
    ended = program(*words)
    assert "server message: who is …?" in ended.out
    assert_nowhere(program, ended)


def test_login_of_ollama_host_is_removed_when_repeated(program: Program, ollama: Ollama):
    sent = "Basic " + base64.b64encode(b"me:hunter22").decode()
    ollama.answer(json_reply({"error": f"{sent} is wrong, so is hunter22"}, 401))
    config = program.configure(big=ollama.url)
    config.write_text(config.read_text("utf-8").replace(f'url = "{ollama.url}"\n', ""), "utf-8")
    program.environ["OLLAMA_HOST"] = ollama.url.replace("//", "//me:hunter22@")
    ended = program("run", "Hello?", "--json", "-", "--report", "r.md")
    assert ollama.requests_to(CHAT)[-1].headers["authorization"] == sent
    assert "server message: Basic … is wrong, so is …; " in ended.err
    for secret in (sent.partition(" ")[2], "hunter22"):
        assert_nowhere(program, ended, secret)


@pytest.mark.parametrize(
    ("failure", "expected"),
    [
        (echoing(KEY), 'in RUNPOD_API_KEY (HTTP 401); message: "invalid bearer token …"'),
        (Failure(page(f"Denied: Bearer {KEY}", 200)), '(HTTP 200): "Denied …"'),
        (Failure(page(f"Denied: {KEY}", 403)), '(HTTP 403): "Denied …"'),
        (Failure(json_reply([KEY])), "like RunPod's API: a JSON array of "),
        (Failure(problem(400, f"{'x' * 290} {KEY}")), "(HTTP 400)"),
    ],
)
def test_key_repeated_by_the_pod_provider_is_removed(
    pods: PodsCommand, failure: Failure, expected: str
):
    pods.cloud.add(BIG)
    for words in (("show",), ("list", "--json"), ("start", "--yes")):
        pods.cloud.next(failure)
        ended = pods(*words)
        assert expected in ended.err
        assert KEY not in ended.out + ended.err
    assert not holding(pods.home, KEY)


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        (json_reply({"pods": {BIG: SECRETIVE}}), "a JSON object of "),
        (json_reply([SECRETIVE]), "a JSON array of "),
        (json_reply({"data": [SECRETIVE], "abc123": 1}), "with the keys data and 1 more"),
        (json_reply({"pods": [SECRETIVE["env"]]}), "with the key pods"),
        (json_reply(json.dumps(SECRETIVE)), "a JSON string of "),
        (page(json.dumps(SECRETIVE), 200), "a web page instead of JSON"),
        (page(f"Trace of {json.dumps(SECRETIVE)}", 500), '(HTTP 500): "Trace of …"'),
        (text_reply(f"pod\n{SECRETIVE}"), '"pod …"'),
        (text_reply(f"HF_TOKEN={TOKEN}", 403), "blocked the request"),
        (text_reply(json.dumps(SECRETIVE) + "\n{}"), "before it is complete"),
        (json_reply({"title": "Bad", "errors": [f"env: '{TOKEN}'"]}, 422), '"Bad"'),
        (json_reply({"detail": f"unknown key {TOKEN}"}, 422), '"unknown key …"'),
        (json_reply({"detail": [{"input": SECRETIVE}]}, 422), "(HTTP 422)"),
        (json_reply({"error": SECRETIVE}, 500), "answered HTTP 500"),
        (
            Reply((), 302, {"Location": f"https://x.example/{TOKEN}/?t={TOKEN}"}, "length"),
            "redirects to x.example (",
        ),
        (Reply((), 302, {"Location": f"//[{TOKEN}"}, "length"), "redirects to another address ("),
    ],
)
@pytest.mark.parametrize("words", [("list",), ("show",)])
def test_no_value_of_a_pod_is_quoted_from_an_unexpected_reply(
    pods: PodsCommand, reply: Reply, expected: str, words: tuple[str, ...]
):
    pods.cloud.add(BIG)
    pods.cloud.next(Failure(reply))
    ended = pods(*words)
    assert ended.code == 3
    assert expected in ended.err
    for secret in (TOKEN, "203.0.113.7", "HF_TOKEN"):
        assert secret not in ended.out + ended.err
        assert not holding(pods.home, secret)


def configure(program: Program, url: str, *more: str) -> None:
    """One endpoint, with a key from the environment."""
    lines = ('headers = { Authorization = "env:BIG_AUTH" }', *more)
    with program.configure(big=url).open("a") as file:
        file.write("\n".join(lines))
    program.environ["BIG_AUTH"] = SENT


def assert_nowhere(program: Program, ended: Ended, secret: str = SECRET) -> None:
    assert secret not in ended.out
    assert secret not in ended.err
    found = [*holding(program.home, secret), *holding(program.here, secret)]
    assert found == []


def holding(folder: Path, secret: str) -> list[Path]:
    """Return the files below a folder with this in them: the database, its log, reports."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    return [path for path in files if secret.encode() in path.read_bytes()]
