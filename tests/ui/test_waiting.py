"""What a pane shows while an answer does not come, and what it flags of one that has."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest

from bbtui.domain.answer import Piece, ServerTimings, Warmth
from bbtui.domain.host import Build, GpuReading, Host, HostState
from bbtui.domain.proxy_timeout import ProxyTimeout
from bbtui.ui.messages import host_text
from tests.fakes import BIG, LOCAL, Script, StillProbe, done, known, make_connection, sent, text
from tests.fakes import wait as waits
from tests.fakes.script import cut, read
from tests.ui.driver import WIDE, AppDriver, run_app

NOW = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)


def running(**more: object) -> Host:
    """Return an Ollama with the model in memory."""
    build = Build("Ollama 0.33.0", context_length=8192)
    return Host(HostState.READY, detail="ready", **{"build": build, "loaded": True, **more})  # type: ignore[arg-type]


def on(source: Script, host: Host, **more: object) -> dict[str, object]:
    """Big Brain answers like this from such a host; Local is as always."""
    big = make_connection(BIG, source=source, probe=StillProbe(host))
    return {"connections": [big, make_connection(LOCAL)], **more}


def problem(app: AppDriver) -> str:
    """Return the problem below Big Brain's answer, not wrapped."""
    return app.main.panes[0].problem.plain


async def test_pane_shows_what_it_waits_for(release: threading.Event) -> None:
    silent = Script(known(), waits(release), sent(), text("x"), done())
    async with run_app(**on(silent, running(loaded=False))) as app:
        await app.press("space")
        await app.shows(": loading gemma3")
        # In the first second there is no room for the word: its symbol and the reason are left.
        await app.until(lambda: " ◌ " in app.row(": loading gemma3"))


async def test_pane_counts_down_the_time_limit_of_the_proxy(release: threading.Event) -> None:
    """The limit is far, and shown from the start: no test waits for a minute."""
    silent = Script(known(Warmth.UNKNOWN), waits(release), sent(), text("x"), done())
    proxy_timeout = ProxyTimeout(limit_s=5000, warn_after_s=0)
    async with run_app(**on(silent, running(loaded=False), proxy_timeout=proxy_timeout)) as app:
        await app.press("space")
        await app.shows("the proxy gives up in ")
        assert "ollama run gemma3:27b on the pod" in problem(app)
        # Local is not behind a proxy, and the countdown ends with the answer.
        assert app.text.count("the proxy gives up") == 1
        release.set()
        await app.settle()
        assert "the proxy gives up" not in app.text


async def test_loaded_model_gets_no_advice_to_preload(release: threading.Event) -> None:
    silent = Script(known(), waits(release), sent(), text("x"), done())
    proxy_timeout = ProxyTimeout(limit_s=5000, warn_after_s=0)
    async with run_app(**on(silent, running(), proxy_timeout=proxy_timeout)) as app:
        await app.press("space")
        await app.shows("the proxy gives up in ")
        assert "ollama run" not in problem(app)


async def test_short_wait_shows_no_countdown(release: threading.Event) -> None:
    silent = Script(known(), waits(release), sent(), text("x"), done())
    async with run_app(**on(silent, running())) as app:
        await app.press("space")
        await app.shows(": queue or prefill")
        assert "the proxy" not in app.text


async def test_model_on_the_cpu_is_flagged_before_a_run() -> None:
    host = running(gpu_share=0.0, gpu_there=True)
    async with run_app(**on(Script(), host)) as app:
        await app.until(lambda: "runs on the CPU although a GPU is available" in problem(app))
        assert "ollama stop gemma3:27b" in problem(app)


async def test_context_shorter_than_requested_is_flagged_with_the_answer() -> None:
    host = running(build=Build("Ollama 0.33.0", context_length=4096))
    quick = Script(known(), sent(), text("x"), done())
    async with run_app(**on(quick, host)) as app:
        await app.shows("ctx 4096")
        assert problem(app) == ""
        await app.press("space")
        await app.until(lambda: "runs with a context of 4,096 tokens" in problem(app))


async def test_full_context_is_flagged_with_the_answer() -> None:
    server = ServerTimings(prompt_eval_count=8000, eval_count=192)
    quick = Script(known(), sent(), text("x"), done(server=server))
    async with run_app(**on(quick, running())) as app:
        await app.press("space")
        await app.until(lambda: "the context is full: 8,192 of 8,192 tokens" in problem(app))


async def test_buffer_of_a_proxy_is_flagged_with_the_answer() -> None:
    first = read(*(Piece(f"{number} ") for number in range(30)), after_ms=270)
    rest = read(*(Piece(f"{number} ") for number in range(10)), after_ms=70)
    server = ServerTimings(eval_count=40)
    quick = Script(known(), sent(), first, rest, done(0, server))
    async with run_app(**on(quick, running()), size=WIDE) as app:
        await app.press("space")
        await app.until(lambda: "30 tokens came in the first read: the time" in problem(app))
        assert "and tok/s rests on the 10 after it" in problem(app)
        assert "10 tokens came in each later read: the chunk gaps" in problem(app)
        await app.shows("~142.9 tok/s")


@pytest.mark.parametrize(("count", "shown"), [(115, True), (1024, False)])
async def test_limit_that_is_not_the_configured_one_is_named(count: int, shown: bool) -> None:
    quick = Script(known(), sent(), text("x"), cut(server=ServerTimings(eval_count=count)))
    async with run_app(**on(quick, running()), size=WIDE) as app:
        await app.press("space")
        await app.settle()
        assert ("token limit reached (num_predict 400)" in problem(app)) is shown


async def test_times_of_a_server_that_contradict_this_clock_are_flagged() -> None:
    server = ServerTimings(5_000_000_000, 1_000_000, 38_000_000, eval_ns=300, eval_count=3)
    quick = Script(known(), sent(), text("x"), text("y"), done(server=server))
    async with run_app(**on(quick, running()), size=WIDE) as app:
        await app.press("space")
        await app.until(lambda: "the server's times contradict the client's" in problem(app))
        assert "total 5.0 s" in problem(app)
        assert "prefill 38 ms" not in app.row("warm")


async def test_model_that_was_loaded_again_is_reloaded() -> None:
    server = ServerTimings(load_ns=3_500_000_000)
    reloaded = Script(known(), sent(), text("x", 3700), text("y"), done(server=server))
    async with run_app(**on(reloaded, running()), size=WIDE) as app:
        await app.press("space")
        await app.shows("reloaded (3.5 s inside the first token)")
        assert "load 3.5 s" not in app.text


async def test_reload_is_shown_shorter_in_a_narrow_pane() -> None:
    server = ServerTimings(load_ns=3_500_000_000, prompt_eval_ns=38_000_000)
    reloaded = Script(known(), sent(), text("x", 3700), text("y"), done(server=server))
    async with run_app(**on(reloaded, running()), size=(100, 36)) as app:
        await app.press("space")
        await app.shows("reloaded (3.5 s)")


async def test_host_line_shows_the_local_gpu() -> None:
    card = GpuReading("NVIDIA GeForce RTX 4090", 94, 17_800_000_000, 24_000_000_000, 67, 388.1)
    async with run_app(**on(Script(), running(cards=(card,)))) as app:
        await app.shows("RTX 4090 94 % 17.8/24.0 GB")


@pytest.mark.parametrize(
    ("warmth", "words"),
    [(Warmth.WARM, "warm · prefill 38 ms"), (Warmth.COLD, "cold · load 1.0 s · prefill 38 ms")],
)
async def test_latency_and_host_line_fit_a_wide_screen(warmth: Warmth, words: str) -> None:
    load_ns = 1_000_000_000 if warmth is Warmth.COLD else 1_000_000
    server = ServerTimings(5_002_000_000, load_ns, 38_000_000, eval_ns=3_962_000_000)
    answer = Script(known(warmth), sent(), text("x", 1040), text("y", 3962), done(server=server))
    ends = datetime.now(UTC) + timedelta(minutes=4, seconds=20)
    host = running(gpu_share=1.0, unloads_at=ends)
    async with run_app(**on(answer, host), size=WIDE) as app:
        await app.press("space")
        await app.settle()
        assert words in app.text
        assert "● ready  Ollama 0.33.0  100 % GPU  ctx 8192" in app.text
        assert "unloads in 4 m" in app.text


def test_model_past_its_unload_time_is_busy() -> None:
    """The expiry moves when a request ends: during a long answer it is past."""
    past = running(unloads_at=NOW - timedelta(minutes=3))
    assert host_text(past, stale=False, now=NOW).stays == "busy"
    soon = running(unloads_at=NOW + timedelta(minutes=3))
    assert host_text(soon, stale=False, now=NOW).stays == "unloads in 3 m"


def test_host_with_all_slots_in_use_is_busy() -> None:
    assert "busy" in host_text(running(full=True), stale=False, now=NOW).facts
    assert "busy" not in host_text(running(full=False), stale=False, now=NOW).facts
