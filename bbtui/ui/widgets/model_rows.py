"""The rows of the list of models: name, size, what is loaded, quantisation, context, weights.

What matters most comes first: on a narrow screen a row ends where the screen does.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from textual.content import Content

from bbtui.domain.model import Model, full_name
from bbtui.formatting.numbers import format_bytes
from bbtui.formatting.sanitize import clean_name

LOADED = "● loaded"
#: The cells from the end of the name to that of the context.
_FIGURES = 42
_NAMES = (12, 48)


def name_width(names: Iterable[str], width: int) -> int:
    """How many cells names get in rows that wide: what the longest wants, if there is room."""
    shortest, longest = _NAMES
    wanted = max(map(len, names), default=shortest)
    return max(shortest, min(wanted, longest, width - 2 - _FIGURES))


def heading(width: int) -> Content:
    """What the columns are."""
    words = f"  {'model':<{width}}  {'size':>8}  {'':<8}  {'quantised':<9}  {'context':>7}  weights"
    return Content.styled(words, "$foreground-muted")


def row(model: Model, width: int, *, context: int | None, chosen: Collection[str]) -> Content:
    """One model; `context` is the trained one where it was asked for, `chosen` are full names."""
    trained = model.context_length or context
    kind = clean_name(model.quantisation)
    return Content.assemble(
        _name(model.name, width, bold=full_name(model.name) in chosen),
        f"  {'–' if model.size is None else format_bytes(model.size):>8}  ",
        (f"{_state(model):<8}", "$text-success" if model.loaded else "$foreground-muted"),
        f"  {kind or '–':<9}  {f'{trained:,}' if trained else '–':>7}",
        f"  {clean_name(model.parameters) or '–':<9}",
        (f"  {_remark(model)}", "$foreground-muted"),
    )


def missing_row(name: str, width: int, *, pulls: bool) -> Content:
    """A model that a column asks for and the server does not list; `pulls` if it can fetch it."""
    words = "not there · enter pulls it" if pulls else "not in this server's list"
    return Content.assemble(_name(name, width, bold=True), "  ", (words, "$text-warning"))


def _name(name: str, width: int, *, bold: bool) -> tuple[str, str]:
    safe = clean_name(name)
    shown = safe if len(safe) <= width else f"{safe[: width - 1]}…"
    return f"{'▸' if bold else ' '} {shown:<{width}}", "bold" if bold else ""


def _state(model: Model) -> str:
    if model.elsewhere:
        return "remote"
    if not model.chats:
        return "embeds"
    return LOADED if model.loaded else ""


def _remark(model: Model) -> str:
    """How a loaded model runs, or why this one is another kind."""
    if model.elsewhere:
        return f"answered by {clean_name(model.elsewhere)}"
    facts = [f"ctx {model.running_context}"] if model.running_context else []
    if model.gpu_share is not None:
        share = model.gpu_share
        facts.append("on CPU" if share == 0 else f"{share * 100:.0f} % GPU")
    return " · ".join(facts)
