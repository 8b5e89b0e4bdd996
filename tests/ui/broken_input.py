"""bbtui with an input thread that fails at the first key."""

from __future__ import annotations

import sys
from unittest.mock import patch

from bbtui.__main__ import main
from bbtui.ui.terminal_input import TerminalInput


def _fail(self: TerminalInput, data: bytes, now: float) -> list[object]:
    if data == b"c":
        raise RuntimeError("odd key")
    return []


if __name__ == "__main__":
    with patch.object(TerminalInput, "feed", _fail):
        sys.exit(main())
