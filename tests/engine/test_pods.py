"""Monitoring of pods: check periods, states, actions, paid time."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import pytest

from bbtui.clients.factory import make_pod_control
from bbtui.clients.ports import PodBinding, PodControl
from bbtui.clients.runpod.client import PriceCache
from bbtui.config.settings import PodSettings
from bbtui.domain.cost import PodUse
from bbtui.domain.pod import Pod, PodAction
from bbtui.engine.hosts import Hosts
from bbtui.engine.pod_check import PodCheck
from bbtui.engine.pod_monitor import PodMonitor
from bbtui.engine.pods import Pods
from tests.fakes import BIG, LOCAL, make_connection
from tests.fakes.pods import RUNNING, STOPPED, StillControl
from tests.fakes.runpod import KEY, FakeRunPod
from tests.fakes.runpod_failures import BROKEN, NO_GPU, limited
from tests.waiting import wait_until

POD, OTHER = "abc123", "def456"


@pytest.fixture
def cloud() -> Iterator[FakeRunPod]:
    with FakeRunPod() as cloud:
        yield cloud


def may_bill(hosts: Hosts, name: str) -> bool:
    pod = hosts.snapshot({})[name].pod
    return pod is not None and pod.may_bill


def monitor_of(cloud: FakeRunPod, *ids: str) -> PodMonitor:
    settings = PodSettings("runpod", "", "env:KEY", cloud.url)
    control = make_pod_control(settings, {"KEY": KEY}, PriceCache(), clock=cloud.now)
    monitor = PodMonitor(lambda: control, cloud.now, lambda: None)
    for pod_id in ids:
        monitor.add(pod_id)
    return monitor


def acted(monitor: PodMonitor, action: PodAction) -> PodCheck:
    assert monitor.act(POD, action)
    wait_until(lambda: monitor.last_check(POD).requested is None)
    return monitor.last_check(POD)


def test_check_period_follows_pod_focus_and_quota(cloud: FakeRunPod) -> None:
    cloud.add(POD)
    monitor = monitor_of(cloud, POD)
    assert monitor.check() == 30, "stopped"
    acted(monitor, PodAction.START)
    assert monitor.check() == 3, "changing"
    cloud.advance(60)
    assert monitor.check() == 10, "steady"
    monitor.focused = False
    assert monitor.check() == 30, "window in the background"
    monitor.focused = True
    cloud.remaining = 9
    assert monitor.check() == 20, "little quota left"


def test_retry_after_is_respected(cloud: FakeRunPod) -> None:
    cloud.add(POD, running=True)
    monitor = monitor_of(cloud, POD)
    monitor.check()
    cloud.next(limited(45))
    assert monitor.check() == 45
    seen = monitor.last_check(POD)
    assert seen.check_error is not None
    assert seen.check_error.kind == "limited"
    assert seen.pod is not None, "the last known state is kept"
    asked = len(cloud.requests)
    cloud.advance(44)
    assert monitor.check() >= 1
    assert len(cloud.requests) == asked, "nothing is sent before"
    cloud.advance(1)
    monitor.check()
    assert monitor.last_check(POD).check_error is None


def test_several_pods_are_checked_with_one_request(cloud: FakeRunPod) -> None:
    cloud.add(POD, running=True)
    cloud.add(OTHER)
    monitor = monitor_of(cloud, POD, OTHER, "nowhere")
    assert monitor.check() == 10
    assert len(cloud.requests) == 1
    assert monitor.last_check(POD).billing
    assert not monitor.last_check(OTHER).billing
    assert monitor.last_check("nowhere").gone


def test_deleted_pod_is_gone_until_it_is_listed_again(cloud: FakeRunPod) -> None:
    cloud.add(POD, running=True)
    monitor = monitor_of(cloud, POD)
    monitor.check()
    cloud.remove(POD)
    monitor.check()
    assert monitor.last_check(POD).gone
    cloud.add(POD)
    monitor.check()
    assert not monitor.last_check(POD).gone


def test_check_is_stale_after_three_periods(cloud: FakeRunPod) -> None:
    cloud.add(POD, running=True)
    monitor = monitor_of(cloud, POD)
    monitor.check()
    cloud.next(BROKEN)
    cloud.advance(20)
    monitor.check()
    assert not monitor.last_check(POD).stale(cloud.now())
    cloud.advance(11)
    assert monitor.last_check(POD).stale(cloud.now())


def test_error_of_a_start_is_kept_until_the_next_action(cloud: FakeRunPod) -> None:
    cloud.add(POD)
    monitor = monitor_of(cloud, POD)
    cloud.next(NO_GPU)
    seen = acted(monitor, PodAction.START)
    assert seen.action_error is not None
    assert "not enough free GPUs" in seen.action_error.message
    monitor.check()
    assert monitor.last_check(POD).action_error is seen.action_error
    assert acted(monitor, PodAction.START).action_error is None
    assert cloud.actions == ["start", "start"]


def test_start_of_a_running_pod_is_done_at_once(cloud: FakeRunPod) -> None:
    cloud.add(POD, running=True)
    monitor = monitor_of(cloud, POD)
    seen = acted(monitor, PodAction.START)
    assert (seen.action_error, seen.accepted) == (None, None)
    assert seen.pod is not None
    assert seen.pod.running


def test_pod_that_fails_while_starting_is_reported(cloud: FakeRunPod) -> None:
    cloud.add(POD, fails=True)
    monitor = monitor_of(cloud, POD)
    assert acted(monitor, PodAction.START).accepted is PodAction.START
    cloud.advance(60)
    monitor.check()
    seen = monitor.last_check(POD)
    assert seen.accepted is None
    assert seen.action_error is not None
    assert seen.action_error.message == "the pod was started but is in error after 1 min"


def test_pod_that_stops_while_starting_is_reported(cloud: FakeRunPod) -> None:
    pod = cloud.add(POD)
    monitor = monitor_of(cloud, POD)
    acted(monitor, PodAction.START)
    assert monitor.last_check(POD).accepted is PodAction.START
    pod.status = "EXITED"
    cloud.advance(3)
    monitor.check()
    fallen = monitor.last_check(POD)
    assert fallen.action_error is not None, "it was starting, and is stopped"
    assert "is stopped" in fallen.action_error.message


def test_check_begun_before_an_action_is_ignored() -> None:
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

    monitor = PodMonitor(Slow, lambda: 0.0, lambda: None)  # type: ignore[arg-type]
    monitor.add(POD)
    looking = threading.Thread(target=monitor.check)
    looking.start()
    assert begun.wait(30)
    acted(monitor, PodAction.START)
    go_on.set()
    looking.join(30)
    assert monitor.last_check(POD).pod == RUNNING


class Breaking:
    """A control with a bug."""

    quotas = ()

    def pods(self) -> tuple[object, ...]:
        raise KeyError("pods")

    def pod(self, pod_id: str) -> object:
        raise KeyError("pod")

    def perform(self, pod_id: str, action: PodAction) -> object:
        raise KeyError("action")


def test_crash_of_an_action_is_reported_and_ends_it() -> None:
    monitor = PodMonitor(Breaking, lambda: 0.0, lambda: None)  # type: ignore[arg-type]
    monitor.add(POD)
    refused = acted(monitor, PodAction.STOP).action_error
    assert refused is not None
    assert refused.message == "internal error while sending the stop: KeyError('action')"
    assert refused.fix.startswith("a bug in bbtui (engine/pod_monitor.py:")
    assert monitor.act(POD, PodAction.STOP), "it can be tried again"
    wait_until(lambda: monitor.last_check(POD).requested is None)


def test_crash_of_a_check_is_reported_and_checks_go_on() -> None:
    controls: list[object] = [Breaking(), StillControl(RUNNING)]
    monitor = PodMonitor(lambda: controls[0], lambda: 0.0, lambda: None)  # type: ignore[arg-type,return-value]
    monitor.add(POD)
    monitor.start()
    failure = wait_until(lambda: monitor.last_check(POD).check_error)
    assert failure.message == "internal error while checking the pods: KeyError('pod')"
    assert "please report it" in failure.fix
    del controls[0]
    monitor.check_soon()
    wait_until(lambda: monitor.last_check(POD).pod == RUNNING)
    assert monitor.last_check(POD).check_error is None
    monitor.close()


def test_starting_pod_may_bill() -> None:
    asked, go_on = threading.Event(), threading.Event()

    class Slow(StillControl):
        def perform(self, pod_id: str, action: PodAction) -> Pod:
            asked.set()
            assert go_on.wait(30)
            return STOPPED

    control = Slow(STOPPED)
    hosts = Hosts([make_connection(BIG)._replace(pod=PodBinding(POD, "one", lambda: control))])
    pods = hosts.pods
    assert may_bill(hosts, BIG), "it was never seen"
    pods._monitors["one"].check()
    assert not may_bill(hosts, BIG)
    pods.act(BIG, PodAction.START)
    assert asked.wait(30)
    assert may_bill(hosts, BIG), "its request is being sent"
    go_on.set()
    wait_until(lambda: pods.last_check(BIG).requested is None)
    assert may_bill(hosts, BIG), "it was accepted, and the pod is still reported as stopped"


def test_pod_in_unknown_state_may_bill(cloud: FakeRunPod) -> None:
    cloud.add(POD)
    on_pod = make_connection(BIG)._replace(pod=PodBinding(POD, "one", _control(cloud)))
    here = make_connection(LOCAL)._replace(pod=PodBinding(POD, "one", _control(cloud), here=True))
    hosts = Hosts([on_pod, here], clock=cloud.now)
    pods = hosts.pods
    pods._monitors["one"].check()
    cloud.next(limited(12))
    pods._monitors["one"].check()
    assert not may_bill(hosts, BIG), "a rate limit hides nothing"
    cloud.advance(12)
    cloud.next(BROKEN)
    pods._monitors["one"].check()
    assert may_bill(hosts, BIG)
    assert not may_bill(hosts, LOCAL), "this program runs on it, and ends with it"


def test_paid_time_is_metered_for_each_pod(cloud: FakeRunPod) -> None:
    cloud.add(POD, running=True)
    binding = PodBinding(POD, "one", _control(cloud))
    on_pod = make_connection(BIG)._replace(pod=binding)
    column = make_connection("other")._replace(pod=binding)
    earlier_use_s = {BIG: 600.0, "other": 600.0}
    hosts = Hosts([on_pod, column, make_connection(LOCAL)], earlier_use_s, cloud.now)
    pods = hosts.pods
    assert pods.use(BIG) is None, "nothing is known yet"
    monitor = pods._monitors["one"]
    monitor.check()
    cloud.advance(1200)
    assert pods.paid_s(BIG) == 1800
    monitor.check()
    assert pods.use(BIG) == PodUse("NVIDIA L40S", 0.79, 1800)
    assert pods.use("other") == PodUse("NVIDIA L40S", 0.79, 1800, same_as=BIG)
    assert may_bill(hosts, BIG)
    assert pods.endpoints_with("other") == (BIG, "other")
    acted(monitor, PodAction.STOP)
    cloud.advance(1200)
    monitor.check()
    assert pods.paid_s(BIG) == 1800, "stopped costs nothing more"
    assert not may_bill(hosts, BIG)
    assert pods.use(BIG) == PodUse("NVIDIA L40S", 0.79, 1800)


def test_each_account_has_its_own_monitor(cloud: FakeRunPod) -> None:
    cloud.add(POD, running=True)
    one = make_connection(BIG)._replace(pod=PodBinding(POD, "one", _control(cloud)))
    two = make_connection(LOCAL)._replace(pod=PodBinding(POD, "two", _control(cloud)))
    pods = Pods([one, two], clock=cloud.now)
    news = threading.Event()
    pods.start(news.set)
    wait_until(lambda: all(pods.last_check(name).checked for name in (BIG, LOCAL)))
    pods.close()
    assert news.is_set()
    assert pods.last_check(BIG).pod == pods.last_check(LOCAL).pod
    assert len(cloud.requests) == 2


def _control(cloud: FakeRunPod) -> Callable[[], PodControl]:
    settings = PodSettings("runpod", "", "env:KEY", cloud.url)
    control = make_pod_control(settings, {"KEY": KEY}, PriceCache(), clock=cloud.now)
    return lambda: control
