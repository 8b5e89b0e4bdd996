"""The errors of RunPod's API: cause and fix, and never the key."""

from __future__ import annotations

import logging
import socket
import traceback

import pytest

from bbtui.clients.factory import make_pod_control
from bbtui.clients.http.peer import Peer
from bbtui.clients.ports import PodControl
from bbtui.clients.runpod.client import PriceCache, RunPodClient
from bbtui.config.settings import PodSettings
from bbtui.domain.pod import PodAction
from bbtui.errors import PodError, PodKeyError
from tests.clients.cloud import POD, VARIABLE, cloud, control
from tests.fakes.runpod import KEY, READ_ONLY_KEY, FakeRunPod
from tests.fakes.runpod_failures import (
    BAD_GATEWAY,
    BLOCKED,
    BROKEN,
    EMPTY,
    HALF,
    NOTHING,
    PAGE,
    Failure,
    limited,
)
from tests.loopback import SILENT, Loopback, Reply, json_reply

__all__ = ["cloud"]

ASK_AGAIN = "probably an outage of RunPod (uptime.runpod.io): try again in a minute"
URL = "check pod.api_url; the default is https://api.runpod.io/v2"


def refused(steer: PodControl) -> PodError:
    with pytest.raises(PodError) as caught:
        steer.pod(POD)
    return caught.value


def test_invalid_key_is_reported(cloud: FakeRunPod):
    error = refused(control(cloud.url, "rpa_EXPIRED"))
    assert error.message == (
        'RunPod rejected the key in RUNPOD_API_KEY (HTTP 401); message: "invalid bearer token"'
    )
    assert error.fix == (
        "it is invalid, expired or revoked: create one in RunPod's console under Settings, then "
        "export RUNPOD_API_KEY=…"
    )
    assert (error.kind, error.exit_code) == ("key", 3)


def test_key_without_permission_to_act_is_reported(cloud: FakeRunPod):
    cloud.add(POD)
    steer = control(cloud.url, READ_ONLY_KEY)
    assert steer.pod(POD).stopped
    with pytest.raises(PodError) as caught:
        steer.perform(POD, PodAction.START)
    assert caught.value.message == (
        "the key in RUNPOD_API_KEY has no permission to start this pod (HTTP 403); "
        'message: "access denied"; the pod is stopped'
    )
    assert "grant it in" in caught.value.fix


@pytest.mark.parametrize("value", [None, "", "  \n"])
def test_missing_key_is_reported(value: str | None):
    environ = {} if value is None else {VARIABLE: value}
    with pytest.raises(PodKeyError) as caught:
        make_pod_control(
            PodSettings("runpod", POD, f"env:{VARIABLE}", "http://x"), environ, PriceCache()
        )
    assert caught.value.message == (
        "the environment variable RUNPOD_API_KEY with RunPod's key is not set"
    )
    assert caught.value.fix.startswith("export RUNPOD_API_KEY=… and restart")
    assert caught.value.exit_code == 2


@pytest.mark.parametrize("value", ["rpa_SECRET\nx", '"rpa_SECRET"', "rpa_SECRET x", "rpa_SECRETé"])
def test_malformed_key_is_reported(value: str):
    with pytest.raises(PodKeyError) as caught:
        control("http://127.0.0.1:1", value)
    assert caught.value.message == (
        "the key in the environment variable RUNPOD_API_KEY contains characters that no key has"
    )
    assert "look for a line break, a blank or a quote mark in it" in caught.value.fix
    assert "SECRET" not in "".join(traceback.format_exception(caught.value))


def test_key_is_not_sent_unencrypted():
    with pytest.raises(PodKeyError) as caught:
        control("http://api.example.com/v2")
    assert caught.value.message == (
        "pod.api_url is http://api.example.com/v2: the key would be sent unencrypted"
    )


def test_line_break_after_the_key_is_ignored(cloud: FakeRunPod):
    cloud.add(POD)
    assert control(cloud.url, f"{KEY}\n").pod(POD).stopped


def test_unknown_pod_is_reported(cloud: FakeRunPod):
    error = refused(control(cloud.url))
    assert error.message == ('RunPod has no such pod (HTTP 404); message: "resource not found"')
    assert "`bbtui pods` lists those this key can see" in error.fix
    assert error.kind == "gone"


def test_action_on_an_unknown_pod_is_reported(cloud: FakeRunPod):
    with pytest.raises(PodError) as caught:
        control(cloud.url).perform(POD, PodAction.STOP)
    assert caught.value.kind == "gone"


def test_action_at_a_retired_api_is_reported(cloud: FakeRunPod):
    cloud.next(*[Failure(json_reply({"title": "Gone", "status": 410}, 410))] * 2)
    with pytest.raises(PodError) as caught:
        control(cloud.url).perform(POD, PodAction.START)
    assert caught.value.message == (
        f'the API at 127.0.0.1:{cloud.port} has been retired (HTTP 410); message: "Gone"'
    )


def test_action_on_a_cluster_pod_is_refused(cloud: FakeRunPod):
    cloud.add(POD, running=True, cluster="cluster_1")
    with pytest.raises(PodError) as caught:
        control(cloud.url).perform(POD, PodAction.STOP)
    assert caught.value.message == (
        'RunPod did not stop the pod (HTTP 409); message: "pod is a cluster member"; '
        "the pod is running"
    )


def test_stop_of_a_locked_pod_is_refused(cloud: FakeRunPod):
    cloud.add(POD, running=True, locked=True)
    with pytest.raises(PodError, match="cannot stop this pod") as caught:
        control(cloud.url).perform(POD, PodAction.STOP)
    assert caught.value.kind == "refused"


@pytest.mark.parametrize(
    ("failure", "kind", "cause", "fix"),
    [
        (
            BLOCKED,
            "blocked",
            'WHERE blocked the request before it reached RunPod (HTTP 403): "error code: 1010"',
            "the VPN, proxy or network in use may be blocked: try another one",
        ),
        (
            BROKEN,
            "broken",
            'WHERE answered HTTP 500; message: "internal server error"',
            ASK_AGAIN,
        ),
        (
            BAD_GATEWAY,
            "broken",
            'WHERE answered with a web page instead of JSON (HTTP 502): "502 Bad gateway"',
            ASK_AGAIN,
        ),
        (
            PAGE,
            "broken",
            'WHERE answered with a web page instead of JSON (HTTP 200): "Sign in"',
            f"a login page may be in between, or {URL}",
        ),
        (
            HALF,
            "broken",
            "the reply of WHERE ends after 27 bytes, before it is complete",
            ASK_AGAIN,
        ),
        (EMPTY, "broken", "WHERE answered HTTP 200 (empty reply)", ASK_AGAIN),
        (
            NOTHING,
            "unreachable",
            "WHERE closed the connection before replying",
            "it may be a temporary failure: try again",
        ),
        (
            limited(12),
            "limited",
            "too many requests to WHERE for this account (HTTP 429): wait 12 s",
            "all programs that use the account share the limit",
        ),
        (
            Failure(json_reply({"title": "Gone", "status": 410}, 410)),
            "refused",
            'the API at WHERE has been retired (HTTP 410); message: "Gone"',
            URL,
        ),
        (
            Failure(Reply((), 410, framing="length")),
            "refused",
            "the API at WHERE has been retired (HTTP 410)",
            URL,
        ),
        (
            Failure(Reply((), 404, framing="length")),
            "broken",
            "WHERE answered HTTP 404",
            URL,
        ),
        (
            Failure(Reply((), 302, {"Location": "https://x.example/?token=1"}, "length")),
            "broken",
            "WHERE redirects to x.example (HTTP 302)",
            "if that is the API, set pod.api_url to it",
        ),
        (
            Failure(json_reply({"version": "0.33.3"})),
            "broken",
            "WHERE does not reply like RunPod's API: a JSON object of 21 bytes "
            "with the key version",
            URL,
        ),
        (
            Failure(json_reply([1, 2])),
            "broken",
            "WHERE does not reply like RunPod's API: a JSON array of 6 bytes",
            URL,
        ),
        (
            Failure(
                json_reply(
                    {
                        "title": "Unprocessable Entity",
                        "status": 422,
                        "detail": "Request validation failed.",
                        "errors": ["$: additional properties\x1b[31m 'force' not allowed"],
                    },
                    422,
                )
            ),
            "refused",
            'RunPod refused the request (HTTP 422); message: "Request validation failed."',
            URL,
        ),
    ],
)
def test_every_other_error_reply_has_cause_and_fix(
    cloud: FakeRunPod, failure: Failure, kind: str, cause: str, fix: str
):
    cloud.add(POD)
    cloud.next(failure)
    error = refused(control(cloud.url))
    assert error.message == cause.replace("WHERE", f"127.0.0.1:{cloud.port}")
    assert (error.fix, error.kind) == (fix, kind)


def test_silent_api_times_out(loopback: Loopback):
    loopback.on(f"GET /pods/{POD}", Reply((SILENT,)))
    steer = RunPodClient(Peer(loopback.url, provider=True), VARIABLE, PriceCache(), within_s=0.2)
    error = refused(steer)
    assert error.message == f"no data from 127.0.0.1:{loopback.port} for 0.2 s"
    assert error.fix == "it may be slow temporarily: try again"


def test_api_without_a_server_is_unreachable():
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    error = refused(control(f"http://127.0.0.1:{port}"))
    assert error.message == f"nothing listens at 127.0.0.1:{port} (connection refused)"
    assert error.fix == "check pod.api_url"


def test_unsent_action_is_not_followed_by_a_check():
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with pytest.raises(PodError) as caught:
        control(f"http://127.0.0.1:{port}").perform(POD, PodAction.START)
    assert caught.value.message == f"nothing listens at 127.0.0.1:{port} (connection refused)"


def test_unresolvable_name_is_unreachable(monkeypatch: pytest.MonkeyPatch):
    def nowhere(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", nowhere)
    error = refused(control("https://api.example.com/v2"))
    assert error.message == "the name api.example.com cannot be resolved (DNS)"
    assert error.fix == "check the host in pod.api_url, and the network"


@pytest.mark.parametrize("failure", [BLOCKED, BROKEN, PAGE, HALF, NOTHING, limited(3)])
def test_key_is_in_no_error_repr_or_log(
    cloud: FakeRunPod, failure: Failure, caplog: pytest.LogCaptureFixture
):
    cloud.add(POD)
    cloud.next(failure)
    steer = control(cloud.url)
    with caplog.at_level(logging.DEBUG):
        error = refused(steer)
    told = "".join(traceback.format_exception(error)) + repr(error) + str(error) + repr(steer)
    assert KEY not in told
    assert KEY not in caplog.text
