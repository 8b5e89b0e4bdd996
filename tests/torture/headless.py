"""Scenarios of the whole program without a screen."""

from __future__ import annotations

import json
import random
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bbtui.exchange.json_file import to_json
from bbtui.store.sessions import SessionStore
from tests.cli.ollama import CHAT, WHOLE, Ollama, end, word
from tests.cli.program import Ended, Program
from tests.loopback import CLOSE, RESET, SILENT, Reply, Trace, json_reply, ndjson
from tests.report import samples
from tests.torture.documents import hostile_document
from tests.torture.faults import damaged, hostile, odd, pieces
from tests.torture.invariants import assert_harmless, assert_sound
from tests.torture.wire import SECRET
from tests.waiting import wait_until

BBTUI = ("bbtui",)
WITHOUT_RIGHTS = ("tests.drop_root", "-m", "bbtui")
TEXT = "All is well."
#: The variables that change what the program reads, sends or draws.
_LEAKS = ("BBTUI_", "OLLAMA_", "RUNPOD_", "XDG_", "TEXTUAL", "SSH_", "TMUX", "LC_")
_FIXED = {"TERM": "xterm-256color", "COLORTERM": "truecolor", "LANG": "C.UTF-8", "TZ": "UTC"}


class Played(Program):
    """The program in folders of its own, with an environment that is the same everywhere."""

    def env(self) -> dict[str, str]:
        """Return the environment, in which nothing of the user's is left."""
        kept = {name: value for name, value in super().env().items() if not name.startswith(_LEAKS)}
        return {**kept, **_FIXED, **self.environ, "LC_ALL": "C.UTF-8"}

    def run(self, *words: object, launcher: tuple[str, ...] = BBTUI) -> Ended:
        """Run to the end in a process of its own; it ends as documented."""
        ended = self(*words, launcher=launcher)
        assert_documented(ended)
        return ended

    @property
    def database(self) -> Path:
        """The file of its sessions."""
        return self.home / ".local" / "share" / "bbtui" / "sessions.db"

    def saved(self, ref: object = 1) -> Any:
        """Return a saved session as a document, read in this process."""
        with SessionStore.open(self.database) as store:
            return json.loads(to_json(store.load(str(ref))))


@contextmanager
def playing() -> Iterator[tuple[Played, Ollama]]:
    """Yield the program and a server; afterwards nothing of either is left."""
    with tempfile.TemporaryDirectory() as folder:
        here = Path(folder) / "here"
        here.mkdir()
        program = Played(Path(folder), here)
        with Ollama() as ollama:
            program.configure(local=ollama.url)
            yield program, ollama
            assert_nothing_runs(program)
        logs = list(Path(folder).rglob("bbtui.log"))
        assert not logs, logs[0].read_text("utf-8")[-3000:]


def assert_documented(ended: Ended) -> None:
    """Assert that an end is one that the README names, and that no traceback is shown."""
    assert ended.code in (0, 2, 3, 4, 130), f"exit {ended.code}: {ended.err[-2000:]}"
    assert "Traceback" not in ended.out + ended.err
    assert_harmless(ended.out + ended.err)


def assert_nothing_runs(program: Program) -> None:
    """Assert that no process with the home of this program is left."""
    if not Path("/proc/self/environ").exists():
        return
    mark = f"HOME={program.home}".encode()

    def left() -> list[str]:
        found = []
        for process in Path("/proc").glob("[0-9]*"):
            try:
                if mark in (process / "environ").read_bytes().split(b"\0"):
                    found.append((process / "cmdline").read_bytes().decode(errors="replace"))
            except OSError:
                continue
        return found

    wait_until(lambda: not left(), limit=20)


def next_task_runs(program: Played, ollama: Ollama) -> None:
    """Run one more prompt to its end."""
    ollama.answer(WHOLE)
    ended = program.run("run", "And next?")
    assert ended.code == 0, ended.err
    assert f"> {TEXT}" in ended.out


def scored_before(program: Played) -> None:
    """Put a session with scores into the store, as #1."""
    with SessionStore.open(program.database) as store:
        store.create(samples.complete())


def assert_scores_kept(program: Played) -> None:
    """Assert that every judgement of session #1 is there."""
    before = json.loads(to_json(samples.complete()))
    assert program.saved(1)["judgements"] == before["judgements"]


def server(choice: random.Random) -> None:
    """A server that breaks, lies, or is none: the exit code shows it, and the next task runs."""
    trace = Trace.load(choice.choice(("chat-length", "chat-short-stop", "chat-warm")))
    data = b"".join(trace.reads)
    stream = {"Content-Type": "application/x-ndjson"}
    part = data[: choice.randrange(len(data))]
    broken = (CLOSE,) if choice.random() < 0.5 else (RESET,)
    replies = (
        Reply((*pieces(choice, part), *broken), 200, stream),
        Reply(tuple(pieces(choice, damaged(choice, data))), 200, stream),
        Reply((damaged(choice, b"HTTP/1.1 200 OK\r\n\r\n") + data, CLOSE), framing="raw"),
        json_reply({"error": hostile(choice)}, choice.choice((400, 401, 404, 500))),
        json_reply(json.loads(json.dumps(odd(choice)))),
        Reply((hostile(choice).encode(),), 200, {"Content-Type": "text/html"}, "length"),
        ndjson(word(hostile(choice)), word(hostile(choice)), end()),
        ndjson(word("half "), {"error": hostile(choice)}),
        Reply((b"\x16\x03\x01\x02\x00", CLOSE), framing="raw"),
    )
    with playing() as (program, ollama):
        ollama.answer(choice.choice(replies))
        ended = program.run("run", "Hello?", "--wait", 0, "--json", "s.json", "--report", "r.md")
        assert ended.code in (0, 3, 4)
        answers = json.loads((program.here / "s.json").read_text("utf-8"))["answers"]
        # One that closes before its head is whole is away: its cell is not run.
        assert answers or "1 answer not run" in ended.err
        states = [answer["state"] for answer in answers]
        assert any(state in ("done", "cut") for state in states) == (ended.code == 0)
        assert_harmless((program.here / "r.md").read_text("utf-8"))
        next_task_runs(program, ollama)
        assert_sound(program.database)


def tasks_of(choice: random.Random, program: Played, ollama: Ollama) -> tuple[Path, int]:
    """Return a file of some tasks; the server answers some of them and then only begins."""
    count = choice.randint(2, 5)
    whole = choice.randrange(count)
    begun = ndjson(word("Half "), word("way"), SILENT)
    ollama.answer(*[WHOLE] * whole, begun)
    return program.tasks(*(f"task-{number}" for number in range(count))), whole


def interrupt(choice: random.Random, program: Played, ollama: Ollama, number: int) -> int:
    """Run tasks and send a signal at a random moment; return the exit code."""
    tasks, whole = tasks_of(choice, program, ollama)
    process = program.start("run", "--tasks", tasks)
    asked = choice.randint(0, whole + 1)
    if asked:
        ollama.wait_for(CHAT, asked)
    try:
        process.wait(choice.uniform(0.3, 2.0) if not asked else choice.uniform(0, 0.4))
    except subprocess.TimeoutExpired:
        process.send_signal(number)
    out, err = process.communicate(timeout=60)
    assert "Traceback" not in out + err, err
    return process.returncode


def complete(program: Played, ollama: Ollama) -> None:
    """Resume the session that was interrupted, if it was begun: then every answer is whole."""
    ollama.answer(WHOLE)
    with SessionStore.open(program.database) as store:
        if len(store.summaries()) < 2:
            next_task_runs(program, ollama)
            return
    ended = program.run("run", "--resume", 2)
    assert ended.code == 0, ended.err
    latest = {answer["task"]: answer for answer in program.saved(2)["answers"]}
    assert {answer["text"] for answer in latest.values()} == {TEXT}


def signalled(choice: random.Random) -> None:
    """SIGINT, SIGTERM or SIGHUP at a random moment of a run: resuming it makes it whole."""
    number = choice.choice((signal.SIGINT, signal.SIGTERM, signal.SIGHUP))
    with playing() as (program, ollama):
        scored_before(program)
        code = interrupt(choice, program, ollama, number)
        # Before its first line the program has no handler yet.
        assert code in (130, -number), code
        complete(program, ollama)
        assert_scores_kept(program)
        assert_sound(program.database)


def killed(choice: random.Random) -> None:
    """SIGKILL at a random moment of a run: nothing acknowledged is lost, and it is resumed."""
    with playing() as (program, ollama):
        scored_before(program)
        assert interrupt(choice, program, ollama, signal.SIGKILL) == -signal.SIGKILL
        complete(program, ollama)
        assert_scores_kept(program)
        assert_sound(program.database)


def _mounted(folder: Path, size: int) -> list[str]:
    """Return what runs a command with a small file system at `folder`, which only it sees."""
    script = f'mount -t tmpfs -o size={size}k none "$0" && exec "$@"'
    return ["unshare", "-Urm", "sh", "-c", script, str(folder)]


def full(choice: random.Random) -> None:
    """A full disk (tmpfs, a limit on files, /dev/full): exit 2, and the answer is printed whole."""
    with playing() as (program, ollama):
        data = program.home / "data"
        data.mkdir()
        long, count = word("lorem ipsum " * 1000), choice.randint(40, 90)
        ollama.answer(ndjson(*[long] * count, end()))
        words = ("run", "Hello?", "--data-dir", data, "--json", "-")
        where = choice.choice(("tmpfs", "limit", "device"))
        if where == "tmpfs" and _can_mount(data):
            command = [*_mounted(data, choice.randint(330, 400)), sys.executable, "-m", *BBTUI]
            done = subprocess.run(
                [*command, *map(str, words)],
                cwd=program.here,
                env=program.env(),
                capture_output=True,
                timeout=120,
            )
            ended = Ended(done.returncode, done.stdout.decode(), done.stderr.decode())
        elif where == "device" and Path("/dev/full").exists():
            assert program.run("run", "Hello?", "--data-dir", data).code == 0
            with Path("/dev/full").open("wb") as device:
                for more in (("report",), ("sessions",), ("report", "--format", "json")):
                    done = subprocess.run(
                        [sys.executable, "-m", *BBTUI, *more, "--data-dir", str(data)],
                        cwd=program.here,
                        env=program.env(),
                        stdout=device,
                        stderr=subprocess.PIPE,
                        timeout=120,
                    )
                    assert done.returncode == 2, done.stderr
                    assert b"Traceback" not in done.stderr
            next_task_runs(program, ollama)
            return
        else:
            quota = f"quota={choice.randint(250_000, 400_000)}"
            ended = program(*words, launcher=("tests.cli.conditions", quota))
        assert_documented(ended)
        assert ended.code == 2, ended.err
        assert "#1 is not saved" in ended.err
        (answer,) = json.loads(ended.out)["answers"]
        assert answer["text"].count("lorem ipsum") == count * 1000
        next_task_runs(program, ollama)


def _can_mount(folder: Path) -> bool:
    try:
        tried = subprocess.run([*_mounted(folder, 100), "true"], capture_output=True)
    except FileNotFoundError:
        return False
    return tried.returncode == 0


def read_only(choice: random.Random) -> None:
    """A folder or file that is read-only: what only reads works, what writes is refused."""
    with playing() as (program, ollama):
        data = program.home / "data"
        assert program.run("run", "Before?", "--data-dir", data).code == 0
        place = choice.choice((data, data / "sessions.db"))
        mode = place.stat().st_mode
        place.chmod(mode & 0o555)
        before = (data / "sessions.db").read_bytes()
        readers = ("sessions", "sessions show", "report", "report --format json")
        writers = ("run Hello?", "sessions rename 1 x", "sessions delete 1 --yes", "run --resume")
        try:
            for commands, codes in ((readers, (0,)), (writers, (2,))):
                words = choice.choice(commands).split()
                ended = program.run(*words, "--data-dir", data, launcher=WITHOUT_RIGHTS)
                assert ended.code in codes, (words, ended)
        finally:
            place.chmod(mode)
        assert (data / "sessions.db").read_bytes() == before
        next_task_runs(program, ollama)


def damaged_file(choice: random.Random, path: Path) -> None:
    """Flip bits of a database, or tear it."""
    data = bytearray(path.read_bytes())
    if choice.random() < 0.2:
        del data[choice.randrange(len(data)) :]
    for _ in range(choice.choice((1, 8, 60)) if data else 0):
        data[choice.randrange(len(data))] ^= 1 << choice.randrange(8)
    path.write_bytes(data)


def database(choice: random.Random) -> None:
    """A damaged database under every command: exit 2 with a way out, or an answer; no traceback."""
    with playing() as (program, ollama):
        long = word("lorem ipsum " * 900)
        ollama.answer(ndjson(*[long] * choice.randint(1, 6), end()))
        assert program.run("run", "Hello?").code == 0
        damaged_file(choice, program.database)
        commands = ("sessions", "report", "sessions show", "run Hello?", "run --resume", "doctor")
        for words in choice.sample(commands, 3):
            ended = program.run(*words.split())
            if ended.code == 2:
                assert "bbtui: " in ended.err
        kept = program.database.parent
        shutil.rmtree(kept)
        next_task_runs(program, ollama)


def two_programs(choice: random.Random) -> None:
    """Two programs on one store, at once: both sessions are whole, and one session runs once."""
    with playing() as (program, ollama):
        if choice.random() < 0.5:
            running = [program.start("run", f"Prompt {number}?") for number in range(2)]
            codes = [process.communicate(timeout=60) and process.returncode for process in running]
            assert codes == [0, 0]
            for number in (1, 2):
                (answer,) = program.saved(number)["answers"]
                assert answer["text"] == TEXT
        else:
            ollama.answer(ndjson(word("Half "), SILENT))
            first = program.start("run", "Hello?")
            ollama.wait_for(CHAT)
            other = program.run("run", "--resume", 1)
            assert other.code == 2
            assert "is open in another bbtui" in other.err
            first.send_signal(choice.choice((signal.SIGINT, signal.SIGKILL)))
            first.communicate(timeout=60)
            ollama.answer(WHOLE)
            assert program.run("run", "--resume", 1).code == 0
        next_task_runs(program, ollama)
        assert_sound(program.database)


def clock(choice: random.Random) -> None:
    """A clock that jumps by years while a run is under way: the last session is the latest."""
    with playing() as (program, ollama):
        for number in range(1, 3):
            jumps = ",".join(str(choice.randint(-900_000_000, 900_000_000)) for _ in range(3))
            launcher = ("tests.torture.jumping", jumps)
            ended = program.run("run", f"Prompt {number}?", launcher=launcher)
            assert ended.code == 0, ended.err
            (answer,) = program.saved("")["answers"]
            assert answer["text"] == TEXT
            assert 0 < answer["timing"]["ttft_ns"] < 60 * 10**9
            assert f"Prompt {number}?" in program.run("report").out
        next_task_runs(program, ollama)


def document(choice: random.Random) -> None:
    """A hostile session document: reported and imported, or refused in one sentence with exit 2."""
    with playing() as (program, ollama):
        path = program.here / "s.json"
        path.write_bytes(hostile_document(choice).encode("utf-8", "surrogateescape"))
        for words in (("report",), ("sessions", "import"), ("report", "--format", "json")):
            ended = program.run(*words, path)
            assert ended.code in (0, 2)
        next_task_runs(program, ollama)


def secret(choice: random.Random) -> None:
    """A server that repeats the key: it is in no output, file or report."""
    start = choice.randrange(len(SECRET) - 12)
    part = choice.choice((SECRET, f"Bearer {SECRET}", SECRET[start:]))
    words = f"{hostile(choice)} bad key {part}"
    with playing() as (program, ollama):
        with (program.home / "bbtui.toml").open("a") as file:
            file.write('headers = { Authorization = "env:BIG_AUTH" }\n')
        program.environ["BIG_AUTH"] = f"Bearer {SECRET}"
        ollama.answer(
            choice.choice(
                (
                    json_reply({"error": words}, choice.choice((400, 401, 403, 500))),
                    ndjson(word("Well "), {"error": words}),
                    ndjson(word("Well "), f"{words}\n".encode()),
                    Reply((words.encode(),), 401, {"Content-Type": "text/plain"}, "length"),
                )
            )
        )
        if choice.random() < 0.3:
            ollama.on("GET /api/version", json_reply({"error": words}, 401))
        ended = program.run("run", "Hello?", "--wait", 0, "--json", "s.json", "--report", "r.md")
        examined = program.run("doctor")
        texts = [text for done in (ended, examined) for text in (done.out, done.err)]
        kept = [file.read_bytes() for file in program.home.rglob("*") if file.is_file()]
        for at in range(len(SECRET) - 8 + 1):
            piece = SECRET[at : at + 8]
            assert not any(piece in text for text in texts), texts
            assert not any(piece.encode() in data for data in kept)
        next_task_runs(program, ollama)
