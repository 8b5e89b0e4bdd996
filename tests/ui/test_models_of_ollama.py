"""The models dialog with the real client and a server on the loopback."""

from __future__ import annotations

import threading

from bbtui.clients.factory import connect
from bbtui.config.settings import EndpointSettings
from tests.fakes import BIG, make_connection
from tests.loopback import LIMIT_S, SILENT, Loopback, Wait, json_reply, loopback, ndjson
from tests.ui.driver import run_app

__all__ = ["loopback"]

PULL = "POST /api/pull"
WEIGHTS = {"status": "pulling aea", "digest": "sha256:aea", "total": 4_000_000_000}
QUARTER = {**WEIGHTS, "completed": 1_000_000_000}


def connections(server: Loopback):
    settings = EndpointSettings("local", "Local", server.url, "gemma3:270m")
    return [make_connection(BIG), connect(settings, {})]


async def test_pull_from_its_size_to_its_end(loopback: Loopback, release: threading.Event) -> None:
    for name in ("version", "tags", "ps-loaded"):
        loopback.replay(name)
    loopback.on(
        PULL,
        ndjson({"status": "pulling manifest"}, WEIGHTS, SILENT),
        ndjson({"status": "pulling manifest"}, QUARTER, Wait(release), {"status": "success"}),
    )
    async with run_app(connections=connections(loopback)) as app:
        await app.press("l", "m")
        await app.shows("smollm2:135m")
        row = app.row("▸ gemma3:270m")
        for words in ("253 MB", "● loaded", "Q4_K_M", "32,768", "ctx 4096 · on CPU"):
            assert words in row
        await app.press("p")
        await app.type("gemma3:4b")
        await app.press("enter")
        await app.shows("pull gemma3:4b to Local? 4.0 GB.")
        assert loopback.wait_for(PULL).gone.wait(LIMIT_S), "nothing is fetched while it asks"
        await app.press("y")
        await app.shows(" 25 %  1.0 GB of 4.0 GB")
        release.set()
        await app.shows("pulling gemma3:4b: done")
        assert [request.json["model"] for request in loopback.requests_to(PULL)] == [
            "gemma3:4b"
        ] * 2


async def test_esc_cancels_a_pull_on_the_server(loopback: Loopback) -> None:
    for name in ("version", "tags", "ps-loaded"):
        loopback.replay(name)
    loopback.on(PULL, ndjson(QUARTER, SILENT))
    async with run_app(connections=connections(loopback)) as app:
        await app.press("l", "m", "p")
        await app.type("gemma3:4b")
        await app.press("enter")
        await app.shows("3.0 GB of it left to download")
        await app.press("y")
        await app.shows(" 25 %")
        await app.press("escape")
        await app.shows("stopped by you; pull it again to resume")
        assert loopback.wait_for(PULL, 2).gone.wait(LIMIT_S)


async def test_quitting_cancels_a_pull_on_the_server(loopback: Loopback) -> None:
    for name in ("version", "tags", "ps-loaded"):
        loopback.replay(name)
    loopback.on("POST /api/chat", json_reply({}), ndjson(SILENT))
    loopback.on(PULL, ndjson(QUARTER, SILENT))
    async with run_app(connections=connections(loopback)) as app:
        await app.press("l", "m", "p")
        await app.type("gemma3:4b")
        await app.press("enter")
        await app.shows("left to download")
        await app.press("y")
        await app.shows(" 25 %")
        await app.press("m", "q")
        await app.until(lambda: not app.app.is_running)
    assert loopback.wait_for(PULL, 2).gone.wait(LIMIT_S)
