from __future__ import annotations

import subprocess
import sys

import pytest

# httpx imports its own command line, and with it rich, wherever click is installed.
PROGRAM = """
import sys
sys.modules["click"] = None
import {module}
print(*sorted({{name.partition(".")[0] for name in sys.modules}}))
"""


def loaded_by(module: str) -> set[str]:
    """Return the top-level packages a fresh interpreter has loaded after importing this one."""
    command = [sys.executable, "-c", PROGRAM.format(module=module)]
    result = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert result.returncode == 0, result.stderr
    return set(result.stdout.split())


@pytest.mark.parametrize(
    ("module", "never"),
    [
        ("bbtui.engine.comparison", {"textual", "rich", "httpx", "jinja2"}),
        ("bbtui.engine.answer_writer", {"textual", "rich", "httpx", "jinja2"}),
        ("bbtui.domain.session", {"textual", "rich", "httpx", "jinja2", "sqlite3", "msgspec"}),
    ],
)
def test_lower_rooms_load_no_screen_and_no_wire(module, never):
    loaded = loaded_by(module)
    assert "bbtui" in loaded
    assert loaded & never == set()
