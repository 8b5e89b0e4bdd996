from __future__ import annotations

import threading

import pytest

from bbtui.clients.doctor.run import run_in_background


@pytest.mark.parametrize("error", [OSError("no network"), KeyError("unforeseen")])
def test_exception_of_the_call_is_raised_by_result(error: Exception) -> None:
    def fails() -> None:
        raise error

    with pytest.raises(type(error)) as raised:
        run_in_background(fails).result(30)
    assert raised.value is error


def test_result_times_out_while_the_call_goes_on() -> None:
    release = threading.Event()
    future = run_in_background(lambda: release.wait(30))
    with pytest.raises(TimeoutError):
        future.result(0.01)
    release.set()
    assert future.result(30)
