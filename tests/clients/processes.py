"""Waiting for processes that are not this one's children."""

from __future__ import annotations

import os
import select
import signal
import subprocess

import pytest

needs_pidfd = pytest.mark.skipif(not hasattr(os, "pidfd_open"), reason="only Linux has pidfds")


def assert_ends_with(parent: subprocess.Popen[str], children: list[int]) -> None:
    """Kill the parent; every child must end within the 5 s that are promised."""
    handles = {os.pidfd_open(pid) for pid in children}
    ended: set[int] = set()
    try:
        parent.kill()
        parent.wait()
        while handles - ended:
            readable, _, _ = select.select(handles - ended, [], [], 5)
            assert readable, "a child has outlived its program by 5 s"
            ended.update(readable)
    finally:
        for handle in handles:
            if handle not in ended:
                signal.pidfd_send_signal(handle, signal.SIGKILL)
            os.close(handle)
