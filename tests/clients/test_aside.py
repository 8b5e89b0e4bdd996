"""A call that one does not wait for without an end."""

from __future__ import annotations

import threading

import pytest

from bbtui.clients.aside import Aside


def test_what_it_returns() -> None:
    assert Aside(lambda: 3).result() == 3


@pytest.mark.parametrize("error", [OSError("no network"), KeyError("nobody foresaw it")])
def test_what_it_raises(error: Exception) -> None:
    def fails() -> None:
        raise error

    with pytest.raises(type(error)) as raised:
        Aside(fails).result(30)
    assert raised.value is error


def test_what_takes_too_long() -> None:
    go_on = threading.Event()
    aside = Aside(lambda: go_on.wait(30))
    with pytest.raises(TimeoutError):
        aside.result(0.01)
    go_on.set()
    assert aside.result(30)
