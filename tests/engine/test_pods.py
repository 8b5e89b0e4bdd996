"""Looking at pods: how often, what is made of it, what was asked meanwhile, what it cost."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from bbtui.clients.pod_binding import PodBinding
from bbtui.clients.pod_provider import make_pod_control
from bbtui.clients.ports import PodControl
from bbtui.clients.price_cache import PriceCache
from bbtui.config.settings import PodSettings
from bbtui.domain.cost import PodUse
from bbtui.domain.pod import Pod, PodAction
from bbtui.engine.pod_monitor import PodMonitor, PodSighting
from bbtui.engine.pods import Pods
from tests.fakes import BIG, LOCAL, make_connection
from tests.fakes.pods import RUNNING, STOPPED, StillControl
from tests.fakes.runpod import KEY, FakeRunPod
from tests.fakes.runpod_troubles import BROKEN, NO_GPU, limited
from tests.waiting import wait_until

POD, OTHER = "abc123", "def456"


@pytest.fixture
def cloud() -> Iterator[FakeRunPod]:
    with FakeRunPod() as cloud:
        yield cloud


def account_of(cloud: FakeRunPod, *ids: str) -> PodMonitor:
    settings = PodSettings("runpod", "", "env:KEY", cloud.url)
    control = make_pod_control(settings, {"KEY": KEY}, PriceCache(), clock=cloud.now)
    account = PodMonitor(lambda: control, cloud.now, lambda: None)
    for pod_id in ids:
        account.add(pod_id)
    return account


def acted(account: PodMonitor, action: PodAction) -> PodSighting:
    assert account.act(POD, action)
    wait_until(lambda: account.sighting(POD).acting is None)
    return account.sighting(POD)


def test_how_often(cloud: FakeRunPod) -> None:
    cloud.add(POD)
    account = account_of(cloud, POD)
    assert account.look() == 30, "stopped"
    acted(account, PodAction.START)
    assert account.look() == 3, "changing"
    cloud.advance(60)
    assert account.look() == 10, "steady"
    account.focused = False
    assert account.look() == 30, "nobody looks"
    account.focused = True
    cloud.remaining = 9
    assert account.look() == 20, "little is left"


def test_a_wait_that_is_asked_for_is_kept(cloud: FakeRunPod) -> None:
    cloud.add(POD, running=True)
    account = account_of(cloud, POD)
    account.look()
    cloud.next(limited(45))
    assert account.look() == 45
    seen = account.sighting(POD)
    assert seen.failure is not None
    assert seen.failure.trouble == "limited"
    assert seen.pod is not None, "what was known stays known"
    asked = len(cloud.requests)
    cloud.advance(44)
    assert account.look() >= 1
    assert len(cloud.requests) == asked, "nothing is sent before"
    cloud.advance(1)
    account.look()
    assert account.sighting(POD).failure is None


def test_several_pods_are_one_request(cloud: FakeRunPod) -> None:
    cloud.add(POD, running=True)
    cloud.add(OTHER)
    account = account_of(cloud, POD, OTHER, "nowhere")
    assert account.look() == 10
    assert len(cloud.requests) == 1
    assert account.sighting(POD).billing
    assert not account.sighting(OTHER).billing
    assert account.sighting("nowhere").gone


def test_a_pod_that_goes_and_comes_back(cloud: FakeRunPod) -> None:
    cloud.add(POD, running=True)
    account = account_of(cloud, POD)
    account.look()
    cloud.remove(POD)
    account.look()
    assert account.sighting(POD).gone
    cloud.add(POD)
    account.look()
    assert not account.sighting(POD).gone


def test_old_news_is_marked(cloud: FakeRunPod) -> None:
    cloud.add(POD, running=True)
    account = account_of(cloud, POD)
    account.look()
    cloud.next(BROKEN)
    cloud.advance(20)
    account.look()
    assert not account.sighting(POD).stale(cloud.now())
    cloud.advance(11)
    assert account.sighting(POD).stale(cloud.now())


def test_a_failed_start_is_told_until_the_next(cloud: FakeRunPod) -> None:
    cloud.add(POD)
    account = account_of(cloud, POD)
    cloud.next(NO_GPU)
    seen = acted(account, PodAction.START)
    assert seen.refused is not None
    assert "not enough free GPUs" in seen.refused.message
    account.look()
    assert account.sighting(POD).refused is seen.refused
    assert acted(account, PodAction.START).refused is None
    assert cloud.actions == ["start", "start"]


def test_a_start_of_a_running_pod_is_done(cloud: FakeRunPod) -> None:
    cloud.add(POD, running=True)
    account = account_of(cloud, POD)
    seen = acted(account, PodAction.START)
    assert (seen.refused, seen.aim) == (None, None)
    assert seen.pod is not None
    assert seen.pod.running


def test_a_pod_that_fails_on_its_way(cloud: FakeRunPod) -> None:
    cloud.add(POD, fails=True)
    account = account_of(cloud, POD)
    assert acted(account, PodAction.START).aim is PodAction.START
    cloud.advance(60)
    account.look()
    seen = account.sighting(POD)
    assert seen.aim is None
    assert seen.refused is not None
    assert seen.refused.message == "the pod was started, and is in error after 1 min"


def test_a_pod_that_falls_back(cloud: FakeRunPod) -> None:
    pod = cloud.add(POD)
    account = account_of(cloud, POD)
    acted(account, PodAction.START)
    assert account.sighting(POD).aim is PodAction.START
    pod.status = "EXITED"
    cloud.advance(3)
    account.look()
    fallen = account.sighting(POD)
    assert fallen.refused is not None, "it had begun, and is stopped"
    assert "is stopped" in fallen.refused.message


def test_a_look_begun_before_an_action_says_nothing_after_it() -> None:
    begun, go_on = threading.Event(), threading.Event()

    class Slow:
        quotas = ()

        def pods(self) -> tuple[object, ...]:
            raise AssertionError

        def pod(self, pod_id: str) -> object:
            begun.set()
            assert go_on.wait(30)
            return STOPPED

        def perform(self, pod_id: str, action: PodAction) -> object:
            return RUNNING

    account = PodMonitor(Slow, lambda: 0.0, lambda: None)  # type: ignore[arg-type]
    account.add(POD)
    looking = threading.Thread(target=account.look)
    looking.start()
    assert begun.wait(30)
    acted(account, PodAction.START)
    go_on.set()
    looking.join(30)
    assert account.sighting(POD).pod == RUNNING


class Breaking:
    """A control with a mistake in it."""

    quotas = ()

    def pods(self) -> tuple[object, ...]:
        raise KeyError("pods")

    def pod(self, pod_id: str) -> object:
        raise KeyError("pod")

    def perform(self, pod_id: str, action: PodAction) -> object:
        raise KeyError("action")


def test_an_action_that_breaks_is_over_and_says_why() -> None:
    account = PodMonitor(Breaking, lambda: 0.0, lambda: None)  # type: ignore[arg-type]
    account.add(POD)
    refused = acted(account, PodAction.STOP).refused
    assert refused is not None
    assert refused.message == "bbtui failed while it asked for the stop: KeyError('action')"
    assert refused.fix.startswith("a bug in bbtui (engine/pod_monitor.py:")
    assert account.act(POD, PodAction.STOP), "it can be asked for again"
    wait_until(lambda: account.sighting(POD).acting is None)


def test_a_look_that_breaks_is_told_and_the_next_one_made() -> None:
    controls: list[object] = [Breaking(), StillControl(RUNNING)]
    account = PodMonitor(lambda: controls[0], lambda: 0.0, lambda: None)  # type: ignore[arg-type,return-value]
    account.add(POD)
    account.start()
    failure = wait_until(lambda: account.sighting(POD).failure)
    assert failure.message == "bbtui failed while it looked at its pods: KeyError('pod')"
    assert "please report it" in failure.fix
    del controls[0]
    account.look_soon()
    wait_until(lambda: account.sighting(POD).pod == RUNNING)
    assert account.sighting(POD).failure is None
    account.close()


def test_a_start_under_way_is_one_that_will_be_paid_for() -> None:
    asked, go_on = threading.Event(), threading.Event()

    class Slow(StillControl):
        def perform(self, pod_id: str, action: PodAction) -> Pod:
            asked.set()
            assert go_on.wait(30)
            return STOPPED

    control = Slow(STOPPED)
    pods = Pods([replace(make_connection(BIG), pod=PodBinding(POD, "one", lambda: control))])
    assert pods.billing() == (BIG,), "it was never seen"
    pods._accounts["one"].look()
    assert pods.billing() == ()
    pods.act(BIG, PodAction.START)
    assert asked.wait(30)
    assert pods.billing() == (BIG,), "its request is on the way"
    go_on.set()
    wait_until(lambda: pods.sighting(BIG).acting is None)
    assert pods.billing() == (BIG,), "it was accepted, and the pod is late to say so"


def test_a_pod_that_cannot_be_seen_may_be_paid_for(cloud: FakeRunPod) -> None:
    cloud.add(POD)
    on_pod = replace(make_connection(BIG), pod=PodBinding(POD, "one", _control(cloud)))
    here = replace(make_connection(LOCAL), pod=PodBinding(POD, "one", _control(cloud), here=True))
    pods = Pods([on_pod, here], clock=cloud.now)
    pods._accounts["one"].look()
    cloud.next(limited(12))
    pods._accounts["one"].look()
    assert pods.billing() == (), "it only wants some quiet"
    cloud.advance(12)
    cloud.next(BROKEN)
    pods._accounts["one"].look()
    assert pods.billing() == (BIG,)
    pods.forget(BIG)
    assert pods.billing() == (), "one ends with the pod one is on"


def test_what_was_paid_for(cloud: FakeRunPod) -> None:
    cloud.add(POD, running=True)
    rented = PodBinding(POD, "one", _control(cloud))
    on_pod = replace(make_connection(BIG), pod=rented)
    column = replace(make_connection("other"), pod=rented)
    pods = Pods([on_pod, column, make_connection(LOCAL)], lambda _: 600.0, cloud.now)
    assert pods.use(BIG) is None, "nothing is known yet"
    account = pods._accounts["one"]
    account.look()
    cloud.advance(1200)
    assert pods.paid_s(BIG) == 1800
    account.look()
    assert pods.use(BIG) == PodUse("NVIDIA L40S", 0.79, 1800)
    assert pods.use("other") == PodUse("NVIDIA L40S", 0.79, 1800, same_as=BIG)
    assert pods.billing() == (BIG,), "one pod is one bill"
    assert pods.same("other") == (BIG, "other")
    acted(account, PodAction.STOP)
    cloud.advance(1200)
    account.look()
    assert pods.paid_s(BIG) == 1800, "stopped costs nothing more"
    assert pods.billing() == ()
    assert pods.use(BIG) == PodUse("NVIDIA L40S", 0.79, 1800)


def test_two_accounts_are_looked_at_apart(cloud: FakeRunPod) -> None:
    cloud.add(POD, running=True)
    one = replace(make_connection(BIG), pod=PodBinding(POD, "one", _control(cloud)))
    two = replace(make_connection(LOCAL), pod=PodBinding(POD, "two", _control(cloud)))
    pods = Pods([one, two], clock=cloud.now)
    news = threading.Event()
    pods.start(news.set)
    wait_until(lambda: pods.looked)
    pods.close()
    assert news.is_set()
    assert pods.sighting(BIG).pod == pods.sighting(LOCAL).pod
    assert len(cloud.requests) == 2


def _control(cloud: FakeRunPod) -> Callable[[], PodControl]:
    settings = PodSettings("runpod", "", "env:KEY", cloud.url)
    control = make_pod_control(settings, {"KEY": KEY}, PriceCache(), clock=cloud.now)
    return lambda: control
