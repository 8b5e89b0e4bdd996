"""Checks the syntax of Bash code without running it."""

from __future__ import annotations

import os
import subprocess

_TIMEOUT_S = 5.0


def parse_bash(code: str) -> str | None:
    """Return None if bash can parse the code, else its first error, such as ``line 3: …``.

    ``bash -n`` reads commands and does not execute them. The code comes by stdin and no start-up
    file is read. A missing bash and a timeout after 5 s are returned as an error too: never raises.
    """
    command = ["bash", "--noprofile", "--norc", "-n"]
    # An inherited BASH_ENV names a file that bash would run before anything else.
    environment = {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C"}
    try:
        result = subprocess.run(
            command,
            input=code.encode("utf-8", "replace"),
            capture_output=True,
            timeout=_TIMEOUT_S,
            env=environment,
            check=False,
        )
    except FileNotFoundError:
        return "not checked: bash is not installed"
    except subprocess.TimeoutExpired:
        return f"not checked: bash took longer than {_TIMEOUT_S:g} s"
    except OSError as error:
        return f"not checked: bash cannot be started ({error.strerror})"
    if result.returncode == 0:
        return None
    errors = result.stderr.decode("utf-8", "replace").strip().splitlines()
    first = errors[0] if errors else "bash cannot parse it"
    return first.removeprefix("bash: ")
