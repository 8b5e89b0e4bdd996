"""The error of a server is quoted without what it was sent, however it repeats it."""

from __future__ import annotations

import base64
from urllib.parse import quote

import pytest

from bbtui.clients.http.peer import Peer

KEY = "sk-proj/AbCdEfGh+0123456789=xyz"
PEER = Peer("https://me:hunter22@api.example.com/v1", {"Authorization": f"Bearer {KEY}"})


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        (f"bad key {KEY}!", "bad key …!"),
        (f"bad key {KEY[:12]}…", "bad key ……"),
        (f"bad key {KEY[:8]}****{KEY[-8:]}", "bad key …****…"),
        (f"bad key {KEY[5:20]}, not {KEY[10:]}", "bad key …, not …"),
        (f"bad key {KEY[:7]}****{KEY[-4:]}", f"bad key {KEY[:7]}****{KEY[-4:]}"),
        (f"GET /?key={quote(KEY, safe='')}", "GET /?key=…"),
        (f"GET /?key={quote(KEY)}", "GET /?key=…"),
        ("me:hunter22 is Basic " + base64.b64encode(b"me:hunter22").decode(), "me:… is Basic …"),
        ("the bearer of a project", "the bearer of a project"),
    ],
)
def test_eight_characters_or_more_of_a_key_are_hidden(said: str, shown: str) -> None:
    assert PEER.quoted(said) == shown
    assert PEER.quoted(said.encode()) == shown


def test_key_at_the_end_of_what_is_quoted_is_hidden() -> None:
    for before in range(40, 90):
        assert "sk-proj/" not in PEER.quoted("x" * before + KEY)
