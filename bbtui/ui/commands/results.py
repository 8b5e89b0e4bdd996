"""The results of the session: which side was better, how sure that is, at what price."""

from __future__ import annotations

from bbtui.ui.context import Context


def show(context: Context) -> None:
    """Open the results."""
    from bbtui.ui.screens.results import ResultsScreen

    context.open(ResultsScreen(context.comparison))
