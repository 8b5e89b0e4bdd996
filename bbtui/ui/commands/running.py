"""Asking and stopping."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bbtui.domain.answer import Cell, Need
from bbtui.domain.host import HostState
from bbtui.domain.pod import PodAction
from bbtui.ui.commands import judging, pods
from bbtui.ui.screens.prompts import ChoicePrompt

if TYPE_CHECKING:
    from bbtui.ui.screens.main import MainScreen


_ON_ITS_WAY = (HostState.PREPARING, HostState.LOADING)

EVERY = "every answer is here or on its way"
#: A session that is only judged, or whose endpoints the configuration no longer has.
NOBODY = "no endpoint of this session can be asked here; scoring works"


def idle_here(main: MainScreen) -> bool:
    """Whether this round can be asked: an endpoint is there, and no cell runs or waits."""
    return anyone_there(main) and not _running_here(main)


def anyone_there(main: MainScreen) -> bool:
    """Whether an endpoint of this session can be asked."""
    return any(pane.endpoint.name in main.comparison.hosts for pane in main.panes)


def _running_here(main: MainScreen) -> bool:
    return any(cell in main.comparison.queue for cell in main.round_cells)


def nothing_here(main: MainScreen) -> bool:
    """Whether the focused pane shows no text, and none is on its way."""
    return judging.focused(main) is None and main.cell not in main.comparison.queue


def something_missing(main: MainScreen) -> bool:
    """Whether a cell of the session wants an answer."""
    return next(main.comparison.snapshot().missing_cells(), None) is not None


def something_to_close(main: MainScreen) -> bool:
    """Whether esc has something to do."""
    return main.maximised_pane or main.cell in main.comparison.queue


async def run_round(main: MainScreen) -> None:
    """Fill this round's missing answers; when it is complete, ask, then run it again."""
    if not anyone_there(main):
        main.tell(NOBODY)
        return
    if _running_here(main):
        main.tell(f"this task is running; {main.key('answer.stop')} stops the focused answer")
        return
    cells = [cell for cell in main.round_cells if cell.endpoint in main.comparison.hosts]
    session = main.comparison.session
    unanswered = [cell for cell in cells if session.want(cell) is not Need.NOTHING]
    if not unanswered:
        choice = await main.app.push_screen_wait(
            ChoicePrompt(
                "every answer is here; run this task again as a new attempt?",
                {"y": "run again", "n": "no"},
            )
        )
        if choice != "y":
            return
        unanswered = cells
    await run(main, unanswered)


async def run_all(main: MainScreen) -> None:
    """Run every missing cell; the view stays where it is."""
    missing = list(main.comparison.missing_cells())
    if not missing:
        main.tell(EVERY if anyone_there(main) else NOBODY)
        return
    await run(main, missing)


async def run_asked(main: MainScreen) -> None:
    """Run what the command line asked for, and nothing else."""
    if not main.desk.cells:
        main.tell(main.notice or EVERY)
        return
    await run(main, list(main.desk.cells))


async def run(main: MainScreen, cells: list[Cell]) -> None:
    """Run these cells; if an endpoint is known to be down, ask once whether to leave it out.

    One whose pod is stopped may be started, and one whose pod is on its way be waited for.
    """
    comparison = main.comparison
    hosts = {name: comparison.hosts.host(name) for name in {cell.endpoint for cell in cells}}
    down = [
        one.name
        for one in comparison.session.endpoints
        if one.name in hosts and _is_down(main, one.name, hosts[one.name].state)
    ]
    up = [cell for cell in cells if cell.endpoint not in down]
    if not down:
        comparison.run(cells)
        main.tick_now()
        return
    startable = [name for name in down if pods.startable(main, name)]
    coming = [name for name in down if hosts[name].state in _ON_ITS_WAY]
    choices = _choices(main, startable, coming, others=bool(up))
    choice = await main.app.push_screen_wait(ChoicePrompt(_question(main, down), choices))
    if choice is None:
        return
    if choice == "r":
        comparison.run(cells)
    else:
        comparison.run(up)
    if choice == "s":
        for name in startable:
            pods.act(main, name, PodAction.START, cells)
    if choice in ("s", "w"):
        for name in coming:
            comparison.hosts.deferred.add(name, cells)
    main.tick_now()


def _is_down(main: MainScreen, name: str, state: HostState) -> bool:
    """Whether it is known that nothing can be asked there now."""
    if state in (HostState.UNREACHABLE, HostState.STOPPED, HostState.FAILED):
        return True
    return state in _ON_ITS_WAY and main.comparison.hosts.pods.sighting(name).pod is not None


def _question(main: MainScreen, down: list[str]) -> str:
    """Which endpoints cannot be asked, and why where their pods are the reason."""
    labels, told = [], []
    for name in down:
        label = main.comparison.session.endpoint(name).label
        host = main.comparison.hosts.host(name)
        if main.comparison.hosts.pods.binding(name) is not None and host.description:
            told.append(f"{label}: {host.description}")
        else:
            labels.append(label)
    if labels:
        told.insert(0, f"{' and '.join(labels)} {'does' if len(labels) == 1 else 'do'} not answer")
    return "; ".join(told)


def _choices(
    main: MainScreen, startable: list[str], coming: list[str], *, others: bool
) -> dict[str, str]:
    choices = {}
    if startable:
        choices["s"] = f"start it ({pods.start_words(main, startable)}), then run"
    elif coming:
        choices["w"] = "run it when it is ready"
    if others:
        rest = "the other side" if len(main.panes) == 2 else "the others"
        choices["o"] = f"run {rest} only"
    return {**choices, "r": "run it all the same", "escape": "cancel"}


def escape(main: MainScreen) -> None:
    """Close the maximised pane; else stop the focused answer."""
    if main.get_selected_text():
        main.clear_selection()
    elif main.maximised_pane:
        main.maximise_pane(False)
    elif main.cell in main.comparison.queue:
        main.comparison.queue.stop(main.cell)
        main.tick_now()


async def own_prompt(main: MainScreen) -> None:
    """Ask a prompt typed by the user: a new task at the end of this session."""
    if not anyone_there(main):
        main.tell(NOBODY)
        return
    from bbtui.ui.screens.own_prompt import OwnPromptScreen

    prompt = await main.app.push_screen_wait(OwnPromptScreen())
    if not prompt:
        return
    task = main.comparison.add_prompt(prompt)
    main.go_to(Cell(task.id, main.cell.endpoint))
    await run(main, list(main.round_cells))
