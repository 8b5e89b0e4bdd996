"""Repeats: the sides in turn, warm-ups before them, pauses between them, markers before prompts."""

from __future__ import annotations

import threading
from dataclasses import replace

from bbtui.clients.ports import StreamEnded
from bbtui.domain.answer import AnswerState, Cell
from bbtui.domain.observation import NetworkFailure, Observation, Target
from bbtui.domain.prefix_cache import WARMUP_PROMPT, WARMUP_TOKENS
from bbtui.domain.problem import Problem
from bbtui.domain.session import Schedule
from tests.fakes import BIG, LOCAL, Script, make_connection, make_session
from tests.fakes.script import Step, answering, done, fail, known, phase, sent, text, wait

FIRST = Cell("webhook", BIG)


class Clock:
    """Monotonic seconds that pass only when the test advances them."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def scheduled(trials: int = 1, **schedule):
    return replace(make_session(trials=trials), schedule=Schedule(**schedule))


def one_machine(*sources: Script):
    """Connections of `big` and `local`, which share a machine: one request at a time."""
    pairs = zip((BIG, LOCAL), sources, strict=True)
    return [make_connection(name, source=source, machine="one") for name, source in pairs]


def sent_to(source: Script) -> list[str]:
    return [request.prompt for request in source.requests]


def test_sides_take_turns_and_the_order_is_in_the_starting_times(make_run):
    source = answering()
    running = make_run(
        session=make_session(trials=2), connections=one_machine(source, source), order="serial"
    )
    running.comparison.run(running.comparison.session.cells())
    running.finish()
    answers = sorted(running.saved.answers, key=lambda answer: answer.started_at)
    begun = [(answer.cell.trial, answer.cell.endpoint) for answer in answers]
    assert begun == [
        *((1, name) for _ in range(2) for name in (BIG, LOCAL, LOCAL, BIG)),
        *((2, name) for _ in range(2) for name in (LOCAL, BIG, BIG, LOCAL)),
    ]


def test_each_endpoint_is_warmed_up_once_before_its_first_measured_request(make_run):
    big, local = answering(), answering()
    running = make_run(session=scheduled(warmup=2), connections=one_machine(big, local))
    comparison = running.comparison
    comparison.run(comparison.session.cells())
    running.finish()
    prompts = [task.prompt for task in comparison.session.tasks]
    for source in (big, local):
        assert sent_to(source) == [WARMUP_PROMPT, WARMUP_PROMPT, *prompts]
        limits = [request.options.num_predict for request in source.requests]
        assert limits == [WARMUP_TOKENS] * 2 + [1024] * 4
    assert len(running.saved.answers) == 8, "no warm-up is an answer"
    assert running.saved.schedule == Schedule(warmup=2)
    comparison.run([FIRST])
    running.finish()
    assert sent_to(big).count(WARMUP_PROMPT) == 2, "warm ever after"


def test_resumed_session_warms_up_again_and_keeps_its_schedule(make_run):
    before = make_run(session=scheduled(warmup=1))
    before.comparison.run([FIRST])
    before.finish()
    source = answering()
    running = make_run(big=source, session=before.saved, store=before.store)
    running.comparison.run([Cell("evennia", BIG)])
    running.finish()
    assert sent_to(source) == [WARMUP_PROMPT, "Prompt of Evennia architecture."]


def test_warm_up_is_shown_with_its_phase_while_its_answer_waits(make_run):
    release = threading.Event()
    big = answering().on(
        WARMUP_PROMPT, phase("loading gemma3:27b"), wait(release), known(), sent(), done()
    )
    running = make_run(big=big, session=scheduled(warmup=3))
    running.comparison.run([FIRST])
    warm = running.until(
        lambda: (
            (warm := running.comparison.snapshot().warming.get(FIRST)) and warm.live.phase and warm
        )
    )
    assert (warm.number, warm.total, warm.live.phase) == (1, 3, "loading gemma3:27b")
    assert FIRST in running.comparison.snapshot().waiting
    assert running.saved.answers == ()
    release.set()
    running.finish()


def test_stopped_warm_up_sends_nothing_more_and_comes_again_with_the_next_run(make_run):
    release = threading.Event()
    big = answering().on(WARMUP_PROMPT, known(), sent(), wait(release), text("ready"), done())
    running = make_run(big=big, session=scheduled(warmup=1))
    comparison = running.comparison
    comparison.run([FIRST])
    running.until(lambda: big.requests)
    comparison.queue.stop(FIRST)
    running.finish()
    assert sent_to(big) == [WARMUP_PROMPT]
    assert comparison.snapshot().warming == {}
    release.set()
    comparison.run([FIRST])
    running.finish()
    assert sent_to(big) == [WARMUP_PROMPT, WARMUP_PROMPT, "Prompt of Gitea webhook."]


def test_failed_warm_up_leaves_it_to_the_measured_request_to_say_why(make_run):
    big = Script(known(), sent(), fail("model not found"))
    running = make_run(big=big, session=scheduled(warmup=1))
    running.comparison.run([FIRST])
    running.finish()
    assert sent_to(big) == [WARMUP_PROMPT, "Prompt of Gitea webhook."]
    (answer,) = running.saved.answers
    assert (answer.state, answer.problem.cause) == (AnswerState.FAILED, "model not found")


def test_warm_up_that_the_server_does_not_take_pauses_and_is_sent_again(make_run):
    observed = Observation(Target("gpu:8080", "gpu", api="openai"), NetworkFailure.REFUSED)
    gone = Problem("nothing listens at gpu:8080 (connection refused)")
    refused = Step(
        event=lambda at_ns: StreamEnded(at_ns, AnswerState.FAILED, gone, observed=observed)
    )
    big = answering().on(WARMUP_PROMPT, refused).on(WARMUP_PROMPT, known(), sent(), done())
    clock = Clock()
    running = make_run(big=big, session=scheduled(warmup=1), clock=clock)
    running.comparison.run([FIRST])
    running.until(lambda: BIG in running.comparison.snapshot().paused)
    assert running.saved.answers == ()

    def over() -> bool:
        clock.now += 0.5
        return not running.comparison.busy

    running.until(over)
    assert sent_to(big) == [WARMUP_PROMPT, WARMUP_PROMPT, "Prompt of Gitea webhook."]


def test_side_in_step_with_another_is_not_measured_beside_its_warm_up(make_run):
    release = threading.Event()
    slow = answering().on(WARMUP_PROMPT, known(), sent(), wait(release), done())
    quick = answering()
    running = make_run(
        session=scheduled(warmup=1), connections=one_machine(slow, quick), order="parallel"
    )
    running.comparison.run([FIRST, Cell("webhook", LOCAL)])
    running.until(lambda: list(running.comparison.snapshot().warming) == [FIRST])
    assert sent_to(quick) == [WARMUP_PROMPT]
    release.set()
    running.finish()
    assert sent_to(slow) == sent_to(quick) == [WARMUP_PROMPT, "Prompt of Gitea webhook."]


def test_program_that_ends_in_a_warm_up_saves_nothing_of_it(make_run):
    big = Script(known(), sent(), wait(threading.Event()), done())
    running = make_run(big=big, session=scheduled(warmup=1))
    running.comparison.run([FIRST])
    running.until(lambda: big.requests)
    running.comparison.close()
    assert running.saved.answers == ()


def test_machine_cools_down_between_two_requests(make_run):
    clock = Clock()
    source = answering()
    running = make_run(
        session=scheduled(cooldown_s=5), connections=one_machine(source, source), clock=clock
    )
    comparison = running.comparison
    second = Cell("webhook", LOCAL)
    comparison.run([FIRST, second])
    running.until(lambda: comparison.session.latest(FIRST))
    running.comparison.tick()
    assert comparison.snapshot().cooling == {second: 1005.0}
    clock.now = 1004.9
    comparison.tick()
    assert len(source.requests) == 1
    clock.now = 1005.0
    running.finish()
    assert len(source.requests) == 2
    assert comparison.snapshot().cooling == {}


def test_machines_of_their_own_cool_down_apart(make_run):
    clock, release = Clock(), threading.Event()
    big = Script(known(), sent(), wait(release), done())
    running = make_run(big=big, session=scheduled(cooldown_s=5), clock=clock)
    comparison = running.comparison
    comparison.run(comparison.session.cells())
    running.until(lambda: comparison.snapshot().cooling)
    assert comparison.snapshot().cooling == {Cell("evennia", LOCAL): 1005.0}
    clock.now = 1005.0
    running.until(lambda: Cell("evennia", LOCAL) not in comparison.queue.waiting)
    release.set()
    comparison.stop_all()


def test_warm_up_is_followed_by_a_pause_too(make_run):
    clock, source = Clock(), answering()
    running = make_run(big=source, session=scheduled(warmup=1, cooldown_s=5), clock=clock)
    running.comparison.run([FIRST])
    running.until(lambda: running.comparison.snapshot().cooling)
    assert sent_to(source) == [WARMUP_PROMPT]
    clock.now += 5
    running.finish()
    assert len(source.requests) == 2


def test_answer_that_waits_for_a_machine_to_cool_down_can_be_stopped(make_run):
    clock = Clock()
    running = make_run(session=scheduled(cooldown_s=3600), clock=clock)
    comparison = running.comparison
    later = Cell("evennia", BIG)
    comparison.run([FIRST, later])
    running.until(lambda: later in comparison.snapshot().cooling)
    comparison.queue.stop(later)
    running.until(lambda: not comparison.busy)
    assert [answer.cell for answer in running.saved.answers] == [FIRST]


def test_sides_in_step_cool_down_together(make_run):
    clock, release = Clock(), threading.Event()
    slow = Script(known(), sent(), wait(release), done())
    running = make_run(
        session=scheduled(cooldown_s=5),
        connections=one_machine(slow, answering()),
        order="parallel",
        clock=clock,
    )
    comparison = running.comparison
    comparison.run(comparison.session.cells())
    running.until(lambda: comparison.session.latest(Cell("webhook", LOCAL)))
    clock.now = 1004.0
    release.set()
    running.until(lambda: comparison.session.latest(FIRST))
    comparison.tick()
    assert set(comparison.snapshot().cooling.values()) == {1009.0}
    clock.now = 1008.0
    comparison.tick()
    assert not comparison.snapshot().live
    comparison.stop_all()


def test_marker_before_each_prompt_is_saved_with_its_answer(make_run):
    source = answering()
    running = make_run(big=source, session=scheduled(trials=3, cache_bust=True))
    cells = [Cell("webhook", BIG, trial) for trial in (1, 2, 3)]
    running.comparison.run(cells)
    running.finish()
    running.comparison.run(cells[:1])
    running.finish()
    markers = [answer.marker for answer in running.saved.answers]
    assert len(set(markers)) == 4, "another one for each answer, also for one run again"
    prompt = "Prompt of Gitea webhook."
    assert sorted(sent_to(source)) == sorted(marker + prompt for marker in markers)


def test_prompt_without_cache_bust_is_sent_unchanged(make_run):
    source = answering()
    running = make_run(big=source)
    running.comparison.run([FIRST])
    running.finish()
    assert sent_to(source) == ["Prompt of Gitea webhook."]
    assert running.saved.answers[0].marker == ""
