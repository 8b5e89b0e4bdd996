"""The host behind an endpoint that is on no pod: what is known of it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from bbtui.domain.address import mask_url
from bbtui.domain.endpoint import Endpoint
from bbtui.domain.host import Host
from bbtui.ui.messages import host_text, unconfigured_words
from bbtui.ui.screens.prompts import ChoicePrompt

if TYPE_CHECKING:
    from bbtui.ui.screens.main import MainScreen


async def show(main: MainScreen) -> None:
    """Show the host of the focused pane."""
    endpoint, comparison = main.pane.endpoint, main.comparison
    if endpoint.name not in comparison.hosts:
        main.tell(unconfigured_words(endpoint))
        return
    stale = comparison.hosts.monitor.sighting(endpoint.name).stale(time.monotonic())
    lines = facts(endpoint, comparison.hosts.host(endpoint.name), stale=stale)
    question = f"the host of {endpoint.label}: on no pod, so there is nothing to start or stop"
    await main.app.push_screen_wait(ChoicePrompt(question, {"escape": "close"}, lines))


def facts(endpoint: Endpoint, host: Host, *, stale: bool) -> list[str]:
    """What is known of a host, a line each: state and place, what helps, the model, the rest."""
    words = host_text(host, stale=stale)
    build = host.build
    lines = (
        (words.state, mask_url(endpoint.address), endpoint.hardware),
        (host.problem.fix,),
        (endpoint.model, build.parameters, build.quantisation, build.digest[:12]),
        words.known,
    )
    return [told for line in lines if (told := " · ".join(part for part in line if part))]
