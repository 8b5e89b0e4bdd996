"""Usable cores, on made-up /proc and /sys trees."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from bbtui.clients.embedded.cpu import processor_name, threads_each, usable_cores

V2_MOUNT = "31 23 0:28 {mounted} /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw,nsdelegate\n"
V1_MOUNT = "32 31 0:29 {mounted} /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct\n"


def tree(root: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


def test_affinity_counts_without_control_groups(tmp_path: Path) -> None:
    assert usable_cores(tmp_path, affinity=6) == 6


@pytest.mark.parametrize(
    ("limit", "cores"),
    [
        ("max 100000\n", 8),
        ("200000 100000\n", 2),
        ("150000 100000\n", 1),
        ("50000 100000\n", 1),
        ("1600000 100000\n", 8),
        ("", 8),
        ("nonsense\n", 8),
        ("100000 0\n", 8),
    ],
)
def test_version_2_quota(tmp_path: Path, limit: str, cores: int) -> None:
    root = tree(
        tmp_path,
        {
            "proc/self/cgroup": "0::/\n",
            "proc/self/mountinfo": V2_MOUNT.format(mounted="/"),
            "sys/fs/cgroup/cpu.max": limit,
        },
    )
    assert usable_cores(root, affinity=8) == cores


def test_smallest_quota_of_parent_groups_counts(tmp_path: Path) -> None:
    root = tree(
        tmp_path,
        {
            "proc/self/cgroup": "0::/user.slice/app.slice/bbtui.scope\n",
            "proc/self/mountinfo": V2_MOUNT.format(mounted="/"),
            "sys/fs/cgroup/user.slice/cpu.max": "300000 100000\n",
            "sys/fs/cgroup/user.slice/app.slice/bbtui.scope/cpu.max": "max 100000\n",
            "sys/fs/cgroup/other.slice/cpu.max": "100000 100000\n",
        },
    )
    assert usable_cores(root, affinity=8) == 3


@pytest.mark.parametrize(("quota", "cores"), [("-1\n", 8), ("250000\n", 2)])
def test_version_1_quota(tmp_path: Path, quota: str, cores: int) -> None:
    root = tree(
        tmp_path,
        {
            "proc/self/cgroup": "9:memory:/x\n4:cpu,cpuacct:/box\n0::/\n",
            "proc/self/mountinfo": V1_MOUNT.format(mounted="/"),
            "sys/fs/cgroup/cpu,cpuacct/box/cpu.cfs_quota_us": quota,
            "sys/fs/cgroup/cpu,cpuacct/box/cpu.cfs_period_us": "100000\n",
        },
    )
    assert usable_cores(root, affinity=8) == cores


def test_container_reads_its_own_part_of_the_hierarchy(tmp_path: Path) -> None:
    """Docker without a namespace: the group's path is the host's, its files are at the mount."""
    root = tree(
        tmp_path,
        {
            "proc/self/cgroup": "4:cpu,cpuacct:/docker/abc\n",
            "proc/self/mountinfo": V1_MOUNT.format(mounted="/docker/abc"),
            "sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us": "200000\n",
            "sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us": "100000\n",
        },
    )
    assert usable_cores(root, affinity=8) == 2


def test_group_outside_of_the_mount_uses_the_mount(tmp_path: Path) -> None:
    root = tree(
        tmp_path,
        {
            "proc/self/cgroup": "0::/elsewhere\n",
            "proc/self/mountinfo": V2_MOUNT.format(mounted="/docker/abc"),
            "sys/fs/cgroup/cpu.max": "100000 100000\n",
        },
    )
    assert usable_cores(root, affinity=8) == 1


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="affinity is Linux's")
def test_affinity_of_the_process_is_a_limit() -> None:
    assert 1 <= usable_cores() <= len(os.sched_getaffinity(0))


@pytest.mark.parametrize(
    ("cores", "models", "threads"), [(1, 2, 1), (2, 2, 1), (4, 2, 1), (5, 2, 2), (16, 2, 7)]
)
def test_one_core_stays_free(cores: int, models: int, threads: int) -> None:
    assert threads_each(cores, models) == threads


def test_processor_name(tmp_path: Path) -> None:
    text = "processor\t: 0\nmodel name\t: Some  CPU @ 2.0GHz\n\nprocessor\t: 1\n"
    root = tree(tmp_path, {"proc/cpuinfo": text})
    assert processor_name(root) == "Some CPU @ 2.0GHz"
    assert processor_name(tmp_path / "nowhere") == ""
