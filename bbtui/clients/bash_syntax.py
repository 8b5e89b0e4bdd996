"""The shell as a judge of shell code: it parses and runs nothing."""

from __future__ import annotations

import os
import subprocess

_LIMIT_S = 5.0


def parse_bash(code: str) -> str | None:
    """None if bash can parse the code, else its first complaint, such as ``line 3: …``.

    ``bash -n`` reads commands and does not execute them. The code comes by stdin and no start-up
    file is read. A missing bash and one that takes longer than 5 s are told in the same way: never
    raises.
    """
    command = ["bash", "--noprofile", "--norc", "-n"]
    # An inherited BASH_ENV names a file that bash would run before anything else.
    environment = {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C"}
    try:
        done = subprocess.run(
            command,
            input=code.encode("utf-8", "replace"),
            capture_output=True,
            timeout=_LIMIT_S,
            env=environment,
            check=False,
        )
    except FileNotFoundError:
        return "not checked: there is no bash on this machine"
    except subprocess.TimeoutExpired:
        return f"not checked: bash took longer than {_LIMIT_S:g} s"
    except OSError as error:
        return f"not checked: bash cannot be started ({error.strerror})"
    if done.returncode == 0:
        return None
    complaints = done.stderr.decode("utf-8", "replace").strip().splitlines()
    first = complaints[0] if complaints else "bash cannot parse it"
    return first.removeprefix("bash: ")
