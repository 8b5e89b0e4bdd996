"""Scenarios at the wire: recorded exchanges that break, and servers that are none."""

from __future__ import annotations

import gzip
import json
import random
import threading
from dataclasses import replace
from typing import Any
from urllib.parse import quote

from bbtui.clients.doctor.run import Subject, examine
from bbtui.clients.http.peer import Peer
from bbtui.clients.ollama.chat import OllamaSource, OllamaStreamParser
from bbtui.clients.openai.chat import OpenAISource, OpenAIStreamParser
from bbtui.clients.ports import AnswerSource, CancelToken
from bbtui.domain.answer import Answer, AnswerState
from bbtui.domain.endpoint import Endpoint, Options
from bbtui.errors import PodError
from tests.clients.cloud import POD, control
from tests.clients.streaming import MODEL, in_memory, stream_answer
from tests.clients.test_any_stream import read as read_consistently
from tests.clients.test_cuts import whole_objects
from tests.fakes.runpod import KEY, FakeRunPod
from tests.fakes.runpod_failures import Failure
from tests.loopback import CLOSE, RESET, SILENT, Drip, Loopback, Reply, Trace
from tests.torture.faults import damaged, mutated, odd, pieces
from tests.torture.faults import hostile as hostile_text
from tests.torture.invariants import assert_consistent, assert_harmless, nothing_left

OLLAMA, OPENAI = "POST /api/chat", "POST /v1/chat/completions"
#: Recorded streams that end well, in both dialects.
STREAMS = (
    *("chat-length", "chat-one-token", "chat-short-stop", "chat-warm", "chat-truncated-chinese"),
    *("chat-buffering-proxy-40", "v1-chat", "v1-chat-short-stop", "llama-server-chat"),
)
JSON_REPLIES = ("tags", "ps-loaded", "ps-alias", "ps-empty", "version", "show", "v1-models", "root")
#: A whole stream of each route, which the next task gets.
WHOLE = {OLLAMA: "chat-short-stop", OPENAI: "v1-chat-short-stop"}
SECRET = "sk-TORTURED/0123456789+abcdefXYZ="


def route_of(name: str) -> str:
    """Return the route of a recorded stream."""
    return OLLAMA if name.startswith("chat") else OPENAI


def source_of(route: str, peer: Peer) -> AnswerSource:
    """Return what reads the answers of a route."""
    return OllamaSource(peer) if route == OLLAMA else OpenAISource(peer)


def asked(server: Loopback, route: str, reply: Reply, *, stop_s: float = 60, **more: Any) -> Answer:
    """Return the answer to a prompt that is replied to so; then the next task runs.

    It is stopped after `stop_s`, as the engine does after `--timeout`.
    """
    peer = Peer(server.url, **more)
    cancel_token = CancelToken()
    stop = threading.Timer(stop_s, cancel_token.cancel)
    stop.daemon = True
    stop.start()
    in_memory(server)
    server.on(route, reply)
    answer = stream_answer(source_of(route, peer), cancel_token=cancel_token).answer
    stop.cancel()
    assert_consistent(answer)
    server.on(route, Trace.load(WHOLE[route]).reply)
    following = stream_answer(source_of(route, Peer(server.url))).answer
    assert following.state is AnswerState.DONE, f"the next task: {following.problem.cause}"
    return answer


def cut(choice: random.Random) -> None:
    """A recorded stream that ends or is reset after any byte: every whole object is kept."""
    name = choice.choice(STREAMS)
    trace = Trace.load(name)
    data = b"".join(trace.reads)
    part = data[: choice.randrange(len(data) + 1)]
    framing = choice.choice(("chunked", "close"))
    end = choice.choice((CLOSE, RESET))
    headers = {"Content-Type": trace.headers["Content-Type"]}
    reply = Reply((*pieces(choice, part), end), 200, headers, framing)
    with nothing_left(), Loopback() as server:
        answer = asked(server, route_of(name), reply)
    text, ended = whole_objects(part)(len(part))
    assert answer.text == text, f"{name} after {len(part)} bytes"
    assert answer.state.answered == ended, answer.problem.cause


def flip(choice: random.Random) -> None:
    """A recorded stream with bits flipped, bytes lost, repeated or put in."""
    name = choice.choice(STREAMS)
    trace = Trace.load(name)
    data = damaged(choice, b"".join(trace.reads))
    end = choice.choice(((), (CLOSE,), (RESET,)))
    headers = {"Content-Type": trace.headers["Content-Type"]}
    with nothing_left(), Loopback() as server:
        asked(server, route_of(name), Reply((*pieces(choice, data), *end), 200, headers))


def head(choice: random.Random) -> None:
    """A recorded exchange whose status line, headers or chunk sizes are damaged."""
    name = choice.choice(STREAMS)
    trace = Trace.load(name)
    kind = trace.headers["Content-Type"]
    data = b"".join(trace.reads)[:3000]
    lines = b"HTTP/1.1 200 OK\r\nContent-Type: " + kind.encode() + b"\r\nDate: now\r\n"
    if choice.random() < 0.5:
        start = lines + b"Transfer-Encoding: chunked\r\n\r\n%x\r\n" % len(data)
        rest = data + b"\r\n0\r\n\r\n"
    else:
        start, rest = lines + b"Content-Length: %d\r\n\r\n" % len(data), data
    wire = damaged(choice, start, 3) + rest
    reply = Reply((*pieces(choice, wire), choice.choice((CLOSE, RESET))), framing="raw")
    with nothing_left(), Loopback() as server:
        asked(server, route_of(name), reply)


def garbage(choice: random.Random) -> None:
    """Objects with odd fields, in any framing, at the parser of either dialect."""
    names = ("choices", "message", "usage", "error", "done", "done_reason", "timings", "eval_count")

    def thing() -> Any:
        said = {"content": choice.choice(("hi ", "<think>", "</think>", hostile_text(choice)))}
        if choice.random() < 0.5:
            usual: dict[str, Any] = {"choices": [{"delta": said, "finish_reason": None}]}
        else:
            usual = {"message": said, "done": False}
        for name in choice.sample(names, choice.randrange(3)):
            usual[name] = odd(choice)
        return mutated(choice, usual) if choice.random() < 0.3 else usual

    prefix = choice.choice((b"", b"data: ", b"data:"))
    end = choice.choice((b"\n", b"\n\n", b"\r\n\r\n"))
    last = choice.choice(
        (b"", b"data: [DONE]\n\n", b"event: error\n\n", b"\xff", b'{"done":true}\n')
    )
    lines = (prefix + json.dumps(thing()).encode() + end for _ in range(choice.randrange(9)))
    data = b"".join(lines) + last
    kind = choice.choice((OllamaStreamParser, OpenAIStreamParser))
    parser = kind(Options(), Peer("http://127.0.0.1:1"))
    read_consistently(parser, data, choice.randint(1, 60), lost=choice.random() < 0.5)


def hostile(choice: random.Random) -> None:
    """A server that is none, lies about its reply, or never comes to an end."""
    page = f"<html><title>{hostile_text(choice)}</title></html>".encode()
    value = json.dumps({choice.choice(("error", "detail", "message")): odd(choice)}).encode()
    body = choice.choice((page, value, b"", b"\x16\x03\x01\x02", bytes(range(256)), b"[" * 50_000))
    status = choice.choice((200, 201, 204, 301, 307, 400, 401, 404, 418, 429, 500, 502, 503, 599))
    kind = choice.choice(("text/html", "application/json", "text/event-stream", "\x01", ""))
    headers: dict[str, str] = {"Content-Type": kind} if kind else {}
    raw = b"HTTP/1.1 200 OK\r\n"
    replies = (
        Reply((body,), status, headers, choice.choice(("length", "chunked", "close"))),
        Reply((body,), 200, {**headers, "Content-Length": "7"}, "close"),
        Reply((body, CLOSE), 200, {**headers, "Content-Length": "99999"}, "close"),
        Reply(
            (body,), 200, {**headers, "Content-Encoding": choice.choice(("gzip", "br"))}, "length"
        ),
        Reply((gzip.compress(body)[:-3],), 200, {**headers, "Content-Encoding": "gzip"}, "length"),
        Reply((body,), status, {**headers, "Location": hostile_text(choice).strip()}, "length"),
        Reply((body, CLOSE), framing="raw"),
        Reply((raw + b"Transfer-Encoding: chunked\r\n\r\nZZ\r\n" + body, CLOSE), framing="raw"),
        Reply((raw + b"X: " + b"y" * 200_000 + b"\r\n\r\n" + body, CLOSE), framing="raw"),
        Reply((b"HTTP/1.1 103 Early\r\n\r\n" * 50 + raw + b"\r\n" + body, CLOSE), framing="raw"),
        Reply((SILENT,), framing="raw"),
        Reply((Drip(choice.choice((b"H", b"\r\n", b"HTTP/1.1 102 Wait\r\n\r\n"))),), framing="raw"),
        Reply((raw + b"Content-Type: application/json\r\n\r\n", Drip(b" ")), framing="raw"),
        Trace.load(choice.choice(("error-json", "error-route", "show", "tags"))).reply,
        Trace.load(choice.choice(STREAMS)).reply,
    )
    reply = choice.choice(replies)
    # No header that this server could not write itself.
    clean = {name: "".join(filter(str.isprintable, text)) for name, text in reply.headers.items()}
    clean = {name: text.encode("ascii", "replace").decode() for name, text in clean.items()}
    with nothing_left(), Loopback() as server:
        route = choice.choice((OLLAMA, OPENAI))
        asked(server, route, replace(reply, headers=clean), stop_s=1, timeout_s=0.3)


def doctor(choice: random.Random) -> None:
    """Recorded lists and states with odd values, as the connection check reads them."""
    with nothing_left(), Loopback() as server:
        for name in JSON_REPLIES:
            trace = Trace.load(name)
            body = b"".join(trace.reads)
            if choice.random() < 0.5:
                body = damaged(choice, body, 3)
            elif body.startswith((b"{", b"[")):
                body = json.dumps(mutated(choice, json.loads(body))).encode()
            kind = {"Content-Type": trace.headers.get("Content-Type", "application/json")}
            server.on(f"{trace.method} {trace.path}", Reply((body,), trace.status, kind, "length"))
        api = choice.choice(("ollama", "openai"))
        endpoint = Endpoint("big", "Big", MODEL, api, server.url)
        found = examine(Subject(endpoint, Peer(server.url), detects=choice.random() < 0.5))
    assert found.steps
    for step in found.steps:
        assert_harmless(step.text + step.fix)
    if found.diagnosis is not None:
        assert_harmless(found.diagnosis.problem.cause + found.diagnosis.problem.fix)


def pods(choice: random.Random) -> None:
    """Replies of a pods' API in any form: no value of a pod's environment is ever quoted."""
    token = f"hf_{choice.randrange(10**12):012}tortured"
    environment = {"env": {"HF_TOKEN": token}, "ssh": f"ssh root@203.0.113.7 -i {token}"}
    pod = {"id": POD, "status": "RUNNING", "name": "ollama", **environment}
    value: Any = choice.choice((pod, [pod], {"pods": [pod]}, {"pods": {POD: pod}}, {"data": pod}))
    value = mutated(choice, json.loads(json.dumps(value)), 2) if choice.random() < 0.5 else value
    body = json.dumps(value).encode()
    body = damaged(choice, body, 2) if choice.random() < 0.4 else body
    kind = {"Content-Type": choice.choice(("application/json", "text/html", "text/plain"))}
    reply = Reply((body,), choice.choice((200, 200, 200, 400, 403, 422, 500)), kind, "length")
    said: list[str] = []
    with nothing_left(), FakeRunPod() as cloud:
        cloud.add(POD, running=True)
        steer = control(cloud.url)
        cloud.next(Failure(reply))
        try:
            found = steer.pod(POD)
            said += [found.name, found.status, found.gpu, found.state_text]
        except PodError as error:
            said += [error.message, error.fix]
        assert steer.pod(POD).running, "the next request is answered"
    for words in said:
        assert token not in words
        assert KEY not in words
        assert_harmless(words)


def secret(choice: random.Random) -> None:
    """A server that repeats the key it was sent, or a part of it, wherever it can."""
    start = choice.randrange(len(SECRET) - 8)
    part = choice.choice((SECRET, SECRET[start:], SECRET[: start + 8], f"Bearer {SECRET}"))
    echo = choice.choice((part, part, quote(part, safe=""), part * 3))
    words = choice.choice((f"bad key {echo}", f"{'x' * choice.randrange(90)}{echo}", f"[{echo}]"))
    error = json.dumps({"error": choice.choice((words, {"message": words}))}).encode()
    html = f"<html><head><title>{words}</title></head></html>".encode()
    whole = Trace.load("chat-short-stop").reads[0]
    kind = choice.choice(("application/json", "text/html", "text/plain"))
    reply = choice.choice(
        (
            Reply((error,), choice.choice((400, 401, 403, 500)), {"Content-Type": kind}, "length"),
            Reply((html,), choice.choice((200, 401, 502)), {"Content-Type": "text/html"}, "length"),
            Reply((words.encode(),), choice.choice((200, 401)), {"Content-Type": kind}, "length"),
            Reply((), 302, {"Location": f"https://x.example/{quote(echo)}/"}, "length"),
            Reply((whole, error + b"\n"), 200, {"Content-Type": "application/x-ndjson"}),
            Reply((whole, words.encode() + b"\n"), 200, {"Content-Type": "application/x-ndjson"}),
        )
    )
    headers = {"Authorization": f"Bearer {SECRET}"}
    with nothing_left(), Loopback() as server:
        answer = asked(server, choice.choice((OLLAMA, OPENAI)), reply, headers=headers)
    shown = f"{answer.problem.cause}\n{answer.problem.fix}"
    for at in range(len(SECRET) - 7):
        assert SECRET[at : at + 8] not in shown, shown
