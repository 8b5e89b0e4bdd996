"""The prompt on stdin: read up to a limit, and never dropped in silence."""

from __future__ import annotations

import os
import stat
from argparse import Namespace
from typing import TYPE_CHECKING, TextIO

from bbtui.errors import UsageError

if TYPE_CHECKING:
    from bbtui.cli.context import CommandContext

#: The PROMPT that means stdin.
STDIN = "-"
#: The longest prompt that is read from stdin, in characters.
MOST_CHARACTERS = 4_000_000
#: Begins a file that was saved on Windows.
_BOM = "\ufeff"
_WAYS_OUT = "to send it as the prompt: bbtui {0} -; to ignore it: bbtui {0} … </dev/null"


def resolve_stdin(args: Namespace, context: CommandContext) -> None:
    """Decide whether stdin holds the prompt; raise `UsageError` if text on it would be dropped.

    With --print, piped text is the prompt unless there is a PROMPT, a tasks file or a task.
    """
    if args.prompt == STDIN:
        return
    sources = {
        "PROMPT": args.prompt,
        "--tasks": args.tasks,
        "--task": args.task_ids or None,
        "--resume": args.resume,
    }
    given = next((name for name, value in sources.items() if value is not None), "")
    if args.print_answers and not given and _is_piped(context.stdin):
        if not has_waiting_text(context.stdin):
            context.notify("reading the prompt from stdin")
        args.prompt = STDIN
    elif has_waiting_text(context.stdin):
        ways_out = _WAYS_OUT.format(args.command)
        if given:
            raise UsageError(f"{given} and text on stdin cannot be combined", ways_out)
        raise UsageError("there is text on stdin that would not be read", ways_out)


def has_waiting_text(stream: TextIO) -> bool:
    """Return whether a pipe, a socket or a file has bytes that were not read yet."""
    try:
        descriptor = stream.fileno()
        status = os.fstat(descriptor)
        if stat.S_ISREG(status.st_mode):
            return status.st_size > os.lseek(descriptor, 0, os.SEEK_CUR)
        if not _can_be_piped(status.st_mode):
            return False
        import fcntl
        import termios

        waiting = fcntl.ioctl(descriptor, termios.FIONREAD, bytes(4))
    except (OSError, ValueError):  # closed, or no file of the system
        return False
    return any(waiting)


def _is_piped(stream: TextIO) -> bool:
    try:
        mode = os.fstat(stream.fileno()).st_mode
    except (OSError, ValueError):
        return False
    return stat.S_ISREG(mode) or _can_be_piped(mode)


def _can_be_piped(mode: int) -> bool:
    return stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode)


def read_prompt(given: str, context: CommandContext) -> str:
    """Return the PROMPT, or what is on stdin for ``-``; raise `UsageError` if it cannot be sent."""
    source = "the prompt on stdin" if given == STDIN else "the prompt"
    try:
        prompt = context.stdin.read(MOST_CHARACTERS + 1) if given == STDIN else given
        # Bytes that are not UTF-8 arrive as lone surrogates, from the command line and from stdin.
        prompt.encode("utf-8")
    except UnicodeError:
        raise UsageError(f"{source} is not UTF-8 text") from None
    if len(prompt) > MOST_CHARACTERS:
        limit = f"{MOST_CHARACTERS:,} characters"
        raise UsageError(f"{source} is longer than {limit}: no more was read", "shorten it")
    if "\0" in prompt:
        raise UsageError(f"{source} is not text: it has NUL characters")
    prompt = prompt.removeprefix(_BOM)
    if not prompt.strip():
        raise UsageError(f"{source} is empty")
    return prompt
