"""The sheet of models over the real client, before a server on the loopback."""

from __future__ import annotations

import threading

from bbtui.clients.factory import connect
from bbtui.config.settings import EndpointSettings
from tests.fakes import BIG, make_connection
from tests.loopback import LIMIT_S, SILENT, Loopback, Wait, json_reply, loopback, ndjson
from tests.ui.desks import seated

__all__ = ["loopback"]

PULL = "POST /api/pull"
WEIGHTS = {"status": "pulling aea", "digest": "sha256:aea", "total": 4_000_000_000}
QUARTER = {**WEIGHTS, "completed": 1_000_000_000}


def connections(server: Loopback):
    settings = EndpointSettings("local", "Local", server.url, "gemma3:270m")
    return [make_connection(BIG), connect(settings, {})]


async def test_a_pull_from_its_size_to_its_end(loopback: Loopback, gate: threading.Event) -> None:
    for name in ("version", "tags", "ps-loaded"):
        loopback.replay(name)
    loopback.on(
        PULL,
        ndjson({"status": "pulling manifest"}, WEIGHTS, SILENT),
        ndjson({"status": "pulling manifest"}, QUARTER, Wait(gate), {"status": "success"}),
    )
    async with seated(connections=connections(loopback)) as seat:
        await seat.press("l", "m")
        await seat.sees("smollm2:135m")
        row = seat.row("▸ gemma3:270m")
        for words in ("253 MB", "● loaded", "Q4_K_M", "32,768", "ctx 4096 · on CPU"):
            assert words in row
        await seat.press("p")
        await seat.type("gemma3:4b")
        await seat.press("enter")
        await seat.sees("pull gemma3:4b to Local? 4.0 GB.")
        assert loopback.wait_for(PULL).gone.wait(LIMIT_S), "nothing is fetched while it asks"
        await seat.press("y")
        await seat.sees(" 25 %  1.0 GB of 4.0 GB")
        gate.set()
        await seat.sees("pulling gemma3:4b: done")
        assert [request.json["model"] for request in loopback.asked(PULL)] == ["gemma3:4b"] * 2


async def test_esc_ends_a_pull_on_the_server_too(loopback: Loopback) -> None:
    for name in ("version", "tags", "ps-loaded"):
        loopback.replay(name)
    loopback.on(PULL, ndjson(QUARTER, SILENT))
    async with seated(connections=connections(loopback)) as seat:
        await seat.press("l", "m", "p")
        await seat.type("gemma3:4b")
        await seat.press("enter")
        await seat.sees("3.0 GB of it still to fetch")
        await seat.press("y")
        await seat.sees(" 25 %")
        await seat.press("escape")
        await seat.sees("stopped by you; pulling again goes on where it stopped")
        assert loopback.wait_for(PULL, 2).gone.wait(LIMIT_S)


async def test_leaving_ends_what_is_under_way(loopback: Loopback) -> None:
    for name in ("version", "tags", "ps-loaded"):
        loopback.replay(name)
    loopback.on("POST /api/chat", json_reply({}), ndjson(SILENT))
    loopback.on(PULL, ndjson(QUARTER, SILENT))
    async with seated(connections=connections(loopback)) as seat:
        await seat.press("l", "m", "p")
        await seat.type("gemma3:4b")
        await seat.press("enter")
        await seat.sees("still to fetch")
        await seat.press("y")
        await seat.sees(" 25 %")
        await seat.press("m", "q")
        await seat.until(lambda: not seat.app.is_running)
    assert loopback.wait_for(PULL, 2).gone.wait(LIMIT_S)
