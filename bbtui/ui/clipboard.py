"""Copying to the clipboard of the terminal: OSC 52, and tmux's buffer where tmux drops it."""

from __future__ import annotations

import os
import shutil
import subprocess
from typing import NamedTuple

from textual.app import App

TMUX_TIMEOUT_S = 2.0
#: What terminals take of OSC 52 at most, in bytes of base64: the smallest limit in common use.
MOST_BASE64 = 100_000


class Copied(NamedTuple):
    """Whether a text was copied, and where it went."""

    done: bool
    """Whether it was copied."""
    message: str
    """Where it went, or why not."""


def copy(app: App[object], text: str) -> Copied:
    """Copy a text, unless it is longer than terminals take."""
    text = text.encode(errors="replace").decode()  # half a surrogate pair cannot be sent
    size = f"{len(text):,} characters"
    in_tmux = "TMUX" in os.environ
    if -(-len(text.encode()) // 3) * 4 > MOST_BASE64:
        if in_tmux and _to_tmux(text, pass_on=False):
            limit = f"terminals take {MOST_BASE64 // 4000 * 3} kB"
            return Copied(True, f"copied {size} to tmux only: {limit}")
        limit = f"the {MOST_BASE64 // 4000 * 3} kB terminals take"
        return Copied(False, f"not copied: {size} are more than {limit}")
    app.copy_to_clipboard(text)
    if not in_tmux:
        return Copied(True, f"copied {size} (OSC 52: if your terminal supports it)")
    if _to_tmux(text, pass_on=True):
        return Copied(True, f"copied {size} to tmux and to your terminal")
    return Copied(True, f"copied {size} (OSC 52: tmux drops it unless set-clipboard is on)")


def _to_tmux(text: str, *, pass_on: bool) -> bool:
    """Load tmux's buffer, and let it pass the text on; return whether that worked."""
    if shutil.which("tmux") is None:
        return False
    command = ["tmux", "load-buffer", *(["-w"] if pass_on else []), "-"]
    try:
        done = subprocess.run(
            command, input=text.encode(), capture_output=True, timeout=TMUX_TIMEOUT_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0
