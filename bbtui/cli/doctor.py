"""``bbtui doctor``: check every connection step of every endpoint, and the database."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from functools import partial
from typing import TYPE_CHECKING, Any, TextIO

from bbtui.cli.launch import has_database
from bbtui.cli.output import print_json, print_text
from bbtui.cli.parser import Parser
from bbtui.config.environment import can_move_cursor
from bbtui.crashes import Crash, attempt
from bbtui.domain.examination import Examination, HopState, OnStep, unexamined
from bbtui.domain.problem import Problem
from bbtui.errors import EndpointError
from bbtui.formatting.sanitize import single_line

if TYPE_CHECKING:
    from bbtui.cli.context import CommandContext
    from bbtui.clients.doctor.run import Subject
    from bbtui.config.settings import EndpointSettings, Settings

#: What the process returns if one endpoint cannot answer.
CANNOT_ANSWER = 3

_COLOURS = {HopState.PASSED: "32", HopState.FAILED: "31", HopState.OPEN: "2"}


def register(parser: Parser) -> None:
    """Declare the command."""
    only = "check only this endpoint (repeatable)"
    parser.add_argument(
        "-e", "--endpoint", dest="endpoints", metavar="NAME", action="append", default=[], help=only
    )
    parser.add_argument("--json", action="store_true", help="print a JSON array")
    parser.set_defaults(handler=run)


def run(args: Namespace, context: CommandContext) -> int:
    """Examine all endpoints in parallel; return 3 if one of them cannot answer.

    The database is checked, too; raise `StoreError` if it is damaged.
    """
    from bbtui.clients.doctor.run import run_in_background
    from bbtui.config.selection import require_endpoints, select_endpoints

    settings = context.load_settings(args.config)
    require_endpoints(settings)
    store_check = run_in_background(partial(_check_store, context))
    results = _examine(select_endpoints(settings, args.endpoints), context)
    if args.json:
        print_json([to_json(result) for result in results], context.out)
    else:
        colour = wants_colour(context.out, context.environ)
        blocks = (lines_of(result, colour=colour) for result in results)
        print("\n\n".join("\n".join(lines) for lines in blocks), file=context.out)
    if (checked := store_check.result()) and not args.json:
        print_text(f"\n{checked}", context.out)
    return 0 if all(result.can_answer for result in results) else CANNOT_ANSWER


def _check_store(context: CommandContext) -> str:
    """Return that the database has no damage, "" if there is none; raise `StoreError`."""
    if not has_database(context):
        return ""
    with context.open_store(to_read=True) as store:
        store.check_now()
    return f"{context.locations.database.name}  not damaged"


def _examine(settings: Settings, context: CommandContext) -> list[Examination]:
    """Return the results in the order of the configuration."""
    subjects: dict[str, Subject] = {}
    results: dict[str, Examination] = {}
    for endpoint in settings.endpoints:
        try:
            subjects[endpoint.name] = subject_of(endpoint, context, settings.options.num_ctx)
        except EndpointError as error:
            results[endpoint.name] = unexamined(endpoint.value(), Problem.of(error))
    lines_move = context.err.isatty() and can_move_cursor(context.environ)
    show_progress = lines_move and bool(subjects)
    if show_progress:
        names = single_line(", ".join(subjects))
        print(f"checking {names} …", end="", file=context.err, flush=True)
    results |= {result.endpoint.name: result for result in examine_all([*subjects.values()])}
    if show_progress:
        print("\r\x1b[K", end="", file=context.err, flush=True)
    return [results[endpoint.name] for endpoint in settings.endpoints]


def lines_of(result: Examination, *, colour: bool) -> list[str]:
    """Return the lines of one endpoint: a line for each hop, and its fix below it.

    The first hop that fails has its cause below, too.
    """

    def paint(text: str, code: str) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if colour else text

    verdict = "can answer" if result.can_answer else "cannot answer"
    endpoint, diagnosis = result.endpoint, result.diagnosis
    target = single_line(f"{endpoint.model} at {endpoint.address}")
    lines = [f"{paint(single_line(endpoint.name), '1')}  {verdict}  {target}"]
    for step in result.steps:
        problem = diagnosis.problem if diagnosis and diagnosis.hop is step.hop else None
        detail, fix = ("", problem.fix) if problem else (step.text, step.fix)
        detail, fix = single_line(detail), single_line(fix)
        if step.state is HopState.OPEN:
            detail = paint(detail, "2")
        mark = paint(step.state.mark, _COLOURS[step.state])
        lines.append(f"  {mark} {step.hop.label:<11} {detail}".rstrip())
        lines += [f"      cause: {single_line(problem.cause)}"] if problem else []
        lines += [f"      fix:   {fix}"] if fix else []
    return lines


def to_json(result: Examination) -> dict[str, Any]:
    """Return the value of --json; a state is "passed", "failed" or "open"."""
    diagnosis = result.diagnosis
    return {
        "endpoint": result.endpoint.name,
        "model": result.endpoint.model,
        "address": result.endpoint.address,
        "can_answer": result.can_answer,
        "hops": [asdict(step) | {"ms": step.ms and round(step.ms, 3)} for step in result.steps],
        "diagnosis": diagnosis and {"hop": diagnosis.hop, **asdict(diagnosis.problem)},
    }


def wants_colour(stream: TextIO, environ: Mapping[str, str]) -> bool:
    """Return whether to write colour to the stream (https://no-color.org)."""
    return stream.isatty() and not environ.get("NO_COLOR") and can_move_cursor(environ)


def subject_of(settings: EndpointSettings, context: CommandContext, num_ctx: int | None) -> Subject:
    """Return what is examined: an endpoint, and its pod if it is on one.

    `num_ctx` is the context length of the options. Raise `EndpointError` if no request can be sent
    to the endpoint; a missing key of the pod's provider is reported by the examination.
    """
    from bbtui.clients.doctor.run import Subject
    from bbtui.clients.factory import bind_pod, make_peer

    pod = bind_pod(settings, context.environ, context.pod_control)
    get_pod = None if pod is None else lambda: pod.control().pod(pod.id)
    peer, detects = make_peer(settings, context.environ), settings.api is None
    return Subject(settings.value(), peer, num_ctx, get_pod, detects)


def examine_all(subjects: Sequence[Subject]) -> list[Examination]:
    """Examine all of them in parallel; return the results in their order."""
    from bbtui.clients.doctor.run import run_in_background

    running = [run_in_background(partial(examine_subject, subject)) for subject in subjects]
    return [examination.result() for examination in running]


def examine_subject(subject: Subject, on_step: OnStep = lambda _: None) -> Examination:
    """Return the result of one examination; a crash of it is a result, too."""
    from bbtui.clients.doctor.run import examine

    result = attempt(partial(examine, subject, on_step))
    if isinstance(result, Crash):
        problem = Problem(result.during("diagnosing this endpoint"), result.fix)
        return unexamined(subject.endpoint, problem)
    return result
