"""Run Python without the rights by which root ignores the permissions of files.

``python -m tests.drop_root ARGUMENTS``: for root, whom CI often is, a read-only folder can be
written. An ordinary user has no such rights, and loses none.
"""

from __future__ import annotations

import ctypes
import os
import sys

_PR_CAPBSET_DROP = 24
_CAP_DAC_OVERRIDE, _CAP_DAC_READ_SEARCH = 1, 2


def main(arguments: list[str]) -> None:
    """Replace this process by Python with these arguments, with fewer rights."""
    if os.geteuid() == 0:
        libc = ctypes.CDLL(None, use_errno=True)
        for capability in (_CAP_DAC_OVERRIDE, _CAP_DAC_READ_SEARCH):
            if libc.prctl(_PR_CAPBSET_DROP, capability, 0, 0, 0):
                raise OSError(ctypes.get_errno(), "cannot drop a capability of root")
    # What is dropped is lost by the next program.
    os.execv(sys.executable, [sys.executable, *arguments])


if __name__ == "__main__":
    main(sys.argv[1:])
