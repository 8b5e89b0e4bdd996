"""From an endpoint's settings to what an examination needs, for doctor and for the screen."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from bbtui.crashes import Crash, attempt
from bbtui.domain.examination import Examination, OnStep, unexamined
from bbtui.domain.pod import Pod

if TYPE_CHECKING:
    from bbtui.cli.context import Context
    from bbtui.clients.doctor.subject import Subject
    from bbtui.config.settings import EndpointSettings


def subject_of(settings: EndpointSettings, context: Context, num_ctx: int | None) -> Subject:
    """What is examined: the endpoint, and the pod behind it where there is one.

    `num_ctx` is the context the options ask for. Raises EndpointError if nothing can be sent to
    it; a key of the pod's provider that is missing is told by the examination.
    """
    from bbtui.clients.doctor.subject import Subject
    from bbtui.clients.factory import peer_of
    from bbtui.clients.pod_binding import bind_pod

    pod = bind_pod(settings, context.environ, context.pod_control)

    def look() -> Pod:
        assert pod is not None
        return pod.control().pod(pod.id)

    return Subject(
        endpoint=settings.value(),
        peer=peer_of(settings, context.environ),
        num_ctx=num_ctx,
        pod=None if pod is None else look,
    )


def examine_all(subjects: Sequence[Subject]) -> list[Examination]:
    """All of them side by side, in their order."""
    from bbtui.clients.aside import Aside

    walks = [Aside(partial(examined, subject)) for subject in subjects]
    return [walk.result() for walk in walks]


def examined(subject: Subject, tell: OnStep = lambda _: None) -> Examination:
    """What one examination found; `tell` has every step, and a crash is told as what it found."""
    from bbtui.clients.doctor.run import examine

    found = attempt(partial(examine, subject, tell))
    if isinstance(found, Crash):
        cause = found.during("examined this endpoint")
        return unexamined(subject.endpoint, cause, found.fix)
    return found
