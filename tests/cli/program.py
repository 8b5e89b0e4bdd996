"""bbtui without a terminal, with a home folder of its own."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import pytest

from bbtui import __main__ as entry

ROOT = Path(__file__).parents[2]
#: Only used up by a test that fails.
LIMIT_S = 120.0


@dataclass(frozen=True)
class Ended:
    """A process that has ended."""

    code: int
    out: str
    err: str


@dataclass
class Program:
    """bbtui with a home folder of its own."""

    home: Path
    """Holds configuration, data and cache."""
    here: Path
    """The current folder."""
    environ: dict[str, str] = field(default_factory=dict)
    preloaded: bool = False
    """Whether it runs in a terminal without importing its modules again."""

    def configure(self, **urls: str) -> Path:
        """Write a configuration with an endpoint of each name, all with the same model."""
        tables = (
            f'[[endpoints]]\nname = "{name}"\nlabel = "{name.title()}"\n'
            f'url = "{url}"\nmodel = "gemma3:1b"\n'
            for name, url in urls.items()
        )
        path = self.home / "bbtui.toml"
        path.write_text("\n".join(tables), encoding="utf-8")
        self.environ["BBTUI_CONFIG"] = str(path)
        return path

    def tasks(self, *ids: str) -> Path:
        """Write a tasks file with a task of each id."""
        tables = (f'[[task]]\nid = "{name}"\nprompt = "Prompt of {name}."\n' for name in ids)
        path = self.home / "tasks.toml"
        path.write_text("\n".join(tables), encoding="utf-8")
        return path

    def __call__(
        self, *words: object, stdin: str | bytes = "", launcher: Sequence[str] = ()
    ) -> Ended:
        """Run to the end in this process, or in one of its own with a `launcher`.

        A launcher is the module to run, and arguments in front of the others.
        """
        arguments = list(map(str, words))
        data = stdin.encode() if isinstance(stdin, str) else stdin
        if launcher:
            ended = self._run_process([*launcher, *arguments], data)
        else:
            ended = self._run_here(arguments, data)
        assert "Traceback" not in ended.err + ended.out
        return ended

    def _run_here(self, arguments: list[str], stdin: bytes) -> Ended:
        out, err = io.BytesIO(), io.BytesIO()
        streams = {"stdin": io.BytesIO(stdin), "stdout": out, "stderr": err}
        interval = sys.getswitchinterval()
        with pytest.MonkeyPatch.context() as patch:
            for name, stream in streams.items():
                text = io.TextIOWrapper(stream, encoding="utf-8", errors="surrogateescape")
                patch.setattr(sys, name, text)
            for name, value in self.environ.items():
                patch.setenv(name, value)
            patch.setenv("HOME", str(self.home))
            patch.chdir(self.here)
            # It would change how the process of the tests handles signals.
            patch.setattr(entry, "_prepare", lambda: None)
            try:
                code = entry.main(arguments)
            except SystemExit as exit_:  # of -h
                code = int(exit_.code or 0)
            for stream in (sys.stdout, sys.stderr):
                stream.flush()
            sys.setswitchinterval(interval)
            return Ended(code, out.getvalue().decode(), err.getvalue().decode())

    def _run_process(self, command: list[str], stdin: bytes) -> Ended:
        done = subprocess.run(
            [sys.executable, "-m", *command],
            input=stdin,
            capture_output=True,
            cwd=self.here,
            env=self.env(),
            timeout=LIMIT_S,
            check=False,
        )
        return Ended(done.returncode, done.stdout.decode(), done.stderr.decode())

    def start(self, *words: object, launcher: Sequence[str] = ("bbtui",)) -> subprocess.Popen[str]:
        """Start, with pipes for stdout and stderr; `launcher` as in a run to the end."""
        return subprocess.Popen(
            [sys.executable, "-m", *launcher, *map(str, words)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=self.here,
            env=self.env(),
            text=True,
            encoding="utf-8",
        )

    def session(self, ref: str = "") -> Any:
        """Return a saved session in its portable form."""
        return json.loads(self("report", *([ref] if ref else []), "--format", "json").out)

    def env(self) -> Mapping[str, str]:
        """Return the environment it runs in."""
        fixed = {"HOME": str(self.home), "PYTHONPATH": str(ROOT), "PYTHONFAULTHANDLER": "1"}
        return {**os.environ, **fixed, **self.environ}


def line_with(stream: IO[str], words: str) -> str:
    """Read lines until one contains this text, and return it."""
    seen = []
    for line in stream:
        seen.append(line)
        if words in line:
            return line
    raise AssertionError(f"no line with {words!r} in {seen}")
