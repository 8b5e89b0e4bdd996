"""How many processor cores this process may really use, and what the processor is called.

`os.cpu_count()` counts the machine's cores. A container is often allowed fewer, by affinity or by
a quota of processor time, and llama.cpp with more threads than that is slower by a factor of a
hundred: its threads wait for each other in a spin.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import NamedTuple


def usable_cores(root: Path = Path("/"), affinity: int | None = None) -> int:
    """The cores that affinity and the control groups' quota leave, at least 1.

    `root` is where /proc and /sys are looked for; `affinity` stands in for the process's own. A
    quota of one and a half cores counts as one: what goes beyond it is stopped by the kernel.
    """
    allowed = affinity if affinity is not None else _affinity()
    quotas = [int(quota) for quota in _quotas(root)]
    return max(1, min([allowed, *quotas]))


def threads_each(cores: int, models: int) -> int:
    """The threads of each of `models` that compute at once; one core stays free for the rest."""
    return max(1, (cores - 1) // models)


def processor_name(root: Path = Path("/")) -> str:
    """What the processor calls itself, such as "AMD EPYC"; "" where the system does not say."""
    for line in _read(root / "proc/cpuinfo").splitlines():
        key, _, value = line.partition(":")
        if key.strip() == "model name":
            return " ".join(value.split())
    return ""


def _affinity() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class _Hierarchy(NamedTuple):
    """A mounted control group hierarchy: version 1 or 2, its folder, and what is mounted there."""

    version: int
    folder: Path
    mounted: PurePosixPath


def _quotas(root: Path) -> Iterator[float]:
    """Every limit on the way from this process's group up to the mount, in cores."""
    own = dict(_own_groups(root))
    for version, folder, mounted in _hierarchies(root):
        group = own.get(version)
        if group is None:
            continue
        # Outside of the part that is mounted only the mount itself can be read.
        inside = group.relative_to(mounted) if group.is_relative_to(mounted) else PurePosixPath()
        for level in (inside, *inside.parents):
            quota = (_quota_v2 if version == 2 else _quota_v1)(folder / level)
            if quota is not None:
                yield quota


def _own_groups(root: Path) -> Iterator[tuple[int, PurePosixPath]]:
    """(version, group) from /proc/self/cgroup: ``0::/path`` and ``4:cpu,cpuacct:/path``."""
    for line in _read(root / "proc/self/cgroup").splitlines():
        number, _, rest = line.partition(":")
        controllers, _, group = rest.partition(":")
        if number == "0":
            yield 2, PurePosixPath(group)
        elif "cpu" in controllers.split(","):
            yield 1, PurePosixPath(group)


def _hierarchies(root: Path) -> Iterator[_Hierarchy]:
    """The mounts of /proc/self/mountinfo (proc(5)) that may hold a quota of processor time."""
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
    """``cpu.max`` holds "quota period" in µs, or "max period" for no limit."""
    words = _read(group / "cpu.max").split()
    return _cores(words[0], words[1]) if len(words) == 2 else None


def _quota_v1(group: Path) -> float | None:
    """Two files in µs; a quota of -1 is no limit."""
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
