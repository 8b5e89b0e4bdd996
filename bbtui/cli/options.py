"""The options of `run` and `demo`, and which of them cannot be combined."""

from __future__ import annotations

import argparse
from functools import partial
from pathlib import Path

from bbtui.cli.output import STDOUT
from bbtui.errors import UsageError
from bbtui.formatting.sanitize import excerpt

#: What --resume means without an ID: the store takes it for the latest session.
LATEST = ""
#: More of either is a mistake: nothing is measured meanwhile.
_MOST_WARMUPS = 100
_LONGEST_PAUSE_S = 3600
VERBATIM = "keep mentions, issue numbers, commits, images and links in the report as they are"


def add_run_options(parser: argparse.ArgumentParser) -> None:
    """Declare every option of a run."""
    prompt = "send this prompt and start at once; - reads it from stdin"
    parser.add_argument("prompt", nargs="?", metavar="PROMPT", help=prompt)
    selection = parser.add_argument_group("Selection")
    add_list = partial(selection.add_argument, action="append", default=[])
    only = "use only this endpoint (repeatable)"
    add_list("-e", "--endpoint", dest="endpoints", metavar="NAME", help=only)
    change = "use another model for an endpoint (repeatable)"
    add_list("-m", "--model", dest="models", metavar="NAME=MODEL", help=change)
    selection.add_argument("--tasks", type=Path, metavar="F", help="tasks file")
    add_list("--task", dest="task_ids", metavar="ID", help="run only this task (repeatable)")
    trials = "run each task N times (default: 1), one request at a time unless --parallel"
    selection.add_argument("-n", "--trials", dest="trials", type=_trials, metavar="N", help=trials)
    selection.add_argument(
        "--label", metavar="TEXT", help="text that distinguishes sessions with the same title"
    )

    model = parser.add_argument_group("Model options")
    model.add_argument("--seed", metavar="N", help="random seed")
    model.add_argument("--temperature", metavar="X", help="sampling temperature, 0 to 2")
    modes = "true, false, low, medium, high or max"
    model.add_argument("--think", metavar="MODE", help=f"thinking mode: {modes}")

    execution = parser.add_argument_group("Execution")
    order = execution.add_mutually_exclusive_group()
    for flag, value, summary in (
        ("--serial", "serial", "run one request at a time, over all endpoints"),
        ("--parallel", "parallel", "run all endpoints in parallel, also on one machine"),
    ):
        order.add_argument(flag, dest="order", action="store_const", const=value, help=summary)
    execution.add_argument(
        "--cold", action="store_true", help="do not preload: count the load in the first answer"
    )
    warm = "send N requests to each endpoint before its first measured one; they do not count"
    execution.add_argument("--warmup", type=_warmups, metavar="N", help=warm)
    cool = "pause S seconds between two requests to one machine"
    execution.add_argument("--cooldown", type=_pause, metavar="S", help=cool)
    marker = "put a short marker before each prompt, so that no repeat comes from the prefix cache"
    execution.add_argument("--cache-bust", action="store_true", help=marker)
    limit = "fail an answer that takes longer than S seconds"
    execution.add_argument("--timeout", type=_positive, metavar="S", help=limit)
    wait = (
        "wait S seconds for a server that is away or loads its model, then leave its answers out "
        "(default: 60 without a screen, until stopped on it; 600 for a load)"
    )
    execution.add_argument("--wait", type=_seconds, metavar="S", help=wait)
    parser.set_defaults(unattended=False)
    resume = "resume a session (default: the latest): run missing and interrupted answers"
    execution.add_argument("--resume", nargs="?", const=LATEST, metavar="ID", help=resume)
    missing = (
        "complete a session (default: the latest): run the answers that do not exist, "
        "such as those of a pod that was stopped; the others are kept"
    )
    execution.add_argument("--missing", nargs="?", const=LATEST, metavar="ID", help=missing)
    retry = "with --resume: also rerun failed, incomplete and stopped answers"
    execution.add_argument("--retry-errors", action="store_true", help=retry)

    started = "without a screen: start the stopped pods that the run needs; they are billed"
    execution.add_argument("--start-pods", action="store_true", help=started)
    stopped = "with --start-pods: stop those pods at the end, also after Ctrl-C"
    execution.add_argument("--stop-pods", action="store_true", help=stopped)

    add_blind_options(parser.add_argument_group("Judging"))

    output = parser.add_argument_group("Output")
    headless = "run without a screen: progress on stderr, result on stdout"
    output.add_argument("--no-tui", action="store_true", help=headless)
    printed = "without a screen: print only the answers to stdout, each under its label"
    output.add_argument("--print", dest="print_answers", action="store_true", help=printed)
    for flag, content in (("--report", "the Markdown report"), ("--json", "the session as JSON")):
        output.add_argument(flag, metavar="FILE", help=f"write {content} to FILE (-: stdout)")
    output.add_argument("--verbatim", action="store_true", help=VERBATIM)


def add_blind_options(group: argparse._ActionsContainer) -> None:
    """Declare the options of blind judging, which `run`, `demo` and `score` have."""
    blind = "hide which side is which until a round has its scores"
    group.add_argument("--blind", action=argparse.BooleanOptionalAction, default=None, help=blind)
    seed = "seed of the order of the sides (default: random)"
    group.add_argument("--blind-seed", metavar="TEXT", help=seed)


def check_run_options(args: argparse.Namespace) -> None:
    """Raise `UsageError` for options that cannot be combined."""
    writers = {
        "--print": args.print_answers,
        "--report": args.report == STDOUT,
        "--json": args.json == STDOUT,
    }
    to_stdout = [flag for flag, used in writers.items() if used]
    if len(to_stdout) > 1:
        fix = (
            "name a file for one of them" if not args.print_answers else "name a file instead of -"
        )
        raise UsageError(f"{' and '.join(to_stdout)} cannot both write to stdout", fix)
    if args.report and args.json and _same_file(Path(args.report), Path(args.json)):
        raise UsageError(
            f"--report and --json cannot both write {args.json}", "name a file of its own for each"
        )
    if args.prompt is not None and (args.tasks or args.task_ids):
        flag = "--tasks" if args.tasks else "--task"
        raise UsageError(f"PROMPT and {flag} cannot be combined: leave out one of them")
    if args.blind and args.print_answers:
        raise UsageError(
            "--print names the side of each answer, and --blind hides it",
            "leave out one of them; to judge later: bbtui score --blind",
        )
    if args.stop_pods and not args.start_pods:
        raise UsageError(
            "--stop-pods needs --start-pods: it stops only the pods that --start-pods started",
            "to stop any other pod: bbtui pods stop",
        )
    if args.cold and args.warmup:
        raise UsageError("--cold and --warmup cannot be combined: a warm-up loads the model")
    if args.missing is not None:
        if args.resume is not None or args.retry_errors:
            flag = "--resume" if args.resume is not None else "--retry-errors"
            raise UsageError(
                f"--missing and {flag} cannot be combined",
                "name the session after --missing; partial answers are run again by "
                "--resume ID --retry-errors",
            )
        args.resume = args.missing
    if args.retry_errors and args.resume is None:
        raise UsageError("--retry-errors needs --resume", "for example: --resume 12 --retry-errors")


def _same_file(one: Path, other: Path) -> bool:
    """Return whether both are one file, or would be; a device such as /dev/null takes both."""
    if one.exists() and other.exists():
        return one.samefile(other) and one.is_file()
    return one.resolve() == other.resolve()


def _trials(text: str) -> int:
    from bbtui.domain.session import MOST_CELLS  # which no other command line needs

    return _whole(text, 1, MOST_CELLS)


def _warmups(text: str) -> int:
    return _whole(text, 0, _MOST_WARMUPS)


def _whole(text: str, least: int, most: int) -> int:
    if not text.isdecimal() or (least > 0 and not text.strip("0")):
        raise argparse.ArgumentTypeError(f"must be a whole number of {least} or more, not {text!r}")
    # Python converts no text of more than 4,300 digits.
    if len(text) > len(str(most)) or int(text) > most:
        raise argparse.ArgumentTypeError(f"must be at most {most:,}, not {excerpt(text)!r}")
    return int(text)


def _pause(text: str) -> float:
    if (value := _seconds(text)) > _LONGEST_PAUSE_S:
        raise argparse.ArgumentTypeError(
            f"must be at most {_LONGEST_PAUSE_S} seconds, not {excerpt(text)!r}"
        )
    return value


def _positive(text: str) -> float:
    if (value := _number(text)) <= 0:
        raise argparse.ArgumentTypeError(f"must be a number of seconds above 0, not {text!r}")
    return value


def _seconds(text: str) -> float:
    if (value := _number(text)) < 0:
        raise argparse.ArgumentTypeError(f"must be a number of seconds, 0 or more, not {text!r}")
    return value


def _number(text: str) -> float:
    """Return a number; -1 for what is none, or infinite."""
    try:
        value = float(text)
    except ValueError:
        return -1.0
    return value if 0 <= value < float("inf") else -1.0
