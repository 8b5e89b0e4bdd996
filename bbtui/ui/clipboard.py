"""Copying to the clipboard of the terminal: OSC 52, and tmux's buffer where tmux drops it."""

from __future__ import annotations

import os
import shutil
import subprocess

from textual.app import App

TMUX_TIMEOUT_S = 2.0


def copy(app: App[object], text: str) -> str:
    """Copy `text`; return a message about where it went."""
    text = text.encode(errors="replace").decode()  # half a surrogate pair cannot be sent
    app.copy_to_clipboard(text)
    size = f"{len(text):,} characters"
    if "TMUX" not in os.environ:
        return f"copied {size} (OSC 52: if your terminal supports it)"
    if _to_tmux(text):
        return f"copied {size} to tmux and to your terminal"
    return f"copied {size} (OSC 52: tmux drops it unless set-clipboard is on)"


def _to_tmux(text: str) -> bool:
    """Load tmux's buffer, which passes the text on (-w); return whether that worked."""
    if shutil.which("tmux") is None:
        return False
    command = ["tmux", "load-buffer", "-w", "-"]
    try:
        done = subprocess.run(
            command, input=text.encode(), capture_output=True, timeout=TMUX_TIMEOUT_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0
