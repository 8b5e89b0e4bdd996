"""What keeps an endpoint from answering: its hops, one by one."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bbtui.ui.screens.main import MainScreen


def can_examine(main: MainScreen) -> bool:
    """Whether there is a way to the endpoints that could be walked."""
    return main.desk.examine is not None


def show(main: MainScreen) -> None:
    """Examine the focused pane's endpoint."""
    if main.desk.examine is None:
        main.tell("the demo's models run inside this program: there is no way to examine")
        return
    from bbtui.ui.screens.diagnosis import DiagnosisScreen

    main.app.push_screen(DiagnosisScreen(main.pane.endpoint, main.desk.examine))
