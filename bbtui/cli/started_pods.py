"""Starts the pods that a run without a screen needs, and stops those it started."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from bbtui.clients.ports import PodBinding
from bbtui.domain.answer import Cell
from bbtui.domain.pod import Pod, PodAction, find_blocker
from bbtui.domain.pod_polling import poll_after_s
from bbtui.domain.problem import Problem
from bbtui.engine.comparison import Comparison
from bbtui.engine.snapshot import Snapshot
from bbtui.errors import PASSING_POD_FAILURES, PodError
from bbtui.formatting.durations import format_uptime
from bbtui.formatting.numbers import format_price
from bbtui.formatting.sanitize import single_line

#: How long a pod and its server may take until answers can run, and a pod until it can be stopped.
LIMIT_S = 1800.0


def estimate_lines(snapshot: Snapshot, cells: Sequence[Cell]) -> list[str]:
    """Return an estimate for each endpoint with cells to run on a pod whose price is known."""
    return [
        expected.text(single_line(snapshot.session.endpoint(name).label))
        for name, expected in snapshot.paid_estimates(cells).items()
    ]


@dataclass(slots=True)
class StartedPods:
    """The pods that one run has started."""

    comparison: Comparison
    """The session that needs the pods."""

    print_line: Callable[[str], None]
    """Prints a line of progress to stderr."""

    clock: Callable[[], float] = time.monotonic
    """Returns monotonic seconds."""

    _started: dict[str, PodBinding] = field(default_factory=dict)
    _states: dict[str, str] = field(default_factory=dict)
    _began: float = 0.0

    def start(self, snapshot: Snapshot, cells: Sequence[Cell]) -> tuple[Cell, ...]:
        """Start each pod that is off and that cells need; return the cells that need not wait.

        The others run when their pod is ready.
        """
        self._began = self.clock()
        waiting: set[str] = set()
        hosts, needed = self.comparison.hosts, {cell.endpoint for cell in cells}
        for name, at in snapshot.pods.items():
            pod = at.last_check.pod
            if name in waiting or pod is None or pod.running or needed.isdisjoint(at.endpoints):
                continue
            if pod.changing:
                for endpoint in at.endpoints:
                    hosts.defer(endpoint, cells)
            elif (blocker := find_blocker(pod, PodAction.START)) is not None:
                self._print(name, f"cannot start the pod: {_sentence(blocker)}")
                continue
            else:
                price = pod.cost_per_hour or pod.last_cost_per_hour
                rent = format_price(price) if price else "price unknown until it runs"
                self._print(name, f"starting the pod ({pod.hardware_text}, {rent})")
                hosts.control_pod(name, PodAction.START, cells)
                binding = hosts.connections[name].pod
                assert binding is not None, "an endpoint with a pod has its binding"
                self._started[name] = binding
            waiting.update(at.endpoints)
        return tuple(cell for cell in cells if cell.endpoint not in waiting)

    def follow(self, snapshot: Snapshot) -> bool:
        """Print what has changed; return whether a pod is still awaited.

        One that takes longer than half an hour is not awaited any more.
        """
        late = self.clock() - self._began > LIMIT_S
        awaited = [name for name, pod in snapshot.pods.items() if pod.awaited]
        for name in awaited:
            host = snapshot.hosts[name].host
            self._print_once(name, single_line(host.description) or str(host.state))
            if late:
                waited = format_uptime(LIMIT_S)
                self._print(name, f"not ready after {waited}; its answers were not run")
                self.comparison.hosts.drop_deferred(name)
        for name in self._started:
            error = snapshot.pods[name].last_check.action_error
            if error is not None:
                self._print_once(name, single_line(str(error)))
        return bool(awaited) and not late

    def stop(self, sleep: Callable[[float], None]) -> bool:
        """Stop the pods that were started; return whether each one is stopped or stopping.

        One that is still starting is waited for. `sleep` waits for a number of seconds.
        """
        stopped = [self._stop(name, binding, sleep) for name, binding in self._started.items()]
        return all(stopped)

    def _stop(self, name: str, binding: PodBinding, sleep: Callable[[float], None]) -> bool:
        waited_s = 0.0
        problem = Problem("its state is unknown")
        self._print(name, "stopping the pod")
        try:
            while waited_s <= LIMIT_S:
                pod: Pod | None = None
                retry_s = 0.0
                try:
                    control = binding.control()
                    pod = control.pod(binding.id)
                    if pod.status in PodAction.STOP.aims:
                        self._print(name, f"the pod is {pod.state_text}")
                        return True
                    blocker = find_blocker(pod, PodAction.STOP)
                    if blocker is None:
                        pod = control.perform(binding.id, PodAction.STOP)
                        self._print(name, f"stop accepted, {pod.state_text}")
                        return True
                    problem = blocker
                    if not pod.changing:
                        break
                except PodError as error:
                    if error.kind == "gone":
                        return True
                    problem, retry_s = Problem.of(error), error.retry_after_s
                    if error.kind not in PASSING_POD_FAILURES:
                        break
                pause_s = poll_after_s(pod, awaited=True, retry_after_s=retry_s)
                sleep(pause_s)
                waited_s += pause_s
        except KeyboardInterrupt:
            problem = Problem("interrupted")
        fix = f"stop it: bbtui pods stop {self.comparison.session.endpoint(name).configured}"
        self._print(name, f"THE POD WAS NOT STOPPED and may be billed: {problem.cause}; {fix}")
        return False

    def _print(self, name: str, text: str) -> None:
        self.print_line(f"{name}: {text}")

    def _print_once(self, name: str, text: str) -> None:
        if self._states.get(name) != text:
            self._states[name] = text
            self._print(name, text)


def _sentence(problem: Problem) -> str:
    return "; ".join(part for part in (problem.cause, problem.fix) if part)
