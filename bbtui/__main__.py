"""The composition root: builds the real parts, runs one command, reports every failure."""

from __future__ import annotations

import os


def _leave(*_: object) -> None:
    """End at once: nothing is open yet, or nothing is any more.

    An exception would not do: an interrupted import may turn it into another, or lose it.
    """
    try:
        os.write(2, b"interrupted\n")
    finally:
        os._exit(130)  # INTERRUPTED, which is not imported yet


try:
    import signal
except BaseException:  # noqa: BLE001 - an interrupt, whatever became of it in there
    _leave()

_BEFORE_IMPORTS = signal.getsignal(signal.SIGINT)
if _BEFORE_IMPORTS is signal.default_int_handler:
    signal.signal(signal.SIGINT, _leave)

import functools
import io
import sys
import threading
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, TextIO, cast

from bbtui.cli.context import CommandContext
from bbtui.cli.output import ResultStream
from bbtui.cli.parser import parse
from bbtui.config.environment import user_locations
from bbtui.crashes import came_of_interrupt, describe_error, logging_crashes, traceback_of
from bbtui.errors import INTERRUPTED, BbtuiError
from bbtui.formatting.sanitize import clean_text
from bbtui.locations import Locations

if TYPE_CHECKING:
    from bbtui.clients.check_process import CheckProcess
    from bbtui.clients.embedded.engine import EmbeddedEngine
    from bbtui.clients.gpu import GpuReader
    from bbtui.clients.ports import Connection, PodControl
    from bbtui.config.settings import EndpointSettings, PodSettings
    from bbtui.domain.check import Check, CheckResult
    from bbtui.store.sessions import SessionStore

if _BEFORE_IMPORTS is signal.default_int_handler:
    signal.signal(signal.SIGINT, _BEFORE_IMPORTS)

UNEXPECTED = 1
#: The most characters of a line of an error: it may quote an argument of any length.
_LONGEST_LINE = 1000
#: The exit code after the reader of the output has closed its pipe: 128 + SIGPIPE.
BROKEN_PIPE = 141


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; return the exit code of the process."""
    _prepare()
    locations = Locations.of_user()
    notes: list[str] = []
    unwinds = False
    try:
        locations = user_locations(os.environ)
        args = parse(sys.argv[1:] if argv is None else argv)
        locations = user_locations(os.environ, args.data_dir)
        with ExitStack() as closing, logging_crashes(functools.partial(_write, locations.log)):
            context = _context(locations, os.environ, notes, closing)
            unwinds = _unwind_interrupts()
            code: int = args.handler(args, context) or 0
        ResultStream(sys.stdout).flush()
    except BbtuiError as error:
        _print_error(f"bbtui: {error}")
        return error.exit_code
    except KeyboardInterrupt:
        _print_error("interrupted")
        return INTERRUPTED
    except BrokenPipeError:
        return BROKEN_PIPE
    except Exception as error:  # noqa: BLE001 - the top: no traceback reaches a user
        if came_of_interrupt(error):
            _print_error("interrupted")
            return INTERRUPTED
        place = _log(locations.log, error)
        _print_error(f"bbtui: unexpected error: {describe_error(error)}")
        _print_error(
            f"its traceback is in {place}; please report it"
            if place
            else f"its traceback cannot be written; please report this:\n{traceback_of(error)}"
        )
        return UNEXPECTED
    finally:
        if unwinds:
            signal.signal(signal.SIGINT, _leave)
        # Not before: a screen would be drawn over.
        for note in notes:
            _print_error(note)
        _drop_output()
        # Python ends by SIGINT, whatever the exit code, if an interrupt came out of the run of a
        # text, as when a dataclass is made, and was caught then. The next run of one forgets it.
        exec("")  # noqa: S102
    return code


def _prepare() -> None:
    """Let SIGHUP and SIGTERM unwind as Ctrl-C does, and print any character without an error."""
    if threading.current_thread() is threading.main_thread():
        for number in (signal.SIGTERM, signal.SIGHUP):
            if signal.getsignal(number) is signal.SIG_DFL:
                signal.signal(number, signal.default_int_handler)
        if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
            signal.signal(signal.SIGINT, _leave)
    # A stream that is closed before the start is None.
    sys.stdin = sys.stdin or os.fdopen(os.open(os.devnull, os.O_RDONLY))
    sys.stdout = sys.stdout or os.fdopen(os.open(os.devnull, os.O_WRONLY), "w")
    sys.stderr = sys.stderr or os.fdopen(os.open(os.devnull, os.O_WRONLY), "w")
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def _unwind_interrupts() -> bool:
    """Let Ctrl-C unwind from now on, because a command has things to close; return whether it will.

    Whoever started the program may have it ignore Ctrl-C.
    """
    if signal.getsignal(signal.SIGINT) is not _leave:
        return False
    signal.signal(signal.SIGINT, signal.default_int_handler)
    return True


def _print_error(message: str) -> None:
    """Print a message that may hold foreign text; do nothing if stderr cannot be written."""
    lines = (
        line if len(line) <= _LONGEST_LINE else f"{line[:_LONGEST_LINE]}…"
        for line in clean_text(message).split("\n")
    )
    with suppress(OSError):
        print("\n".join(lines), file=sys.stderr)


def _drop_output() -> None:
    """Discard output that cannot be written: flushing it at exit would fail again (exit 120)."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _context(
    locations: Locations, environ: Mapping[str, str], notes: list[str], closing: ExitStack
) -> CommandContext:
    """Return what the commands get.

    What is to be printed once they have ended goes to `notes`, what is to be closed to `closing`.
    """

    def open_store(*, to_read: bool = False) -> SessionStore:
        from bbtui.store.sessions import SessionStore

        store = SessionStore.open(locations.database, to_read=to_read)
        if store.upgrade is not None:
            notes.append(str(store.upgrade))
        return store

    @functools.cache
    def checks() -> CheckProcess:
        from bbtui.clients.check_process import CheckProcess

        process = CheckProcess()
        closing.callback(process.close)
        return process

    def run_check(check: Check, text: str) -> CheckResult:
        return checks()(check, text)

    @functools.cache
    def gpus() -> GpuReader:
        from bbtui.clients.gpu import GpuReader

        return GpuReader()

    def connect(settings: EndpointSettings, timeout_s: float | None) -> Connection:
        from bbtui.clients.factory import bind_pod, connect

        made = connect(settings, environ, timeout_s=timeout_s, gpus=gpus())
        return made._replace(pod=bind_pod(settings, environ, control))

    def make_engine(n_ctx: int) -> EmbeddedEngine:
        from bbtui.clients.embedded.engine import EmbeddedEngine

        return EmbeddedEngine(locations.weights, locations.state, n_ctx=n_ctx)

    @functools.cache
    def control_of(account: PodSettings) -> PodControl:
        from bbtui.clients.factory import make_pod_control
        from bbtui.clients.runpod.client import PriceCache

        return make_pod_control(account, environ, PriceCache(locations.prices))

    def control(settings: PodSettings) -> PodControl:
        # One for each account: its rate limit holds for all who use it.
        return control_of(replace(settings, id=""))

    return CommandContext(
        locations=locations,
        environ=environ,
        out=cast(TextIO, ResultStream(sys.stdout)),
        err=sys.stderr,
        terminal=all(stream.isatty() for stream in (sys.stdin, sys.stdout, sys.stderr)),
        now=lambda: datetime.now(UTC),
        open_store=open_store,
        connect=connect,
        make_engine=make_engine,
        pod_control=control,
        run_check=run_check,
    )


def _log(log: Path, error: BaseException) -> Path | None:
    """Write the traceback of an error to the log or, if that fails, elsewhere; return where.

    Return None if no disk has room for it.
    """
    with suppress(OSError):
        _write(log, error)
        return log
    import tempfile

    with suppress(OSError):
        descriptor, name = tempfile.mkstemp(prefix="bbtui-", suffix=".log")
        os.close(descriptor)
        _write(Path(name), error)
        return Path(name)
    return None


def _write(log: Path, error: BaseException) -> None:
    """Append the traceback of an error to a file, with the time."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("a", encoding="utf-8", errors="backslashreplace") as file:
        file.write(
            f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC  {sys.argv}\n{traceback_of(error)}\n"
        )


if __name__ == "__main__":
    sys.exit(main())
