"""Starting and stopping a pod, and what its pane shows meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from bbtui.domain.pod import PodAction
from bbtui.domain.session import SessionInfo
from bbtui.report.markdown import render_markdown
from tests.fakes import LOCAL, MORNING, make_connection, make_endpoint, make_session
from tests.fakes.checks import check_here
from tests.fakes.proxy import CHAT, POD_ID
from tests.fakes.runpod import KEY
from tests.fakes.runpod_failures import DONE_BUT_BROKEN, NO_GPU, limited
from tests.ui.driver import AppDriver, run_app
from tests.ui.pods import FakePod, check_hosts_often, fake_pod


@pytest.fixture
def rent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakePod]:
    check_hosts_often(monkeypatch)
    with fake_pod(tmp_path, monkeypatch) as rent:
        rent.off()
        yield rent


def on_pod(rent: FakePod) -> dict[str, object]:
    return {"connections": [rent.connection(), make_connection(LOCAL)]}


async def shows(app: AppDriver, words: str) -> None:
    """Wait for words on the screen, looking at the pod all the while."""

    def seen() -> bool:
        app.comparison.hosts.pods.check_soon()
        app.main.refresh_now()
        return words in app.text

    try:
        await app.until(seen)
    except AssertionError:
        raise AssertionError(f"{words!r} is not on the screen:\n{app.text}") from None


async def test_pod_is_started_used_and_stopped(rent: FakePod) -> None:
    async with run_app(**on_pod(rent), pod_clock=rent.cloud.now) as app:
        await shows(app, "○ pod is stopped · s starts it")
        assert "L40S  price unknown until it runs" in app.text
        assert app.text.count("pod is stopped · s starts it") == 2, "the empty pane says it too"
        assert app.text.count("price unknown until it runs") == 2
        assert rent.proxy.requests == [], "a pod that is stopped is not asked"
        await app.press("s")
        await app.shows("Big Brain's pod: ollama-box")
        assert "y start the pod (price unknown until it runs)   esc cancel" in app.text
        rent.cloud.next(NO_GPU)
        await app.press("y")
        await shows(app, "RunPod did not start the pod (HTTP 400)")
        assert "not enough free GPUs" in app.text
        assert rent.cloud.actions == ["start"], "it is asked once and never again by itself"

        assert "url change)" in app.text, "the fix, to its end"
        await app.press("s")
        await app.shows("a stopped pod starts only on its own machine: if no GPU is free there")
        assert "RunPod did not start the pod (HTTP 400); message:" in app.text
        await app.press("y")
        await shows(app, "◔ provisioning 0 s  L40S  $0.79/h")
        assert app.text.count("pending prompts run when it is ready") == 2
        assert app.text.count("space run ·") == 1, "of Local's pane"
        rent.cloud.advance(20)
        await shows(app, "◔ starting ")
        rent.boots()
        rent.cloud.advance(25)
        await shows(app, "◐ booting ")
        rent.serves(there=False)
        await shows(app, "have the model gemma3:27b")
        assert "m pulls it" in app.text
        assert not rent.proxy.requests_to(CHAT)

        await app.press("m")
        await app.shows("not on this server · enter pulls it")
        await app.press("enter")
        await app.shows("pull gemma3:27b to Big Brain? 16.0 GB")
        rent.serves()
        await app.press("y")
        await app.shows("pulling gemma3:27b: done")
        await app.press("m")
        await shows(app, "● ready  L40S  $0.79/h  up ")
        await app.until(lambda: len(app.session.answers) == 4)
        await app.settle()
        assert {answer.cell.endpoint for answer in app.session.answers} == {"big-brain"}
        assert {answer.text for answer in app.session.answers} == {"All is well."}
        await shows(app, "this answer <$0.0001 · session ")

        await app.press("s")
        await app.shows("$0.79/h · up ")
        assert "models outside a persistent volume" in app.text
        await app.press("x")
        await shows(app, "○ pod is stopped · s starts it")
        assert "L40S  $0.79/h when it last ran" in app.text
        assert rent.cloud.actions == ["start", "start", "stop"]
    report = render_markdown(app.store.sessions[0], now=MORNING, run_check=check_here)
    assert "operational" in report
    assert "not operational" not in report
    assert "NVIDIA L40S, \\$0.79/h" in report
    for secret in (KEY, POD_ID, "hf_SECRETINTHEENVIRONMENT"):
        assert secret not in report
        assert secret not in repr(app.store.sessions)


async def test_uptime_advances_between_checks(
    rent: FakePod, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with run_app(**on_pod(rent)) as app:
        await shows(app, "○ pod is stopped")
        await app.press("s", "y")
        await shows(app, "◔ provisioning")
        pods = app.comparison.hosts.pods
        pods.close()
        began = pods.last_check("big-brain").since
        for passed in (7, 8, 75):
            monkeypatch.setattr(pods, "_clock", lambda passed=passed: began + passed)
            await app.shows(f"◔ provisioning {passed} s" if passed < 60 else "◔ provisioning 1 min")


async def test_run_can_start_the_pod_first(rent: FakePod) -> None:
    async with run_app(**on_pod(rent)) as app:
        await shows(app, "○ pod is stopped")
        await app.press("space")
        await app.shows("Big Brain: the pod is stopped")
        row = app.row("s start the pod (price unknown until it runs), then run")
        assert "o run the other endpoint only" in row
        await app.press("s")
        await app.until(lambda: [one.cell.endpoint for one in app.session.answers] == [LOCAL])
        await shows(app, "◔ provisioning")
        rent.serves()
        rent.cloud.advance(60)
        await shows(app, "● ready")
        await app.until(lambda: len(app.session.answers) == 2)
        await app.settle()
        assert {one.cell.task for one in app.session.answers} == {"webhook"}, "only this task"


async def test_several_answers_on_a_paid_pod_are_estimated_when_they_run(rent: FakePod) -> None:
    rent.cloud.add(POD_ID, running=True)
    rent.serves()
    async with run_app(**on_pod(rent), size=(200, 36)) as app:
        await app.until(lambda: app.comparison.snapshot().hosts_ready)
        await shows(app, "$0.79/h")
        await app.press("a")
        await app.shows("4 answers on Big Brain at $0.79/h: no answer yet to estimate")
        await app.settle()
        expected = app.comparison.snapshot().paid_estimates(app.session.cells())
        texts = [one.text(app.main.naming.label(name)) for name, one in expected.items()]
        assert texts == ["4 answers on Big Brain: about 0 s, <$0.0001"]


async def test_running_the_other_endpoint_keeps_the_cause_for_the_report(rent: FakePod) -> None:
    async with run_app(**on_pod(rent)) as app:
        await shows(app, "○ pod is stopped")
        await app.press("a")
        await app.shows("o run the other endpoint only")
        await app.press("o")
        await app.until(lambda: len(app.session.answers) == 4)
        await app.settle()
        assert rent.cloud.actions == []
    report = render_markdown(app.store.sessions[0], now=MORNING, run_check=check_here)
    assert "**UNAVAILABLE** — the pod is stopped" in report
    assert "bbtui pods start big-brain" in report


async def test_run_anyway_waits_for_the_pod_and_names_the_cause(rent: FakePod) -> None:
    async with run_app(**on_pod(rent)) as app:
        await shows(app, "○ pod is stopped")
        await app.press("space")
        await app.shows("r run anyway")
        await app.press("r")
        await app.shows("esc stops the wait")
        assert "start it: bbtui pods start big-brain" in app.text
        await app.press("escape")
        await app.settle()
        assert [one.cell.endpoint for one in app.session.answers] == [LOCAL]
    report = render_markdown(app.store.sessions[0], now=MORNING, run_check=check_here)
    assert "**UNAVAILABLE** — the pod is stopped" in report


async def test_start_that_succeeded_despite_an_error_is_noticed(rent: FakePod) -> None:
    async with run_app(**on_pod(rent)) as app:
        await shows(app, "○ pod is stopped")
        rent.cloud.next(DONE_BUT_BROKEN)
        await app.press("s", "y")
        await shows(app, "◔ provisioning")
        assert rent.cloud.actions == ["start"]


async def running(rent: FakePod, **more: object) -> None:
    rent.cloud.remove(POD_ID)
    rent.cloud.add(POD_ID, running=True, **more)  # type: ignore[arg-type]
    rent.serves()


@pytest.mark.parametrize("key", ["q", "ctrl+q", "ctrl+c"])
async def test_quitting_with_a_billing_pod_needs_confirmation(rent: FakePod, key: str) -> None:
    await running(rent)
    async with run_app(**on_pod(rent)) as app:
        await shows(app, "● ready  L40S  $0.79/h  up 1 h 0  GPU 71 %")
        await app.press(key)
        await app.shows("Big Brain's pod is running and billing: $0.79/h, up 1 h 0 min")
        assert "$0.79 so far" in app.text
        await app.press("escape")
        assert app.app.is_running
        await app.press("q", "l")
        await app.until(lambda: not app.app.is_running)
    assert rent.cloud.actions == []


async def test_quitting_can_stop_the_pod(rent: FakePod) -> None:
    await running(rent)
    async with run_app(**on_pod(rent)) as app:
        await shows(app, "● ready  L40S")
        rent.cloud.next(replace(limited(12), only="POST"))
        await app.press("q", "x")
        await app.until(lambda: app.top is app.main)
        await app.shows("too many requests")
        assert app.app.is_running, "it is still paid for: one stays"
        rent.cloud.advance(13)
        await app.press("q", "x")
        await app.until(lambda: not app.app.is_running)
    assert rent.cloud.actions[-1] == "stop"
    assert rent.cloud.status(POD_ID) == "EXITED"


async def test_opening_another_session_with_a_billing_pod_needs_confirmation(
    rent: FakePod,
) -> None:
    other = make_session(number=7, endpoints=[make_endpoint(LOCAL)])
    other = replace(other, id="other", about=SessionInfo(title="An older one"))
    async with run_app(**on_pod(rent), others=[other]) as app:
        await shows(app, "○ pod is stopped")
        await app.press("s", "y")
        await shows(app, "◔ provisioning")
        await app.press("o", "enter")
        await app.shows("Big Brain's pod is provisioning and billing: $0.79/h")
        await app.press("escape")
        assert "An older one" not in app.text
        await app.press("o", "enter", "x")
        await app.shows("#7 · An older one")
    assert rent.cloud.actions == ["start", "stop"]


async def test_another_session_may_be_opened_while_a_pod_is_left_running(rent: FakePod) -> None:
    await running(rent)
    other = replace(make_session(number=7), id="other", about=SessionInfo(title="An older one"))
    async with run_app(**on_pod(rent), others=[other]) as app:
        await shows(app, "● ready  L40S")
        await app.press("o", "enter")
        await app.shows("x stop the pod and open the other session")
        await app.press("l")
        await app.shows("#7 · An older one")
    assert rent.cloud.actions == []


async def test_quitting_while_a_pod_starts_needs_confirmation(rent: FakePod) -> None:
    rent.cloud.remove(POD_ID)
    late = {"status": "EXITED", "actions": ["start"], "cost": 0.0}
    pod = rent.cloud.add(POD_ID, more=late)
    async with run_app(**on_pod(rent)) as app:
        await shows(app, "○ pod is stopped")
        await app.press("s", "y")
        await shows(app, "start accepted")
        await app.press("q")
        await app.shows("Big Brain's pod is starting and will be billed: price unknown")
        assert "x stop the pod" not in app.text
        assert "It cannot be stopped while it starts" in app.text
        await app.press("escape")
        pod.more.clear()
        await shows(app, "◔ provisioning")
        await app.press("q")
        await app.shows("Big Brain's pod is provisioning and billing: $0.79/h")
        await app.press("x")
        await app.until(lambda: not app.app.is_running)
    assert rent.cloud.actions == ["start", "stop"]


async def test_quitting_with_an_unknown_pod_needs_confirmation(rent: FakePod) -> None:
    await running(rent)
    rent.environ.clear()
    async with run_app(**on_pod(rent)) as app:
        await shows(app, "● ready")
        await app.press("q")
        await app.shows("cannot tell whether Big Brain's pod is still billing")
        assert "pod state unknown: the environment variable RUNPOD_API_KEY" in app.text
        await app.press("escape")
        assert app.app.is_running
        await app.press("q", "l")
        await app.until(lambda: not app.app.is_running)


async def test_quitting_with_an_unreachable_pod_needs_confirmation(rent: FakePod) -> None:
    async with run_app(**on_pod(rent)) as app:
        await shows(app, "○ pod is stopped")
        rent.cloud.key = "another"
        app.comparison.hosts.pods.check_soon()
        await app.until(lambda: app.comparison.hosts.pods.last_check("big-brain").check_error)
        await app.press("q")
        await app.shows("is still billing (last seen stopped)")
        assert "pod state unknown: " in app.text
        assert "x stop the pod" not in app.text
        await app.press("l")
        await app.until(lambda: not app.app.is_running)


async def test_quitting_on_the_pod_itself_needs_no_confirmation(rent: FakePod) -> None:
    await running(rent)
    rent.environ["RUNPOD_POD_ID"] = POD_ID
    async with run_app(**on_pod(rent)) as app:
        await shows(app, "● ready  L40S")
        await app.press("s")
        await app.shows("bbtui runs on this pod and will stop with it.")
        await app.press("escape", "q")
        await app.until(lambda: not app.app.is_running)


async def test_price_of_zero_is_unknown(rent: FakePod) -> None:
    await running(rent, price=0.0)
    async with run_app(**on_pod(rent)) as app:
        await shows(app, "● ready  L40S  price unknown")
        await app.press("s")
        await app.shows("unknown so far")
        assert "$0" not in app.text


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"locked": True}, "is locked: it cannot be stopped"),
        ({"cluster": "c1"}, "is part of a cluster and cannot be stopped by itself"),
    ],
)
async def test_blocked_action_is_explained(
    rent: FakePod, more: dict[str, object], words: str
) -> None:
    await running(rent, **more)
    async with run_app(**on_pod(rent)) as app:
        await shows(app, "● ready  L40S  $0.79/h")
        await app.press("s")
        await app.shows(words)
        assert "x stop the pod" not in app.text
        await app.press("x", "y", "escape")
    assert rent.cloud.actions == []


async def test_removed_pod_is_shown_as_gone(rent: FakePod) -> None:
    rent.cloud.remove(POD_ID)
    async with run_app(**on_pod(rent)) as app:
        await shows(app, "✗ the pod is gone: its provider no longer has")
        await app.press("s")
        notes = app.app._notifications
        await app.until(lambda: any("correct id and url" in note.message for note in notes))


async def test_endpoint_works_without_the_provider_key(rent: FakePod) -> None:
    await running(rent)
    rent.environ.clear()
    async with run_app(**on_pod(rent)) as app:
        await shows(app, "● ready")
        await app.shows("pod state unknown: the environment variable")
        assert "RUNPOD_API_KEY" in app.text
        await app.press("s")
        await app.shows("the environment variable RUNPOD_API_KEY")
        await app.run_all()
        assert len(app.session.answers) == 8
    assert rent.cloud.requests == []


async def test_pod_cannot_be_removed() -> None:
    assert {str(action) for action in PodAction} == {"start", "stop"}
