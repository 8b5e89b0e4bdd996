"""Returns how many CPU cores this process may use, and the name of the CPU.

`os.cpu_count()` counts the machine's cores. A container is often allowed fewer, by affinity or by
a CPU quota, and llama.cpp with more threads than that is slower by a factor of a hundred: its
threads spin while they wait for each other.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import NamedTuple


def usable_cores(root: Path = Path("/"), affinity: int | None = None) -> int:
    """Return the cores that affinity and the quotas of control groups allow, at least 1.

    `root` is the folder of /proc and /sys; `affinity` replaces the process's own. A quota of one
    and a half cores counts as one: a second thread would be throttled.
    """
    allowed = affinity if affinity is not None else _affinity()
    return max(1, min([allowed, *map(int, _quotas(root))]))


def threads_each(cores: int, models: int) -> int:
    """Return the threads for each of `models` that run in parallel; one core stays free."""
    return max(1, (cores - 1) // models)


def processor_name(root: Path = Path("/")) -> str:
    """Return the name of the CPU, such as "AMD EPYC"; "" if it is not known."""
    named = re.search(r"^model name\s*:(.*)", _read(root / "proc/cpuinfo"), re.MULTILINE)
    return " ".join(named[1].split()) if named else ""


def _affinity() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class _Hierarchy(NamedTuple):
    """A mounted control group hierarchy."""

    version: int
    """1 or 2."""

    folder: Path

    mounted: PurePosixPath
    """The group at the root of the mount."""


def _quotas(root: Path) -> Iterator[float]:
    """Yield every quota from this process's group up to the mount, in cores."""
    own = dict(_own_groups(root))
    for version, folder, mounted in _hierarchies(root):
        group = own.get(version)
        if group is None:
            continue
        # A group outside of the mount cannot be read; only the mount itself.
        inside = group.relative_to(mounted) if group.is_relative_to(mounted) else PurePosixPath()
        for level in (inside, *inside.parents):
            quota = (_quota_v2 if version == 2 else _quota_v1)(folder / level)
            if quota is not None:
                yield quota


def _own_groups(root: Path) -> Iterator[tuple[int, PurePosixPath]]:
    """Yield (version, group) from /proc/self/cgroup: ``0::/path``, ``4:cpu,cpuacct:/path``."""
    for line in _read(root / "proc/self/cgroup").splitlines():
        number, _, rest = line.partition(":")
        controllers, _, group = rest.partition(":")
        if number == "0":
            yield 2, PurePosixPath(group)
        elif "cpu" in controllers.split(","):
            yield 1, PurePosixPath(group)


def _hierarchies(root: Path) -> Iterator[_Hierarchy]:
    """Yield the mounts in /proc/self/mountinfo (proc(5)) that may have a CPU quota."""
    for line in _read(root / "proc/self/mountinfo").splitlines():
        before, _, after = line.partition(" - ")
        fields, kind = before.split(), after.split()
        if len(fields) < 5 or len(kind) < 3:
            continue
        mounted, folder = PurePosixPath(fields[3]), root / fields[4].lstrip("/")
        if kind[0] == "cgroup2":
            yield _Hierarchy(2, folder, mounted)
        elif kind[0] == "cgroup" and "cpu" in kind[2].split(","):
            yield _Hierarchy(1, folder, mounted)


def _quota_v2(group: Path) -> float | None:
    """Read ``cpu.max``: "quota period" in µs, or "max period" for no limit."""
    fields = _read(group / "cpu.max").split()
    return _cores(*fields) if len(fields) == 2 else None


def _quota_v1(group: Path) -> float | None:
    """Read two files in µs; a quota of -1 is no limit."""
    return _cores(
        _read(group / "cpu.cfs_quota_us").strip(), _read(group / "cpu.cfs_period_us").strip()
    )


def _cores(quota: str, period: str) -> float | None:
    if not (quota.isdecimal() and period.isdecimal()) or int(period) == 0:
        return None
    return int(quota) / int(period)


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
