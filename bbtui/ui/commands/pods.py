"""The machine behind an endpoint: its state and cost, and a pod's start and stop."""

from __future__ import annotations

import asyncio

from bbtui.domain.pod import PodAction
from bbtui.engine.hosts import HostSnapshot
from bbtui.errors import PodError
from bbtui.ui import pod_messages
from bbtui.ui.commands import blinding
from bbtui.ui.context import Context
from bbtui.ui.messages import host_text, not_configured_text
from bbtui.ui.pod_messages import PodView, pod_view
from bbtui.ui.screens.dialogs import ChoicePrompt

#: A start and a stop have keys of their own: a pod that changes while the dialog is open cannot
#: make the one key do the other.
START, STOP = "y", "x"
_PROGRESS = {PodAction.START: "starting", PodAction.STOP: "stopping"}
#: How often to check whether a stop was accepted, in s.
POLL_S = 0.05


async def manage(context: Context) -> None:
    """Show the pod or the host of the focused endpoint; start or stop the pod as chosen."""
    name, comparison = context.cursor.cell.endpoint, context.comparison
    host = comparison.snapshot().hosts.get(name)
    if host is None:
        context.show_message(not_configured_text(context.naming.configured(name)))
        return
    view = pod_view(host, context.key)
    if view is None:
        await _show_host(context, name, host)
        return
    comparison.hosts.pods.check_soon()
    label, seen = context.naming.label(name), view.last_check
    if seen.requested is not None:
        context.show_message(f"{_PROGRESS[seen.requested]} {label}'s pod …")
    elif seen.pod is None and seen.check_error is not None:
        context.show_error(seen.check_error)
    elif seen.pod is None and seen.gone:
        cause = view.host.description or "the pod is gone"
        context.show_error(PodError(cause, view.host.problem.fix, "gone"))
    elif seen.pod is None:
        context.show_message("pod state unknown: waiting for the provider")
    else:
        question = f"{label}'s pod: {seen.pod.name}"
        choices, lines = _pod_choices(view)
        choice = await context.ask(ChoicePrompt(question, choices, lines))
        if choice is not None:
            action = PodAction.START if choice == START else PodAction.STOP
            comparison.hosts.control_pod(name, action)


def _pod_choices(view: PodView) -> tuple[dict[str, str], list[str]]:
    """Return what can be done to a pod, by key, and the lines to read before that."""
    choices, lines = {}, pod_messages.detail_lines(view)
    pod = view.last_check.pod
    allowed = pod_messages.allowed_actions(pod)
    if pod is not None and PodAction.START in allowed:
        choices[START] = f"start the pod ({pod_messages.start_price_text(pod)})"
    if PodAction.STOP in allowed:
        choices[STOP] = "stop the pod"
        lines.append(pod_messages.LOST_ON_STOP)
        if view.pod.runs_bbtui:
            lines.append("bbtui runs on this pod and will stop with it.")
    if pod is not None and not allowed:
        lines += pod_messages.blocker_lines(pod)
    return choices, lines


async def _show_host(context: Context, name: str, at: HostSnapshot) -> None:
    """Show what is known of a host that is on no pod: state, address, problem, model."""
    host, naming = at.host, context.naming
    text = host_text(host, stale=at.stale)
    build = host.build
    rows = (
        (text.state, naming.address(name), naming.hardware(name)),
        (host.problem.fix,),
        (naming.model(name), build.parameters, build.quantisation, build.digest[:12]),
        text.known,
    )
    lines = [line for row in rows if (line := " · ".join(part for part in row if part))]
    question = f"{naming.label(name)}'s host: not a pod, nothing to start or stop"
    await context.ask(ChoicePrompt(question, {"escape": "close"}, lines))


async def may_leave_billing(context: Context, verb: str) -> bool:
    """Ask about each pod that is, will be or may be billed; return whether the user leaves.

    `verb` is what leaving is: "quit".
    """
    for name in context.comparison.snapshot().pods_that_may_bill:
        view = pod_view(context.comparison.snapshot().hosts[name], context.key)
        if view is None:
            continue
        label, blind = context.naming.label(name), blinding.is_blind(context)
        leaving = "leave it running" if view.last_check.billing else f"{verb} anyway"
        choices = {"l": leaving, "escape": "cancel"}
        lines = pod_messages.unknown_state_lines(view.last_check)
        lines = list(map(context.naming.text, lines))
        if PodAction.STOP in pod_messages.allowed_actions(view.last_check.pod):
            choices = {STOP: f"stop the pod and {verb}", **choices}
            lines.append(pod_messages.LOST_ON_STOP)
        elif view.last_check.starting:
            lines.append("It cannot be stopped while it starts; wait a moment, then stop it.")
        question = "a pod is or may be billed" if blind else pod_messages.billing_text(label, view)
        choice = await context.ask(ChoicePrompt(question, choices, lines))
        if choice is None or (choice == STOP and not await _stop(context, name)):
            return False
    return True


async def _stop(context: Context, name: str) -> bool:
    """Stop a pod; return whether its provider accepted that, and show the error if not."""
    hosts = context.comparison.hosts
    whose = "the" if blinding.is_blind(context) else f"{context.naming.label(name)}'s"
    context.show_message(f"stopping {whose} pod …")
    hosts.control_pod(name, PodAction.STOP)
    context.redraw()
    while hosts.pods.last_check(name).requested is not None:
        await asyncio.sleep(POLL_S)
    refused = hosts.pods.last_check(name).action_error
    if refused is not None:
        context.show_error(refused)
    return refused is None
