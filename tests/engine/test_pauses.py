"""Cells of a server that does not take requests wait; they do not fail."""

from __future__ import annotations

import threading

import pytest

from bbtui.clients.http.peer import Peer
from bbtui.clients.openai.chat import OpenAISource
from bbtui.clients.openai.probe import OpenAIProbe
from bbtui.clients.ports import StreamEnded
from bbtui.domain.answer import AnswerState, Cell, Need
from bbtui.domain.host import Host, HostState
from bbtui.domain.observation import ErrorReply, NetworkFailure, Observation, Target
from bbtui.domain.problem import Problem
from bbtui.engine.pauses import LOADING_S, RETRY_S, UNATTENDED_S, WaitLimits
from tests.fakes import BIG, LOCAL, Script, make_connection, make_session
from tests.fakes.script import Step, answering, done, known, sent, text, wait
from tests.loopback import CLOSE, Loopback, Reply, events, json_reply, loopback

__all__ = ["loopback"]

GONE = Problem("nothing listens at gpu:8080 (connection refused)", "start the server on gpu")
TARGET = Target("gpu:8080", "gpu", api="openai")


class Clock:
    """Monotonic seconds that pass only when the test advances them."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class SettableProbe:
    """Finds what the test set."""

    def __init__(self, host: Host) -> None:
        self.host = host
        self.checks = 0

    def check(self) -> Host:
        self.checks += 1
        return self.host


AWAY = Host(HostState.UNREACHABLE, GONE, observed=Observation(TARGET, NetworkFailure.REFUSED))
READY = Host(HostState.READY)


def refused(failure: Observation | None = None, after_ms: float = 0) -> Step:
    observed = failure or Observation(TARGET, NetworkFailure.REFUSED)
    return Step(
        int(after_ms * 1_000_000),
        lambda at_ns: StreamEnded(at_ns, AnswerState.FAILED, GONE, observed=observed),
    )


def replied(status: int, **fields) -> Step:
    return refused(Observation(TARGET, error_reply=ErrorReply(status, **fields)))


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(autouse=True)
def frequent_checks(monkeypatch: pytest.MonkeyPatch) -> None:
    """A check soon follows another; what it means is decided by the test's clock."""
    monkeypatch.setattr("bbtui.engine.hosts.WAITED_S", 0.005)


def paused_run(make_run, clock, source, host=AWAY, **settings):
    """Return a run of `big`, whose server is away, beside `local`, which answers."""
    probe = SettableProbe(host)
    connections = [
        make_connection(BIG, source=source, probe=probe),
        make_connection(LOCAL, source=answering()),
    ]
    running = make_run(connections=connections, clock=clock, **settings)
    running.probe = probe
    return running


def start(running):
    """Run everything, until `big` is paused and `local` has finished."""
    comparison = running.comparison
    comparison.run(comparison.session.cells())
    local = [cell for cell in comparison.session.cells() if cell.endpoint == LOCAL]
    running.until(
        lambda: (
            BIG in comparison.snapshot().paused
            and all(comparison.session.latest(cell) for cell in local)
        )
    )


def of_big(running) -> list[Cell]:
    return [cell for cell in running.comparison.session.cells() if cell.endpoint == BIG]


def finish(running, clock):
    """Let time pass until nothing runs or waits."""

    def over() -> bool:
        clock.now += 0.1
        return not running.comparison.busy

    running.until(over)


def test_refused_side_pauses_and_the_other_goes_on(make_run, clock):
    source = Script(refused())
    running = paused_run(make_run, clock, source)
    start(running)
    assert len(source.requests) == 1, "the first refusal is the only one"
    snapshot = running.comparison.snapshot()
    assert [cell for cell in snapshot.waiting if cell.endpoint == BIG] == of_big(running)
    assert snapshot.paused[BIG].why.problem == GONE
    assert not [answer for answer in running.saved.answers if answer.cell.endpoint == BIG]


def test_side_continues_when_its_server_answers_again(make_run, clock):
    source = Script(refused())
    running = paused_run(make_run, clock, source)
    start(running)
    source._default = (known(), sent(), text("here"), done())
    running.probe.host = READY
    finish(running, clock)
    answers = [running.comparison.session.latest(cell) for cell in of_big(running)]
    assert [(one.state, one.attempt) for one in answers] == [("done", 1)] * 4
    assert not running.comparison.snapshot().paused


def test_side_that_stays_away_is_given_up_and_its_cells_stay_missing(make_run, clock):
    source = Script(refused())
    running = paused_run(make_run, clock, source, waits=WaitLimits(60))
    start(running)
    clock.now += 59
    running.comparison.tick()
    assert running.comparison.snapshot().paused[BIG].until == 1060
    clock.now += 1
    running.finish()
    assert running.comparison.missing_cells() == tuple(of_big(running))
    assert running.saved.missing() == tuple(of_big(running))
    assert len(source.requests) == 1


def test_limit_counts_from_the_first_of_several_refusals(make_run, clock):
    """A server that accepts checks and refuses every request is not waited for without end."""
    source = Script(refused())
    running = paused_run(make_run, clock, source, host=READY, waits=WaitLimits(5))
    comparison = running.comparison
    comparison.run(of_big(running))
    finish(running, clock)
    assert len(source.requests) == 3
    assert comparison.missing_cells()
    assert not [answer for answer in running.saved.answers if answer.cell.endpoint == BIG]


def test_wait_without_a_limit_lasts_until_it_is_stopped(make_run, clock):
    running = paused_run(make_run, clock, Script(refused()))
    start(running)
    clock.now += 1e6
    running.comparison.tick()
    assert running.comparison.snapshot().paused[BIG].until is None
    running.comparison.queue.stop(of_big(running)[2])
    running.finish()
    assert running.comparison.missing_cells() == tuple(of_big(running))
    assert not running.comparison.snapshot().paused


def test_next_try_is_counted_down_again_after_each_check(make_run, clock):
    running = paused_run(make_run, clock, Script(refused()))
    start(running)
    assert running.comparison.snapshot().paused[BIG].retry_at == 1000 + RETRY_S
    clock.now = 1003
    running.comparison.tick()
    assert running.comparison.snapshot().paused[BIG].retry_at == 1003 + RETRY_S
    assert running.comparison.snapshot().paused[BIG].since == 1000


def test_closing_leaves_no_attempt_of_a_paused_side(make_run, clock):
    running = paused_run(make_run, clock, Script(refused()))
    start(running)
    running.comparison.close()
    assert {answer.cell.endpoint for answer in running.saved.answers} == {LOCAL}
    assert running.comparison.write_error is None


def test_loading_server_is_waited_for_and_then_not_run(make_run, clock):
    running = paused_run(make_run, clock, Script(replied(503, loading=True)), READY)
    start(running)
    pause = running.comparison.snapshot().paused[BIG]
    assert (pause.why.kind, pause.until) == ("loading", 1000 + LOADING_S)
    running.probe.host = Host(HostState.LOADING)
    clock.now += LOADING_S
    running.finish()
    assert running.comparison.missing_cells() == tuple(of_big(running))


@pytest.mark.parametrize("status", [429, 503])
def test_requested_delay_is_kept_before_one_more_try(make_run, clock, status):
    source = Script(replied(status, retry_after_s=30.0))
    running = paused_run(make_run, clock, source, host=READY)
    cell = of_big(running)[0]
    comparison = running.comparison
    comparison.run([cell])
    running.until(lambda: BIG in comparison.snapshot().paused)
    clock.now += 29.9
    comparison.tick()
    assert BIG in comparison.snapshot().paused
    clock.now += 0.1
    running.finish()
    assert len(source.requests) == 2
    assert comparison.session.latest(cell).state is AnswerState.FAILED
    assert comparison.session.latest(cell).problem == GONE


def test_requested_delay_of_days_is_a_failure(make_run, clock):
    source = Script(replied(429, retry_after_s=86_400.0))
    running = paused_run(make_run, clock, source, host=READY)
    cell = of_big(running)[0]
    running.comparison.run([cell])
    running.finish()
    assert running.comparison.session.latest(cell).state is AnswerState.FAILED


def test_refusal_without_a_requested_delay_fails(make_run, clock):
    source = Script(replied(429, error="slow down"))
    running = paused_run(make_run, clock, source, host=READY)
    running.comparison.run(of_big(running))
    running.finish()
    assert len(source.requests) == 4
    assert {one.state for one in running.comparison.session.answers} == {AnswerState.FAILED}


@pytest.mark.parametrize(
    "step",
    [
        refused(Observation(TARGET, NetworkFailure.CLOSED)),
        replied(502, page=True),
        replied(502),
        replied(503, page=True),
        replied(521, page=True),
    ],
    ids=["closed", "502-page", "502-empty", "503-page", "521"],
)
def test_ambiguous_failure_is_tried_once_more(make_run, clock, step):
    """The request itself may be what ended the server."""
    source = Script(step)
    running = paused_run(make_run, clock, source, host=READY)
    cell = of_big(running)[0]
    running.comparison.run([cell])
    running.until(lambda: BIG in running.comparison.snapshot().paused)
    finish(running, clock)
    assert len(source.requests) == 2
    assert running.comparison.session.latest(cell).state is AnswerState.FAILED


@pytest.mark.parametrize(
    "step",
    [
        refused(Observation(TARGET, NetworkFailure.CLOSED), after_ms=5000),
        refused(Observation(TARGET, NetworkFailure.LOST, received=10)),
        refused(Observation(TARGET, NetworkFailure.READ_TIMEOUT)),
        replied(502, error="upstream failed"),
        replied(500, error="no memory"),
        replied(404, error="no such model"),
    ],
    ids=["closed-late", "lost", "timeout", "502-json", "500", "404"],
)
def test_request_that_a_server_took_fails_at_once(make_run, clock, step):
    source = Script(step)
    running = paused_run(make_run, clock, source, host=READY)
    cell = of_big(running)[0]
    running.comparison.run([cell])
    running.finish()
    assert running.comparison.session.latest(cell).state is AnswerState.FAILED


def test_refusal_after_text_is_a_failed_answer(make_run, clock):
    source = Script(known(), sent(), text("half"), refused())
    running = paused_run(make_run, clock, source)
    cell = of_big(running)[0]
    running.comparison.run([cell])
    running.finish()
    assert running.comparison.session.latest(cell).state is AnswerState.FAILED
    assert running.comparison.session.latest(cell).text == "half"


def test_withdrawn_attempt_is_deleted_when_the_disk_has_room_again(make_run, clock):
    from tests.fakes.store import DISK_FULL

    release = threading.Event()
    running = paused_run(make_run, clock, Script(wait(release), refused()))
    comparison = running.comparison
    comparison.run(of_big(running))
    running.until(lambda: running.saved.answers)
    running.store.failing = DISK_FULL
    release.set()
    running.until(lambda: comparison.write_error is not None)
    assert [answer.cell for answer in running.saved.answers] == of_big(running)[:1]
    running.store.failing = None
    running.until(lambda: not running.saved.answers)


def test_slow_head_counts_for_the_timeout(make_run):
    release = threading.Event()
    running = make_run(Script(known(), wait(release), done()), timeout_s=0.1)
    cell = Cell("webhook", BIG)
    running.comparison.run([cell])
    running.finish()
    answer = running.comparison.answer(cell)
    assert (answer.state, answer.problem.cause) == ("failed", "no complete answer within 0.1 s")
    release.set()


LOADING = json_reply(
    {"error": {"code": 503, "message": "Loading model", "type": "unavailable_error"}}, 503
)


def loads(server: Loopback) -> None:
    for path in ("GET /health", "GET /props", "POST /v1/chat/completions"):
        server.on(path, LOADING)


def serves(server: Loopback) -> None:
    server.on("GET /health", json_reply({"status": "ok"}))
    server.on("GET /props", json_reply({"model_path": "/m.gguf"}))
    chunk = {"choices": [{"delta": {"content": "All is well."}, "finish_reason": "stop"}]}
    server.on("POST /v1/chat/completions", events(chunk, b"data: [DONE]\n\n"))


def test_llama_cpp_that_loads_answers_when_it_has_loaded(make_run, clock, loopback):
    loads(loopback)
    peer = Peer(loopback.url)
    probe = OpenAIProbe(peer, "m")
    connections = [
        make_connection(BIG, source=OpenAISource(peer), probe=probe),
        make_connection(LOCAL),
    ]
    running = make_run(connections=connections, clock=clock)
    comparison, cell = running.comparison, Cell("webhook", BIG)
    comparison.run([cell])
    running.until(lambda: BIG in comparison.snapshot().paused)
    assert comparison.snapshot().paused[BIG].why.kind == "loading"
    serves(loopback)
    finish(running, clock)
    assert comparison.answer(cell).text == "All is well."
    assert comparison.answer(cell).attempt == 1


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (LOADING, "loading"),
        (
            json_reply({"error": "Model m is currently loading", "estimated_time": 20}, 503),
            "loading",
        ),
        (json_reply({"detail": "the model is still Loading"}, 503), "loading"),
        (Reply((b"loading model",), 503, {"Content-Type": "text/plain"}, "length"), "loading"),
        (json_reply({"error": "error loading model: no memory"}, 503), None),
        (json_reply({"error": "failed while loading the model"}, 503), None),
        (json_reply({"error": "loading"}, 500), None),
        (json_reply({"error": "busy"}, 503), None),
        (json_reply({"error": "busy"}, 503, **{"Retry-After": "7"}), "asked"),
        (json_reply({"error": "busy"}, 429, **{"Retry-After": "7"}), "asked"),
        (
            json_reply(
                {"error": "busy"},
                429,
                Date="Thu, 26 Nov 2026 12:00:00 GMT",
                **{"Retry-After": "Thu, 26 Nov 2026 12:00:07 GMT"},
            ),
            "asked",
        ),
        (json_reply({"error": "busy"}, 429, **{"Retry-After": "7.0"}), "asked"),
        (json_reply({"error": "busy"}, 429), None),
        (json_reply({"error": "busy"}, 429, **{"Retry-After": "soon"}), None),
        (json_reply({"error": "no"}, 400, **{"Retry-After": "7"}), None),
        (Reply((b"<html>Bad gateway",), 502, {"Content-Type": "text/html"}, "length"), "away"),
        (Reply((CLOSE,), framing="raw"), "away"),
    ],
)
def test_reply_decides_whether_the_request_is_sent_again(make_run, clock, loopback, reply, kind):
    loopback.on("POST /v1/chat/completions", reply)
    source = OpenAISource(Peer(loopback.url))
    running = paused_run(make_run, clock, source, host=Host(HostState.LOADING))
    comparison, cell = running.comparison, Cell("webhook", BIG)
    comparison.run([cell])
    running.until(lambda: BIG in comparison.snapshot().paused or comparison.session.latest(cell))
    pause = comparison.snapshot().paused.get(BIG)
    assert (pause and pause.why.kind) == kind
    if kind == "asked":
        assert pause.retry_at == 1007


def test_cause_of_the_wait_is_why_the_cells_are_not_run(make_run, clock):
    """Also where no check has found the server away."""
    running = paused_run(make_run, clock, Script(refused()), host=READY, waits=WaitLimits(0))
    running.comparison.run(of_big(running))
    running.finish()
    running.until(lambda: running.saved.seen[BIG].problem == GONE)
    running.comparison.close()
    assert running.saved.seen[BIG].problem == GONE
    assert running.saved.missing(Need.NOT_RUN)


@pytest.mark.parametrize(
    ("wait_s", "unattended", "away_s", "loading_s"),
    [
        (None, True, UNATTENDED_S, LOADING_S),
        (None, False, None, LOADING_S),
        (5.0, True, 5.0, 5.0),
        (900.0, False, 900.0, 900.0),
    ],
)
def test_limits_are_those_of_the_user_or_the_usual_ones(wait_s, unattended, away_s, loading_s):
    limits = WaitLimits.choose(wait_s, unattended=unattended)
    assert (limits.of("away"), limits.of("loading")) == (away_s, loading_s)
    assert limits.of("asked") is None


def test_server_that_comes_back_loading_is_waited_for_as_long_as_a_load(make_run, clock):
    source = Script(refused())
    running = paused_run(make_run, clock, source, waits=WaitLimits(60))
    start(running)
    source._default = (replied(503, loading=True),)
    running.probe.host = Host(HostState.LOADING)
    comparison = running.comparison

    def loads() -> bool:
        clock.now += 0.1
        return comparison.snapshot().paused[BIG].why.kind == "loading"

    running.until(lambda: BIG in comparison.snapshot().paused and loads())
    pause = comparison.snapshot().paused[BIG]
    assert pause.until == pause.since + LOADING_S


def test_server_that_is_away_and_loads_by_turns_is_given_up(make_run, clock):
    """As one that a supervisor restarts whenever it fails to load."""
    source = Script()
    prompt = make_session().tasks[0].prompt
    for _ in range(20):
        source.on(prompt, refused())
        source.on(prompt, replied(503, loading=True))
    running = paused_run(make_run, clock, source, host=READY, waits=WaitLimits(5, 50))
    running.comparison.run(of_big(running)[:1])
    finish(running, clock)
    assert running.comparison.missing_cells()[0] == of_big(running)[0]
    assert len(source.requests) <= 5


def test_wait_that_was_stopped_has_its_whole_limit_the_next_time(make_run, clock):
    running = paused_run(make_run, clock, Script(refused()), waits=WaitLimits(60))
    start(running)
    running.comparison.queue.stop(of_big(running)[0])
    running.finish()
    clock.now += 1000
    start(running)
    assert running.comparison.snapshot().paused[BIG].until == 2060
