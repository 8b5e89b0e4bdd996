from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.ollama import Ollama, closed_port_url
from tests.cli.program import Program

__all__ = ["closed_port_url"]


@pytest.fixture
def program(home: Path, tmp_path: Path) -> Program:
    """Return the program, in an empty home folder and an empty current folder."""
    folder = tmp_path / "here"
    folder.mkdir()
    return Program(home, folder, preloaded=True)


@pytest.fixture
def new_interpreter(program: Program) -> None:
    """Let the program start and end as it does for a user, also in a terminal."""
    program.preloaded = False


@pytest.fixture
def ollama() -> Iterator[Ollama]:
    """Yield a server that answers as an Ollama with its models in memory does."""
    with Ollama() as server:
        yield server
