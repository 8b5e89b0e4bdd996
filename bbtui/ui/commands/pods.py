"""The pod behind an endpoint: what it does and costs, its start, its stop, and leaving it on."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING

from bbtui.domain.answer import Cell
from bbtui.domain.pod import PodAction
from bbtui.errors import PodError
from bbtui.formatting.durations import NS_PER_S
from bbtui.ui import pod_messages
from bbtui.ui.commands import hosts
from bbtui.ui.pod_messages import PodView
from bbtui.ui.screens.prompts import ChoicePrompt

if TYPE_CHECKING:
    from bbtui.ui.screens.main import MainScreen

#: A start and a stop have keys of their own: a pod that changes while one reads cannot make the
#: one key do the other.
START, STOP = "y", "x"
#: How often one looks whether a stop was taken, in s.
LOOK_S = 0.05


def pod_at(main: MainScreen, name: str) -> PodView | None:
    """An endpoint's pod as it is known now; None where there is none."""
    comparison = main.comparison
    pods = comparison.hosts.pods
    if pods.binding(name) is None:
        return None
    return PodView(
        pods.sighting(name),
        pods.now(),
        comparison.hosts.host(name),
        pods.paid_s(name),
        _busy_s(main, name),
        name in comparison.hosts.deferred,
        main.key("pod.steer"),
        main.key("endpoint.model"),
    )


def _busy_s(main: MainScreen, name: str) -> float:
    """How long the endpoints on a pod were asked something in this session, in s."""
    names = main.comparison.hosts.pods.endpoints_with(name)
    answers = main.comparison.session.answers
    return sum((one.end_ns or 0) for one in answers if one.cell.endpoint in names) / NS_PER_S


async def steer(main: MainScreen) -> None:
    """Show the pod and what can be done to it; do what is chosen."""
    name, label = main.pane.endpoint.name, main.pane.endpoint.label
    at = pod_at(main, name)
    if at is None:
        await hosts.show(main)
        return
    pods = main.comparison.hosts.pods
    pods.check_soon()
    pod = at.sighting.pod
    if at.sighting.requested is not None:
        main.tell(f"the {at.sighting.requested} of {label}'s pod is being asked for")
        return
    if pod is None:
        _unseen(main, at)
        return
    choices, lines = {}, pod_messages.facts(at)
    possible = pod_messages.possible_of(pod)
    if PodAction.START in possible:
        choices[START] = f"start it ({pod_messages.start_price(pod)})"
    if PodAction.STOP in possible:
        choices[STOP] = "stop it"
        lines.append(pod_messages.LOST_ON_STOP)
        if _here(main, name):
            lines.append("bbtui runs on this pod and ends with it.")
    if not possible:
        lines += pod_messages.refusals(pod)
    question = f"the pod of {label}: {pod.name}"
    choice = await main.app.push_screen_wait(
        ChoicePrompt(question, {**choices, "escape": "leave it as it is"}, lines)
    )
    if choice == START:
        act(main, name, PodAction.START)
    elif choice == STOP:
        act(main, name, PodAction.STOP)


def startable(main: MainScreen, name: str) -> bool:
    """Whether an endpoint's pod can be started now."""
    pods = main.comparison.hosts.pods
    if pods.binding(name) is None:
        return False
    seen = pods.sighting(name)
    return seen.requested is None and PodAction.START in pod_messages.possible_of(seen.pod)


def start_words(main: MainScreen, names: Sequence[str]) -> str:
    """What the start of these pods will cost."""
    seen = (main.comparison.hosts.pods.sighting(name).pod for name in names)
    return " and ".join(pod_messages.start_price(pod) for pod in seen if pod is not None)


def act(
    main: MainScreen, name: str, action: PodAction, cells: Sequence[Cell] | None = None
) -> None:
    """Ask for an action; after a start `cells` (None: all open ones) follow when it is ready."""
    main.comparison.hosts.control_pod(name, action, cells)
    main.tick_now()


def _here(main: MainScreen, name: str) -> bool:
    rented = main.comparison.hosts.pods.binding(name)
    return rented is not None and rented.here


def _unseen(main: MainScreen, at: PodView) -> None:
    error = at.sighting.check_error
    if error is not None:
        main.complain(error)
    elif at.sighting.gone:
        main.complain(
            PodError(at.host.description or "the pod is gone", at.host.problem.fix, "gone")
        )
    else:
        main.tell("its provider has not told anything of the pod yet: one moment")


async def may_leave_billing(main: MainScreen, verb: str) -> bool:
    """Ask about each pod that is, will be or may be paid for; whether the user leaves.

    `verb` is what leaving is: "quit".
    """
    for name in main.comparison.snapshot().pods_that_may_bill:
        at = pod_at(main, name)
        if at is None:
            continue
        label = main.comparison.session.endpoint(name).label
        leaving = "leave it running" if at.sighting.billing else f"{verb} all the same"
        choices = {"l": leaving, "escape": "stay"}
        lines = pod_messages.unknown_words(at.sighting)
        if PodAction.STOP in pod_messages.possible_of(at.sighting.pod):
            choices = {STOP: f"stop it and {verb}", **choices}
            lines.append(pod_messages.LOST_ON_STOP)
        elif at.sighting.starting:
            lines.append("It can be stopped once it is on its way: stay for a moment to do so.")
        choice = await main.app.push_screen_wait(
            ChoicePrompt(pod_messages.leaving_words(label, at), choices, lines)
        )
        if choice == STOP and not await _stopped(main, name, label):
            return False
        if choice is None:
            return False
    return True


async def _stopped(main: MainScreen, name: str, label: str) -> bool:
    """Stop a pod before leaving; whether its provider took it. If not, the user stays."""
    main.tell(f"stopping the pod of {label} …")
    act(main, name, PodAction.STOP)
    pods = main.comparison.hosts.pods
    while pods.sighting(name).requested is not None:
        await asyncio.sleep(LOOK_S)
    refused = pods.sighting(name).action_error
    if refused is not None:
        main.complain(refused)
    return refused is None
