"""Running and stopping answers."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from bbtui.domain.answer import Cell, Need, Round
from bbtui.domain.host import HostState
from bbtui.domain.pod import PodAction
from bbtui.engine.hosts import HostSnapshot
from bbtui.formatting.text import counted
from bbtui.ui import pod_messages
from bbtui.ui.commands import blinding, judging
from bbtui.ui.context import Context
from bbtui.ui.screens.dialogs import ChoicePrompt

_DOWN = (HostState.UNREACHABLE, HostState.STOPPED, HostState.FAILED)
_COMING = (HostState.PREPARING, HostState.LOADING)

ALL_QUEUED = "nothing to run: every answer is done or queued"
#: A session that is only judged, or whose endpoints the configuration no longer has.
NOT_RUNNABLE = "no endpoint of this session can be run here; you can still score"


def idle_here(context: Context) -> bool:
    """Return whether this round can be run: an endpoint is configured, and nothing is queued."""
    return can_run(context) and not _running_here(context)


def can_run(context: Context) -> bool:
    """Return whether an endpoint of this session is configured."""
    hosts = context.comparison.hosts.connections
    return any(endpoint.name in hosts for endpoint in context.comparison.session.endpoints)


def _running_here(context: Context) -> bool:
    return any(cell in context.comparison.queue for cell in context.cursor.cells)


def nothing_here(context: Context) -> bool:
    """Return whether the focused pane shows no text and none is queued."""
    return judging.focused(context) is None and not _to_stop(context)


def something_missing(context: Context) -> bool:
    """Return whether a cell of the session needs an answer."""
    return next(context.comparison.snapshot().missing_cells(), None) is not None


def something_to_close(context: Context) -> bool:
    """Return whether esc has an effect."""
    return something_open(context) or bool(_to_stop(context))


def something_open(context: Context) -> bool:
    """Return whether esc closes or restores something before it stops an answer."""
    layout = context.screen_layout
    return layout.maximised or layout.prompt_opened or layout.dock_opened


def _to_stop(context: Context) -> list[Cell]:
    """Return which queued cells esc stops: the focused one, of a blind round all of them."""
    cells = context.cursor.cells if blinding.is_blind(context) else [context.cursor.cell]
    return [cell for cell in cells if cell in context.comparison.queue]


async def run_round(context: Context) -> None:
    """Run this round's missing answers; when there are none, ask whether to run all again."""
    if not can_run(context):
        context.show_message(NOT_RUNNABLE)
        return
    if _running_here(context):
        key = context.key("answer.stop")
        context.show_message(f"this task is running; {key} stops the focused answer")
        return
    comparison = context.comparison
    cells = [cell for cell in context.cursor.cells if cell.endpoint in comparison.hosts.connections]
    missing = [cell for cell in cells if comparison.session.need(cell) is not Need.NONE]
    if not missing:
        question = "every answer is done; run this task again as a new attempt?"
        if await context.ask(ChoicePrompt(question, {"y": "run again", "n": "no"})) != "y":
            return
    await run(context, missing or cells)


async def run_all(context: Context) -> None:
    """Run every missing cell of the session."""
    missing = list(context.comparison.missing_cells())
    if missing:
        await run(context, missing)
    else:
        context.show_message(ALL_QUEUED if can_run(context) else NOT_RUNNABLE)


async def run_requested(context: Context) -> None:
    """Run the cells that the command line selected, and nothing else."""
    workspace = context.workspace
    if workspace.cells:
        await run(context, workspace.cells)
    else:
        context.show_message(workspace.notice(context.key) or ALL_QUEUED)


async def run(context: Context, cells: Sequence[Cell]) -> None:
    """Run these cells; where endpoints are known to be down, ask once what to do about them.

    One whose pod is stopped may be started, and one whose pod is starting be waited for.
    """
    comparison = context.comparison
    hosts = comparison.snapshot().hosts
    wanted = {cell.endpoint for cell in cells if cell.endpoint in hosts}
    blind = blinding.is_blind(context)
    # In a blind round the dialog must not reveal which answers are missing.
    relevant = set(hosts) if blind else wanted
    names = [one.name for one in comparison.session.endpoints if one.name in relevant]
    down = {name: hosts[name] for name in names if _cannot_answer(hosts[name])}
    if not down:
        comparison.run(cells)
        _show_estimate(context, cells)
        return
    up = [cell for cell in cells if cell.endpoint not in down]
    startable = [name for name, host in down.items() if _startable(host)]
    coming = [name for name, host in down.items() if host.host.state in _COMING]
    choices: dict[str, str] = {}
    lines: list[str] = []
    if startable:
        choices["s"] = f"start the pod ({_start_prices(down, startable)}), then run"
        if blind:
            choices["s"] = "start the pod, then run"
        expected = {} if blind else comparison.snapshot().paid_estimates(cells)
        lines = [
            expected[name].text(context.naming.label(name))
            for name in startable
            if name in expected
        ]
    elif coming:
        choices["w"] = "run when ready"
    if up and not blind:
        rest = "the other endpoint" if context.cursor.columns == 2 else "the others"
        choices["o"] = f"run {rest} only"
    choices |= {"r": "run anyway", "escape": "cancel"}
    choice = await context.ask(ChoicePrompt(_down_text(context, down), choices, lines))
    if choice is None:
        return
    comparison.run(cells if choice == "r" else up)
    _show_estimate(context, up)
    if choice == "s":
        for name in wanted.intersection(startable):
            comparison.hosts.control_pod(name, PodAction.START, cells)
    if choice in ("s", "w"):
        for name in wanted.intersection(coming):
            comparison.hosts.defer(name, cells)


def _show_estimate(context: Context, cells: Sequence[Cell]) -> None:
    """Show what several answers on rented machines will take and cost."""
    expected = context.comparison.snapshot().paid_estimates(cells)
    texts = [one.text(context.naming.label(name)) for name, one in expected.items()]
    if blinding.is_blind(context):
        return
    if len(cells) > context.cursor.columns and texts:
        context.show_message("; ".join(texts))


def _cannot_answer(at: HostSnapshot) -> bool:
    """Return whether it is known that the machine cannot answer now."""
    if at.host.state in _DOWN:
        return True
    return at.host.state in _COMING and at.pod is not None and at.pod.last_check.pod is not None


def _startable(at: HostSnapshot) -> bool:
    """Return whether the machine is a pod that can be started now."""
    if at.pod is None or at.pod.last_check.requested is not None:
        return False
    return PodAction.START in pod_messages.allowed_actions(at.pod.last_check.pod)


def _start_prices(hosts: dict[str, HostSnapshot], names: Collection[str]) -> str:
    """Return what starting these pods will cost."""
    pods = (hosts[name].pod for name in names)
    found = (at.last_check.pod for at in pods if at is not None)
    return " and ".join(pod_messages.start_price_text(pod) for pod in found if pod is not None)


def _down_text(context: Context, down: dict[str, HostSnapshot]) -> str:
    """Return which endpoints cannot answer, with the reason where a pod is the reason."""
    if blinding.is_blind(context):
        verb = "does" if len(down) == 1 else "do"
        return f"{len(down)} of {context.cursor.columns} sides {verb} not answer"
    labels, reasons = [], []
    for name, at in down.items():
        label = context.naming.label(name)
        if at.pod is not None and at.host.description:
            reasons.append(f"{label}: {context.naming.text(at.host.description)}")
        else:
            labels.append(label)
    if labels:
        verb = "does" if len(labels) == 1 else "do"
        reasons.insert(0, f"{' and '.join(labels)} {verb} not answer")
    return "; ".join(reasons)


def escape(context: Context) -> None:
    """Clear the selection; else close what is open, the rubric first; else stop the answer."""
    if context.take_selection():
        return
    if context.screen_layout.dock_opened:
        context.screen_layout.close_dock()
    elif context.screen_layout.prompt_opened:
        context.screen_layout.prompt_opened = False
    elif context.screen_layout.maximised:
        context.screen_layout.maximised = False
    elif blinding.is_blind(context):
        # Which of them ran already, and which still waited, could reveal the sides.
        for cell in _to_stop(context):
            context.comparison.queue.stop(cell)
            context.show_message("stopped the answers of this round")
    else:
        for cell in _to_stop(context):
            _stop(context, cell)


def _stop(context: Context, cell: Cell) -> None:
    """Stop an answer; show a message if it had not begun and was dropped."""
    queue, before = context.comparison.queue, len(context.comparison.queue.waiting)
    waits = cell in queue.waiting
    queue.stop(cell)
    if waits:
        label, more = context.naming.label(cell.endpoint), before - len(queue.waiting) - 1
        title = context.comparison.session.task(cell.task).title
        others = f" and {counted(more, 'other answer')}" if more else ""
        context.show_message(f"dropped {label}, {title}{others}: not sent")


def something_to_stop(context: Context) -> bool:
    """Return whether any answer runs, or waits for its turn or for a pod."""
    snapshot = context.comparison.snapshot()
    return bool(snapshot.live or snapshot.waiting) or any(
        pod.awaited for pod in snapshot.pods.values()
    )


async def stop_all(context: Context) -> None:
    """Stop every answer and drop every waiting one, after one question that counts them."""
    snapshot = context.comparison.snapshot()
    awaited = [name for name, pod in snapshot.pods.items() if pod.awaited]
    parts = []
    if snapshot.live:
        parts.append(f"stop {counted(len(snapshot.live), 'running answer')}")
    if snapshot.waiting:
        parts.append(f"drop {counted(len(snapshot.waiting), 'waiting answer')}")
    blind = blinding.is_blind(context)
    if awaited:
        labels = " and ".join(map(context.naming.label, awaited))
        pods = "a pod" if blind else f"the pod of {labels}"
        parts.append(f"drop those waiting for {pods}")
    if not parts:
        context.show_message("nothing is running")
        return
    # A pod that is starting is billed, whatever waits for it.
    starting = [name for name in awaited if snapshot.pods[name].last_check.starting]
    lines = [f"{context.naming.label(name)}'s pod continues to start" for name in starting]
    if blind:
        lines = ["a pod continues to start"] if starting else []
    choices = {"y": "stop all", "escape": "cancel"}
    if await context.ask(ChoicePrompt(f"{', '.join(parts)}?", choices, lines)) != "y":
        return
    snapshot = context.comparison.snapshot()  # what ended meanwhile is not stopped
    context.comparison.stop_all()
    done = []
    if snapshot.live:
        done.append(f"stopped {counted(len(snapshot.live), 'answer')}")
    if snapshot.waiting:
        key = context.key("round.run_all")
        done.append(f"dropped {len(snapshot.waiting)} from the queue · {key} runs what is missing")
    context.show_message(", ".join(done) or "stopped")


async def own_prompt(context: Context) -> None:
    """Ask for a prompt, and run it as a new task at the end of this session."""
    if not can_run(context):
        context.show_message(NOT_RUNNABLE)
        return
    from bbtui.ui.screens.own_prompt import OwnPromptScreen

    prompt = await context.ask(OwnPromptScreen())
    if not prompt:
        return
    task = context.comparison.add_prompt(prompt)
    # The column stays: in a blind round the focus must not follow the endpoint.
    context.cursor.round = Round(task.id, 1)
    context.redraw()
    await run(context, context.cursor.cells)
