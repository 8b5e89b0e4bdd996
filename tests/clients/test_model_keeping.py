"""Loading, unloading and pulling models, and every way that can fail."""

from __future__ import annotations

import json
import threading

import pytest

from bbtui.clients.http.peer import Peer
from bbtui.clients.ollama.models import OllamaModels
from bbtui.clients.ports import CancelToken
from bbtui.domain.endpoint import Options
from bbtui.domain.model import PullProgress
from bbtui.errors import EndpointError
from tests.loopback import LIMIT_S, RESET, SILENT, Loopback, Reply, Wait, json_reply, ndjson

PULL = "POST /api/pull"
MODEL = "gemma3:4b"
MANIFEST = {"status": "pulling manifest"}
SUCCESS = {"status": "success"}
WEIGHTS, LICENSE = "sha256:aea", "sha256:dd0"


def part(digest: str, total: int, completed: int = 0) -> dict[str, object]:
    """One line of a pull; Ollama leaves out what is 0."""
    came = {"completed": completed} if completed else {}
    return {"status": f"pulling {digest[7:]}", "digest": digest, "total": total, **came}


def catalog(loopback: Loopback) -> OllamaModels:
    return OllamaModels(Peer(loopback.url))


def pull(loopback: Loopback, cancel_token: CancelToken | None = None) -> list[PullProgress]:
    return list(catalog(loopback).pull(MODEL, cancel_token or CancelToken()))


def failed(loopback: Loopback) -> EndpointError:
    with pytest.raises(EndpointError) as told:
        pull(loopback)
    return told.value


def test_load_sends_the_options_of_the_session(loopback: Loopback) -> None:
    trace = loopback.replay("preload")
    options = Options(temperature=0.3, num_ctx=4096)
    catalog(loopback).load("gemma3:270m", options, CancelToken())
    [asked] = loopback.requests_to("POST /api/chat")
    assert (asked.json["messages"], asked.json["think"]) == ([], False)
    assert asked.json["options"] == {"temperature": 0.3, "num_ctx": 4096}
    assert "keep_alive" not in asked.json, "how long it stays is the server's own"
    assert trace.status == 200


def test_load_of_a_missing_model_fails(loopback: Loopback) -> None:
    loopback.replay("error-model-missing")
    with pytest.raises(EndpointError, match="does not have the model gemma3:27b"):
        catalog(loopback).load("gemma3:27b", Options(), CancelToken())


def test_cancelled_load_ends_on_the_server(loopback: Loopback) -> None:
    loopback.on("POST /api/chat", Reply((SILENT,)))
    line = CancelToken()

    def cut() -> None:
        loopback.wait_for("POST /api/chat")
        line.cancel()

    threading.Thread(target=cut).start()
    with pytest.raises(EndpointError):
        catalog(loopback).load(MODEL, Options(), line)
    assert loopback.wait_for("POST /api/chat").gone.wait(LIMIT_S)


def test_unloading(loopback: Loopback) -> None:
    loopback.replay("unload")
    catalog(loopback).unload("gemma3:270m")
    [asked] = loopback.requests_to("POST /api/chat")
    assert asked.json == {"model": "gemma3:270m", "messages": [], "keep_alive": 0}


def test_failed_unload_is_reported(loopback: Loopback) -> None:
    loopback.on("POST /api/chat", json_reply({"error": "no"}, 500))
    with pytest.raises(EndpointError, match="server message: no"):
        catalog(loopback).unload("gemma3:270m")


def test_pull_adds_up_its_parts(loopback: Loopback) -> None:
    loopback.on(
        PULL,
        ndjson(
            MANIFEST,
            part(WEIGHTS, 1000),
            part(WEIGHTS, 1000, 400),
            part(WEIGHTS, 1000, 1000),
            part(LICENSE, 8, 8),
            {"status": "verifying sha256 digest"},
            {"status": "writing manifest"},
            SUCCESS,
        ),
    )
    seen = pull(loopback)
    assert [(step.completed, step.total) for step in seen] == [
        (0, 0),
        (0, 1000),
        (400, 1000),
        (1000, 1000),
        *[(1008, 1008)] * 4,
    ]
    assert [seen[0].status, seen[2].status, seen[-1].status] == [
        "pulling manifest",
        "pulling aea",
        "success",
    ]
    [asked] = loopback.requests_to(PULL)
    assert asked.json == {"model": MODEL, "stream": True}


def test_implausible_sizes_are_limited(loopback: Loopback) -> None:
    loopback.on(PULL, ndjson(part(WEIGHTS, 100, 900), part(LICENSE, -5, -7), SUCCESS))
    assert (pull(loopback)[-1].completed, pull(loopback)[-1].total) == (100, 100)
    assert pull(loopback)[-1].unsized == 1


def test_measure_stops_at_the_first_missing_part(loopback: Loopback) -> None:
    loopback.on(PULL, ndjson(MANIFEST, part(LICENSE, 8, 8), part(WEIGHTS, 1000, 30), SILENT))
    assert catalog(loopback).measure(MODEL, CancelToken()) == PullProgress("pulling aea", 1008, 38)
    assert loopback.wait_for(PULL).gone.wait(LIMIT_S), "the server is not told to go on"


def test_measure_stops_at_a_part_without_size(loopback: Loopback) -> None:
    loopback.on(PULL, ndjson({"status": "pulling aea", "digest": WEIGHTS}, SILENT))
    measured = catalog(loopback).measure(MODEL, CancelToken())
    assert measured == PullProgress("pulling aea", unsized=1)


def test_measure_of_a_complete_model_is_none(loopback: Loopback) -> None:
    loopback.on(PULL, ndjson(MANIFEST, part(WEIGHTS, 1000, 1000), SUCCESS))
    assert catalog(loopback).measure(MODEL, CancelToken()) is None


def test_cancelled_pull_ends_without_an_error(loopback: Loopback) -> None:
    release = threading.Event()
    loopback.on(PULL, ndjson(part(WEIGHTS, 1000, 10), Wait(release), SILENT))
    line = CancelToken()
    pulling = catalog(loopback).pull(MODEL, line)
    assert next(pulling).completed == 10
    release.set()
    line.cancel()
    assert list(pulling) == []
    assert loopback.wait_for(PULL).gone.wait(LIMIT_S)


def test_unknown_model_fails(loopback: Loopback) -> None:
    words = "pull model manifest: file does not exist"
    loopback.on(PULL, ndjson(MANIFEST, {"error": words}))
    error = failed(loopback)
    assert error.message == f"server message: {words}"
    assert "check the model's name" in error.fix


def test_full_disk_is_quoted_from_the_server(loopback: Loopback) -> None:
    words = "write /models/blobs/sha256-aea-partial: no space left on device"
    loopback.on(PULL, ndjson(part(WEIGHTS, 1000, 400), {"error": words}))
    error = failed(loopback)
    assert error.message == f"server message: {words}"
    assert "free disk space" in error.fix
    assert "pull it again to resume" in error.fix


def test_error_before_the_first_line(loopback: Loopback) -> None:
    loopback.on(PULL, json_reply({"error": "invalid model name"}, 400))
    error = failed(loopback)
    assert "HTTP 400" in error.message
    assert "server message: invalid model name" in error.message


def test_lost_connection_can_be_resumed(loopback: Loopback) -> None:
    loopback.on(PULL, ndjson(part(WEIGHTS, 1000, 400), RESET))
    error = failed(loopback)
    assert "connection lost after" in error.message
    assert error.fix.count("pull it again to resume") == 1


def test_stream_without_success_fails(loopback: Loopback) -> None:
    loopback.on(PULL, ndjson(part(WEIGHTS, 1000, 400)))
    error = failed(loopback)
    assert "ended the pull before it was complete" in error.message
    assert error.fix == "pull it again to resume"


def test_stream_that_begins_with_garbage_fails(loopback: Loopback) -> None:
    loopback.on(PULL, ndjson(b"<html>\n", MANIFEST, SUCCESS))
    assert "the stream contains a line" in failed(loopback).message


@pytest.mark.parametrize(
    "line",
    [b"<html>\n", b"null\n", b'{"total": "much"}\n', b'{"total": 1e99}\n', b'{"total":-1}\n'],
)
def test_unreadable_line_of_a_pull_is_left_out(loopback: Loopback, line: bytes) -> None:
    loopback.on(PULL, ndjson(MANIFEST, line, part(WEIGHTS, 1000, 1000), SUCCESS))
    last = pull(loopback)[-1]
    assert (last.status, last.total, last.completed) == ("success", 1000, 1000)


def test_last_line_of_a_pull_needs_no_end(loopback: Loopback) -> None:
    loopback.on(PULL, ndjson(MANIFEST, json.dumps(SUCCESS).encode()))
    assert pull(loopback)[-1].status == "success"


def test_server_that_cannot_pull_fails(loopback: Loopback) -> None:
    assert "does not know the path" in failed(loopback).message


def test_control_characters_of_the_status_are_removed(loopback: Loopback) -> None:
    loopback.on(PULL, ndjson({"status": "pulling \x1b[2Jx"}, SUCCESS))
    assert pull(loopback)[0].status == "pulling �[2Jx"


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ({"error": "no pull for hunter22"}, "no pull for …"),
        (b"hunter22?\n", 'not JSON: "…?"'),
        ({"status": "as hunter22"}, "as …"),
    ],
)
def test_key_repeated_by_a_pull_is_masked(loopback: Loopback, line: object, told: str) -> None:
    loopback.on(PULL, ndjson(line, SUCCESS))
    models = OllamaModels(Peer(loopback.url, {"Authorization": "Bearer hunter22"}))
    try:
        words = next(models.pull(MODEL, CancelToken())).status
    except EndpointError as error:
        words = error.message
    assert words.endswith(told)
