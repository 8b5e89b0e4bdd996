"""Scenarios of the whole program on a pseudo-terminal."""

from __future__ import annotations

import random
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bbtui.ui.terminal_input import GIVE_UP_S
from tests.cli.ollama import Ollama, end, word
from tests.cli.terminal import Terminal, in_terminal
from tests.loopback import SILENT, ndjson
from tests.torture.faults import ESCAPES
from tests.torture.headless import Played, next_task_runs, playing
from tests.torture.invariants import assert_sound
from tests.ui.test_terminal import assert_restored
from tests.ui.test_terminal_input import REPLIES
from tests.waiting import wait_until

CTRL_Q, ESC = "\x11", "\x1b"
HALF = ndjson(word("Half "), word("way"), SILENT)
#: Bytes that are no text. One that begins a character of UTF-8 would make one of itself and of the
#: first byte of a reply in 8 bits: then nothing distinguishes that reply from text that was typed.
STRAY = (*range(0x80, 0xC2), *range(0xF5, 0x100))
#: How often a late key is tried: a busy machine is no bug of the program.
TRIES = 5
NS_PER_S = 1_000_000_000


class KeyTimes:
    """How long the screen took to answer a key."""

    def __init__(self) -> None:
        self.seconds: list[float] = []
        self.limit_s: float | None = None
        """More fails a scenario; None in a test, which asserts no time."""


KEY_TIMES = KeyTimes()


def assert_key_is_answered(terminal: Terminal) -> None:
    """Open a dialog and close it again; of some tries, the fastest counts.

    The time in which the program waited for a processor is not its own.
    """
    best = float("inf")
    for _ in range(TRIES):
        started, waited = time.perf_counter(), _waited_s(terminal)
        terminal.press("J")
        terminal.shows("number or title")
        best = min(best, time.perf_counter() - started - (_waited_s(terminal) - waited))
        terminal.press(ESC)
        wait_until(lambda: "number or title" not in terminal.text)
        if KEY_TIMES.limit_s is None or best <= KEY_TIMES.limit_s:
            break
    KEY_TIMES.seconds.append(best)
    assert KEY_TIMES.limit_s is None or best <= KEY_TIMES.limit_s, f"a key took {best:.1f} s"


def _waited_s(terminal: Terminal) -> float:
    """Return how long the program has waited for a processor; 0 where that is not counted."""
    try:
        counts = Path(f"/proc/{terminal.process.pid}/schedstat").read_text("ascii").split()
    except OSError:
        return 0.0
    return int(counts[1]) / NS_PER_S


def assert_left_as_found(terminal: Terminal) -> None:
    """Assert that the modes and the settings (termios) of the terminal are as before."""
    assert_restored(terminal)
    assert terminal.attributes == terminal.found


@contextmanager
def scoring(choice: random.Random) -> Iterator[tuple[Terminal, Played, Ollama, int]]:
    """Yield a screen on which half an answer has come, and the score that it was given."""
    with playing() as (program, ollama):
        ollama.answer(HALF)
        with in_terminal(program, "run", "Hello?") as terminal:
            terminal.shows("Half way")
            for _ in range(choice.randint(1, 3)):
                score = choice.randint(1, 5)
                terminal.press(str(score))
                terminal.shows(f"{score}/5")
            yield terminal, program, ollama, score
        assert b"Traceback" not in terminal.raw
        (answer,) = program.saved(1)["answers"]
        assert (answer["text"], answer["score"]) == ("Half way", score)
        assert_sound(program.database)
        next_task_runs(program, ollama)


def signalled(choice: random.Random) -> None:
    """A signal at a random moment after scores: the terminal is as before, the scores are kept."""
    number = choice.choice((signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGKILL))
    with scoring(choice) as (terminal, *_):
        if choice.random() < 0.5:
            assert_key_is_answered(terminal)
        terminal.press(choice.choice(("", "v", "?", "o", "i", "z", "r", "nnn")))
        time.sleep(choice.uniform(0, 0.2))
        terminal.process.send_signal(number)
        code = terminal.ended()
        if number == signal.SIGKILL:
            assert code == -signal.SIGKILL
        else:
            assert code == 130
            assert_left_as_found(terminal)


def hung_up(choice: random.Random) -> None:
    """The terminal is closed at a random moment after scores: exit 130, nothing is lost."""
    with scoring(choice) as (terminal, *_):
        terminal.press(choice.choice(("", "v", "?", "o", "i", "z", "jjj")))
        time.sleep(choice.uniform(0, 0.2))
        terminal.hang_up()
        assert terminal.process.wait(60) == 130


def keys(choice: random.Random) -> None:
    """Late replies of the terminal, resizes, bytes that are no text: no score without a key."""
    with playing() as (program, ollama):
        with in_terminal(program, "run", "Hello?") as terminal:
            terminal.shows("✓ done")
            for _ in range(choice.randint(5, 25)):
                match choice.randrange(4):
                    case 0:
                        terminal.resize(choice.randint(20, 160), choice.randint(5, 50))
                    case 1:
                        terminal.send(bytes([choice.choice(STRAY)]))
                    case _:
                        reply = choice.choice(sorted(REPLIES.values()))
                        cut = choice.randrange(len(reply))
                        terminal.send(reply[:cut])
                        terminal.send(reply[cut:])
            terminal.resize(120, 36)
            terminal.shows("✓ done")
            time.sleep(GIVE_UP_S)  # a stray byte can begin a string that has no end
            assert_key_is_answered(terminal)
            terminal.press("3")
            terminal.shows("3/5")
            terminal.press(CTRL_Q)
            assert terminal.ended() == 0
            assert_left_as_found(terminal)
        saved = program.saved(1)
        assert [row["value"] for row in saved["judgements"]] == [3]
        next_task_runs(program, ollama)


def escape(choice: random.Random) -> None:
    """Escapes in an answer that streams, in pieces: none of them reaches the terminal."""
    planted = choice.sample(ESCAPES, 4)
    text = " ordinary ".join([*planted, "FINISHED"])
    # No argument holds a NUL.
    prompt = choice.choice(planted).replace("\0", "") or "Hello?"
    size = choice.randint(1, 7)
    words = [word(text[at : at + size]) for at in range(0, len(text), size)]
    with playing() as (program, ollama):
        ollama.answer(ndjson(*words, end()))
        with in_terminal(program, "run", prompt) as terminal:
            terminal.shows("FINISHED")
            terminal.shows("✓ done")
            terminal.press("?")
            terminal.shows("esc closes")
            terminal.press(ESC)
            wait_until(lambda: "esc closes" not in terminal.text)
            assert_key_is_answered(terminal)
            terminal.press(CTRL_Q)
            assert terminal.ended() == 0
            assert_left_as_found(terminal)
        for foreign in (b"PWNED", b"UFdORUQ=", b"]52;", b"+q544e", "\u202e".encode(), b"i=31"):
            at = terminal.raw.find(foreign)
            before = terminal.raw[max(0, at - 8) : at]
            assert at < 0 or b"\x1b" not in before.rpartition(b"m")[2], before + foreign
        (answer,) = program.saved(1)["answers"]
        assert answer["text"] == text
        next_task_runs(program, ollama)
