"""File systems that lack what a database needs, as those of a network do."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from bbtui.domain.score import Score
from bbtui.store.sessions import SessionStore
from tests.store.builders import make_judgement, small_session
from tests.store.children import ROOT

#: Replaces two functions of the system for the database's files: SHM=1 refuses to map the index
#: of a log, LOCKS=1 refuses every lock.
LACKING = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static int is_of_database(int file, const char *end) {
    char link[64], name[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t length = readlink(link, name, sizeof name - 1);
    if (length < 0) return 0;
    name[length] = 0;
    char *found = strstr(name, "sessions.db");
    return found && !strcmp(name + length - strlen(end), end);
}

void *mmap64(void *at, size_t size, int protection, int flags, int file, off_t offset) {
    void *(*real)(void *, size_t, int, int, int, off_t) = dlsym(RTLD_NEXT, "mmap64");
    if (file >= 0 && getenv("SHM") && is_of_database(file, "-shm")) {
        errno = ENODEV;
        return MAP_FAILED;
    }
    return real(at, size, protection, flags, file, offset);
}
void *mmap(void *at, size_t size, int protection, int flags, int file, off_t offset) {
    return mmap64(at, size, protection, flags, file, offset);
}

int fcntl64(int file, int command, ...) {
    int (*real)(int, int, ...) = dlsym(RTLD_NEXT, "fcntl64");
    va_list rest;
    va_start(rest, command);
    void *argument = va_arg(rest, void *);
    va_end(rest);
    if (command == F_SETLK && getenv("LOCKS") && is_of_database(file, "")) {
        errno = ENOLCK;
        return -1;
    }
    return real(file, command, argument);
}
int fcntl(int file, int command, ...) {
    va_list rest;
    va_start(rest, command);
    void *argument = va_arg(rest, void *);
    va_end(rest);
    return fcntl64(file, command, argument);
}
"""

#: Judges session 1, or creates it.
PROGRAM = """
import sys
from pathlib import Path
from bbtui.domain.score import Score
from bbtui.errors import StoreError
from bbtui.store.sessions import SessionStore
from tests.store.builders import make_judgement, small_session
path = Path(sys.argv[1])
try:
    with SessionStore.open(path) as store, SessionStore.open(path) as other:
        session = store.load("1") if store.summaries() else store.create(small_session())
        store.lock(session.id)
        store.judge(session.id, make_judgement(Score(3)))
        print(len(other.load("1").judgements))
except StoreError as error:
    print(error)
"""


@pytest.fixture(scope="module")
def lacking(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a library that makes the file system lack what the environment names."""
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None:
        pytest.skip("there is no C compiler")
    folder = tmp_path_factory.mktemp("lacking")
    source, library = folder / "lacking.c", folder / "lacking.so"
    source.write_text(LACKING)
    subprocess.run([compiler, "-shared", "-fPIC", "-o", library, source, "-ldl"], check=True)
    return library


def run(path: Path, library: Path, **lacks: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, path],
        cwd=ROOT,
        env=os.environ | {"LD_PRELOAD": str(library), **lacks},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""
    return done.stdout


def test_without_shared_memory_everything_is_saved_and_read(path: Path, lacking: Path) -> None:
    assert run(path, lacking, SHM="1") == "1\n"
    assert run(path, lacking, SHM="1") == "2\n"
    with SessionStore.open(path) as store:  # again on a local disk
        assert len(store.load("1").judgements) == 2
    assert run(path, lacking, SHM="1") == "3\n"


def test_log_of_a_program_that_died_is_read_without_shared_memory(
    path: Path, lacking: Path
) -> None:
    with SessionStore.open(path) as store:
        session = store.create(small_session())
        store.judge(session.id, make_judgement(Score(1)))
        left = path.parent.with_name("left")
        shutil.copytree(path.parent, left)  # as a program leaves it that is killed
    assert (left / "sessions.db-wal").stat().st_size
    assert run(left / "sessions.db", lacking, SHM="1") == "2\n"


def test_without_locks_another_folder_is_recommended(path: Path, lacking: Path) -> None:
    told = run(path, lacking, LOCKS="1")
    assert told.startswith("the file system cannot lock sessions.db (")
    assert str(path) in told
    assert "use a folder on a local disk: --data-dir FOLDER" in told
