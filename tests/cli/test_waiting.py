"""A run whose server is away, loads, limits requests or drips."""

from __future__ import annotations

import json
import socket

import pytest

from tests.cli.ollama import CHAT, Ollama
from tests.cli.program import Program
from tests.cli.terminal import in_terminal
from tests.loopback import Drip, Loopback, Reply, Request, json_reply


class Leaving(Ollama):
    """A server that is gone after this number of answers."""

    def __init__(self, answers: int) -> None:
        super().__init__()
        self._left = answers

    def reply(self, request: Request) -> Reply:
        if f"{request.method} {request.path}" == CHAT:
            self._left -= 1
            if self._left == 0:
                self._listener.shutdown(socket.SHUT_RDWR)
        return super().reply(request)


TASKS = ("one", "two", "three", "four", "five")


def test_server_that_goes_away_costs_no_answer(program: Program, ollama: Ollama):
    tasks = program.tasks(*TASKS)
    with Leaving(2) as leaving:
        program.configure(big=leaving.url, local=ollama.url)
        ended = program("run", "--tasks", tasks, "--parallel", "--wait", "0.2", "--json", "s.json")
        at = f"127.0.0.1:{leaving.port}"
    assert ended.code == 4
    assert f"big: waits: nothing listens at {at} (connection refused); gives up in 0 s" in ended.err
    assert f"big: 3 answers not run: nothing listens at {at} (connection refused)" in ended.err
    assert "#1 saved: 7 of 10 answered" in ended.err
    assert "failed" not in ended.err
    answers = json.loads((program.here / "s.json").read_text("utf-8"))["answers"]
    assert {one["state"] for one in answers} == {"done"}
    assert len(answers) == 7

    program.configure(big=ollama.url, local=ollama.url)
    resumed = program("run", "--resume", "1")
    assert resumed.code == 0
    assert "#1: 3 of 10 answers to run" in resumed.err
    assert "#1 saved: 10 of 10 answered" in resumed.err


def test_resume_while_the_server_is_still_away_costs_no_answer(
    program: Program, closed_port_url: str, ollama: Ollama
):
    program.configure(local=closed_port_url)
    assert program("run", "--tasks", program.tasks(*TASKS), "--wait", "0").code == 3
    ended = program("run", "--resume", "1", "--wait", "0")
    assert ended.code == 3
    assert "local: 5 answers not run: nothing listens at" in ended.err
    program.configure(local=ollama.url)
    assert program("run", "--resume", "1").code == 0


LOADING = json_reply(
    {"error": {"code": 503, "message": "Loading model", "type": "unavailable_error"}}, 503
)


def test_llama_cpp_that_does_not_finish_loading_is_not_run(program: Program):
    with Loopback() as server:
        for path in ("GET /health", "GET /props", "GET /v1/models", "POST /v1/chat/completions"):
            server.on(path, LOADING)
        path = program.configure(local=server.url)
        path.write_text(path.read_text("utf-8") + 'api = "openai"\n', "utf-8")
        ended = program("run", "Hello?", "--wait", "0.2", "--json", "s.json")
        at = f"127.0.0.1:{server.port}"
    assert ended.code == 3
    message = f"HTTP 503 from {at}; server message: Loading model"
    assert f"local: waits: {message}; gives up in 0 s" in ended.err
    assert f"local: 1 answer not run: {message}" in ended.err
    assert json.loads((program.here / "s.json").read_text("utf-8"))["answers"] == []


def test_requested_delay_is_waited_for_once(program: Program, ollama: Ollama):
    program.configure(local=ollama.url)
    limited = json_reply({"error": "slow down"}, 429, **{"Retry-After": "0"})
    ollama.on(CHAT, limited, *ollama._routes[CHAT])
    ended = program("run", "Hello?")
    assert ended.code == 0
    assert "local: waits 0 s, as the server requests: HTTP 429 from" in ended.err
    ollama.answer(limited)
    before = len(ollama.prompts)
    ended = program("run", "Hello?")
    assert ended.code == 3
    assert "failed: HTTP 429 from" in ended.err
    assert "server message: slow down" in ended.err
    assert len(ollama.prompts) == before + 2


JSON = {"Content-Type": "application/json"}
HEAD_DRIPS = Reply((b"HTTP/1.1 200 OK\r\nX-Slow: ", Drip(b"x")), framing="raw")


@pytest.mark.parametrize(
    ("path", "reply"),
    [
        (CHAT, HEAD_DRIPS),
        (CHAT, Reply((Drip(b"HTTP/1.1 102 Processing\r\n\r\n"),), framing="raw")),
        (CHAT, Reply((b'{"error": "no memory"}', Drip(b" ")), 500, JSON)),
        (CHAT, Reply((Drip(b" \n"),), headers=JSON)),
        ("GET /api/ps", Reply((b'{"models": [', Drip(b" ")), headers=JSON)),
    ],
    ids=["head", "interim", "error", "body", "loaded-models"],
)
def test_timeout_ends_an_answer_that_drips(
    program: Program, ollama: Ollama, path: str, reply: Reply
):
    program.configure(local=ollama.url)
    ollama.on(path, reply)
    ended = program("run", "Hello?", "--timeout", "0.5")
    assert ended.code == 3
    assert "failed: no complete answer within 0.5 s; raise the limit with --timeout" in ended.err


@pytest.mark.usefixtures("new_interpreter")
def test_answer_that_drips_without_a_limit_is_waited_for_until_a_key_ends_it(
    program: Program, ollama: Ollama
):
    """A cold model may take an hour before its first byte: only the user knows what is too long."""
    program.configure(local=ollama.url)
    ollama.on(CHAT, HEAD_DRIPS)
    with in_terminal(program, "run", "Hello?") as terminal:
        terminal.shows("◌ waiting ")
        terminal.shows("s: queue or prefill")
        terminal.shows("esc stop")
        terminal.press("\x1b")
        terminal.shows("stopped by you")
        terminal.press("q")
        assert terminal.ended() == 0
    with in_terminal(program, "run", "Hello?", "--no-tui") as terminal:
        terminal.shows("◌ waiting ")
        terminal.shows("s: queue or prefill")
        terminal.press("\x03")
        terminal.shows("interrupted; #2 is saved (0 of 1 answered)")
        assert terminal.ended() == 130


def test_wait_is_a_number_of_seconds(program: Program):
    ended = program("run", "Hello?", "--wait", "-1")
    assert ended.code == 2
    assert "must be a number of seconds, 0 or more, not '-1'" in ended.err


@pytest.mark.usefixtures("new_interpreter")
def test_wait_is_counted_down_on_a_terminal_and_stops_at_ctrl_c(
    program: Program, closed_port_url: str
):
    program.configure(local=closed_port_url)
    with in_terminal(program, "run", "Hello?", "--no-tui", "--wait", "900") as terminal:
        terminal.shows("local: waits: nothing listens at 127.0.0.1:")
        terminal.shows("; gives up in 900 s; start the server here")
        terminal.shows("server away, gives up in 89")
        terminal.press("\x03")
        assert terminal.ended() == 130
    assert program("report", "1").code == 0


def test_wait_on_the_screen_is_counted_down_and_stops_at_a_key(program: Program, ollama: Ollama):
    with Leaving(1) as leaving:
        program.configure(local=leaving.url)
        tasks = str(program.tasks("one", "two"))
        with in_terminal(program, "run", "--tasks", tasks, "--wait", "900") as terminal:
            terminal.shows("● ready")
            terminal.press("a")
            terminal.shows("✓ done")
            terminal.press("n")
            terminal.shows("server away, gives up in 8")
            terminal.shows("s; esc stops the wait")
            terminal.press("\x1b")
            terminal.shows("space run")
            terminal.press("\x11")
            assert terminal.ended() == 0
    program.configure(local=ollama.url)
    assert program("run", "--resume", "1").code == 0
    assert ollama.prompts == ["Prompt of two."]
