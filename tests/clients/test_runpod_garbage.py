"""Whatever the API answers, it is a pod or an explained error."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bbtui.clients.http.peer import Peer
from bbtui.clients.http.replies import Reply
from bbtui.clients.runpod.errors import error_from_reply, unreadable_reply
from bbtui.clients.runpod.json_replies import (
    UnexpectedReplyError,
    read_pod,
    read_pods,
    read_quotas,
    read_retry_after,
)
from bbtui.domain.pod import Pod
from bbtui.formatting.sanitize import clean_name

PEER = Peer("https://api.runpod.io/v2", provider=True)
KEYS = ("status", "actions", "ports", "gpu", "cost", "locked", "cluster", "runtime", "startedAt")

values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=3)
    ),
    max_leaves=6,
)
pods = st.fixed_dictionaries(
    {"id": st.text(min_size=1, max_size=20), "status": st.text(max_size=20)},
    optional=dict.fromkeys(KEYS[1:], values),
)
bodies = st.one_of(
    st.binary(max_size=60),
    values.map(lambda value: json.dumps(value).encode()),
    pods.map(lambda value: json.dumps(value).encode()),
    st.lists(pods, max_size=2).map(lambda found: json.dumps({"pods": found}).encode()),
)
headers = st.dictionaries(
    st.sampled_from(["content-type", "retry-after", "ratelimit", "ratelimit-policy", "date"]),
    st.text(max_size=40) | st.sampled_from(['"minute";r=0;t=9', '"minute";q=60;w=60', "text/html"]),
)


def harmless(words: str) -> bool:
    """Whether it is one line that no terminal would obey, whatever else is in it."""
    return clean_name(words) == words


@given(bodies)
def test_any_body_is_decoded_or_rejected(body: bytes):
    for read in (read_pod, read_pods):
        try:
            read(body)
        except UnexpectedReplyError as error:
            words = unreadable_reply(Reply(200, {}, body), PEER, incomplete=error.incomplete)
            assert harmless(words.message)
            assert words.fix


@given(pods)
def test_unreadable_fields_are_skipped(view: dict[str, Any]):
    pod = read_pod(json.dumps(view).encode())
    assert isinstance(pod, Pod)
    assert harmless(pod.id)
    assert harmless(pod.state_text)


@given(st.integers(200, 599), headers, bodies)
def test_any_reply_is_a_document_or_an_error_with_a_fix(
    status: int, sent: dict[str, str], body: bytes
):
    read_quotas(sent)
    assert read_retry_after(sent) >= 0
    error = error_from_reply(Reply(status, sent, body), PEER, "RUNPOD_API_KEY")
    if error is None:
        assert status == 200
        assert isinstance(json.loads(body), dict)
    else:
        assert harmless(error.message)
        assert error.fix


def test_unreadable_pod_is_skipped():
    odd = {"id": "b2", "status": "RUNNING", "gpu": "L40S", "name": 7, "cost": "$1", "ports": [1]}
    listed = [{"id": "a1", "status": "EXITED"}, {"id": "no status"}, odd, "no pod"]
    pods, _ = read_pods(json.dumps({"pods": listed}).encode())
    assert [(pod.id, pod.name, pod.status) for pod in pods] == [
        ("a1", "a1", "EXITED"),
        ("b2", "b2", "RUNNING"),
    ]
    assert (pods[1].gpu, pods[1].cost_per_hour, pods[1].http_ports) == ("", None, ())


def test_list_without_any_pod_is_rejected():
    with pytest.raises(UnexpectedReplyError):
        read_pods(b'{"pods": [1, {"id": "a1"}]}')
    assert read_pods(b'{"pods": []}') == ([], "")


@pytest.mark.parametrize("depth", [100_000])
def test_deeply_nested_body_is_rejected(depth: int):
    with pytest.raises(UnexpectedReplyError):
        read_pod(b'{"id":"a","status":"b","cluster":' + b"[" * depth)
