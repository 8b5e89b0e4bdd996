"""The diagnosis of an endpoint: what keeps it from answering."""

from __future__ import annotations

from bbtui.ui.context import Context


def can_examine(context: Context) -> bool:
    """Return whether there are connections to check: an embedded model has none."""
    return context.workspace.examine is not None


def show(context: Context) -> None:
    """Check every step of the connection to the focused endpoint."""
    examine = context.workspace.examine
    if examine is None:
        context.show_message("nothing to diagnose: embedded model")
        return
    from bbtui.ui.screens.diagnosis import DiagnosisScreen

    name, naming = context.cursor.cell.endpoint, context.naming
    endpoint = context.comparison.session.endpoint(name)
    title = f"{naming.title(name)} at {naming.address(name)}"
    context.open(DiagnosisScreen(title, lambda on_step: examine(endpoint, on_step)))
