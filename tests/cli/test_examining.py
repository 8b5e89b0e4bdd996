"""Endpoints examined side by side."""

from __future__ import annotations

from collections.abc import Callable

from bbtui.cli.examining import examine_all
from bbtui.clients.peer import Peer
from bbtui.clients.subject import Subject
from bbtui.domain.endpoint import Endpoint
from bbtui.domain.pod import Pod
from tests.cli.ollama import Ollama
from tests.fakes.pods import RUNNING
from tests.loopback import Loopback


def subject(name: str, url: str, pod: Callable[[], Pod] | None = None) -> Subject:
    return Subject(Endpoint(name, name, "gemma3:1b", "ollama", url), Peer(url), pod=pod)


def test_each_is_examined_while_the_others_are(ollama: Ollama) -> None:
    """The first waits for the second to have begun: one after the other would never end."""
    with Loopback() as second:

        def look() -> Pod:
            second.wait_for("GET /api/version")
            return RUNNING

        found = examine_all([subject("one", ollama.url, look), subject("two", second.url)])
    assert [one.endpoint.name for one in found] == ["one", "two"]
    assert [one.can_answer for one in found] == [True, False]


def test_what_nobody_foresaw_ends_one_examination(ollama: Ollama) -> None:
    def broken() -> Pod:
        raise KeyError("status")

    crashed, other = examine_all([subject("one", ollama.url, broken), subject("two", ollama.url)])
    assert other.can_answer
    assert not crashed.can_answer
    assert crashed.diagnosis is not None
    assert crashed.diagnosis.cause == (
        "bbtui failed while it examined this endpoint: KeyError('status')"
    )
    assert crashed.diagnosis.fix.startswith("a bug in bbtui (clients/")
