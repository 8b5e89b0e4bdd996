"""The rows of the list of models: name, size, weights, context, and what is loaded."""

from __future__ import annotations

from collections.abc import Collection

from textual.content import Content

from bbtui.domain.model import Model, full_name
from bbtui.ui.amounts import format_bytes
from bbtui.ui.words import literal

MISSING = "not there · enter pulls it"


def heading(name_width: int) -> Content:
    """What the columns are."""
    words = f"  {'model':<{name_width}}  {'size':>8}  {'weights':>9}  {'quantised':<10}  context"
    return Content.styled(words, "$foreground-muted")


def row(model: Model, name_width: int, *, context: int | None, chosen: Collection[str]) -> Content:
    """One model; `context` is the trained one where it was asked for, `chosen` are full names."""
    here = full_name(model.name) in chosen
    size = "–" if model.size is None else format_bytes(model.size)
    trained = model.context_length or context
    facts = (
        f"  {size:>8}  {literal(model.parameters) or '–':>9}"
        f"  {literal(model.quantisation) or '–':<10}  {'–' if not trained else f'{trained:,}':>7}  "
    )
    return Content.assemble(
        (_name(model.name, name_width, here=here), "bold" if here else ""),
        facts,
        (_loaded(model), "$text-success" if model.loaded else "$foreground-muted"),
    )


def missing_row(name: str, name_width: int) -> Content:
    """A model that a column asks for and the server does not have."""
    return Content.assemble(
        (_name(name, name_width, here=True), "bold"), "  ", (MISSING, "$text-warning")
    )


def _name(name: str, width: int, *, here: bool) -> str:
    return f"{'▸' if here else ' '} {literal(name):<{width}}"


def _loaded(model: Model) -> str:
    if model.elsewhere:
        return f"answered by {literal(model.elsewhere)}, not by this server"
    if not model.chats:
        return "for embedding, answers no prompts"
    if not model.loaded:
        return ""
    facts = ["● loaded"]
    if model.running_context:
        facts.append(f"ctx {model.running_context}")
    if model.gpu_share is not None:
        share = model.gpu_share
        facts.append("on CPU" if share == 0 else f"{share * 100:.0f} % GPU")
    return " · ".join(facts)
