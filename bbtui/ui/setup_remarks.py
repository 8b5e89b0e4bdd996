"""What the set-up screen says below the places: what is missing, and what would bring it."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content

from bbtui.domain.candidate import Candidate
from bbtui.engine.discovery import Discovery
from bbtui.formatting.sanitize import clean_name
from bbtui.ui.setup_messages import silent_usual

_NOTHING = (
    "Nothing to compare was found. Start a server (ollama serve), then r;\n"
    "or u, and type an address; or d: the demo brings its own two models."
)
_NO_KEY = "pods: with RUNPOD_API_KEY in the environment, yours are listed here"


def around(discovery: Discovery, places: Sequence[Candidate], *, anything: bool) -> list[Content]:
    """The remarks, the weightiest first; `anything` is whether there is a model to be picked."""
    remarks = []
    trouble = discovery.pods_error
    if trouble is not None:
        cause = Content.assemble(("✗", "$text-error"), f" pods: {clean_name(trouble.cause)}")
        hint = Content.styled(f"  {clean_name(trouble.fix)}", "$foreground-muted")
        remarks.append(Content("\n").join([cause, hint]))
    if discovery.checking_s is None:
        if not anything:
            remarks.append(Content(_NOTHING))
        if silent := silent_usual(places):
            remarks.append(Content.styled(f"nothing at {', '.join(silent)}", "$foreground-muted"))
    if not discovery.can_list_pods:
        remarks.append(Content.styled(_NO_KEY, "$foreground-muted"))
    return remarks
