"""``bbtui doctor``: every hop of every endpoint, and for the first that fails a cause and a fix."""

from __future__ import annotations

import json
from argparse import ArgumentParser, Namespace
from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, TextIO

from bbtui.crashes import Crash, attempt
from bbtui.domain.examination import Examination, HopState, OnStep, unexamined
from bbtui.domain.problem import Problem
from bbtui.errors import EndpointError

if TYPE_CHECKING:
    from argparse import _SubParsersAction

    from bbtui.cli.context import Context
    from bbtui.clients.doctor.subject import Subject
    from bbtui.config.settings import EndpointSettings, Settings
    from bbtui.domain.pod import Pod

#: What the process returns if one endpoint cannot answer.
CANNOT_ANSWER = 3

_COLOURS = {HopState.PASSED: "32", HopState.FAILED: "31", HopState.OPEN: "2"}


def register(
    commands: _SubParsersAction[ArgumentParser], common: ArgumentParser, summary: str
) -> None:
    """Declare the command."""
    parser = commands.add_parser("doctor", parents=[common], help=summary, description=summary)
    parser.add_argument(
        "-e",
        dest="endpoints",
        action="append",
        default=[],
        metavar="NAME",
        help="only this endpoint; may be repeated",
    )
    parser.add_argument("--json", action="store_true", help="as a JSON array")
    parser.set_defaults(handler=run)


def run(args: Namespace, context: Context) -> int:
    """Examine all endpoints at once; 3 if one of them cannot answer."""
    from bbtui.config.load import load_settings
    from bbtui.config.selection import require_endpoints, select_endpoints

    settings = load_settings(context.locations, context.environ, path=args.config)
    require_endpoints(settings)
    found = _examined(select_endpoints(settings, args.endpoints), context)
    if args.json:
        text = json.dumps([plain(one) for one in found], indent=2, ensure_ascii=False)
        print(text, file=context.out)
    else:
        painted = paints(context.out, context.environ)
        blocks = (block(one, painted=painted) for one in found)
        print("\n\n".join("\n".join(lines) for lines in blocks), file=context.out)
    return 0 if all(one.can_answer for one in found) else CANNOT_ANSWER


def _examined(settings: Settings, context: Context) -> list[Examination]:
    """The endpoints in the order of the file, examined side by side."""
    subjects: dict[str, Subject] = {}
    found: dict[str, Examination] = {}
    for endpoint in settings.endpoints:
        try:
            subjects[endpoint.name] = subject_of(endpoint, context, settings.options.num_ctx)
        except EndpointError as error:
            found[endpoint.name] = unexamined(endpoint.value(), Problem.of(error))
    waiting = context.err.isatty() and bool(subjects)
    if waiting:
        print(f"examining {', '.join(subjects)} …", end="", file=context.err, flush=True)
    for one in examine_all(list(subjects.values())):
        found[one.endpoint.name] = one
    if waiting:
        print("\r\x1b[K", end="", file=context.err, flush=True)
    return [found[endpoint.name] for endpoint in settings.endpoints]


def block(one: Examination, *, painted: bool) -> list[str]:
    """The lines of one endpoint: a hop each, and below it what helps.

    The first that fails has its cause below, too.
    """

    def paint(text: str, colour: str) -> str:
        return f"\x1b[{colour}m{text}\x1b[0m" if painted else text

    verdict = "can answer" if one.can_answer else "cannot answer"
    endpoint = one.endpoint
    lines = [
        f"{paint(endpoint.name, '1')}  {verdict}  {endpoint.model} at {endpoint.address}",
    ]
    for step in one.steps:
        mark = paint(step.state.mark, _COLOURS[step.state])
        found = one.diagnosis if one.diagnosis and one.diagnosis.hop is step.hop else None
        detail = "" if found else step.words
        if step.state is HopState.OPEN:
            detail = paint(detail, "2")
        lines.append(f"  {mark} {step.hop:<11} {detail}".rstrip())
        lines += [f"      cause: {found.problem.cause}"] if found else []
        fix = found.problem.fix if found else step.fix
        lines += [f"      fix:   {fix}"] if fix else []
    return lines


def plain(one: Examination) -> dict[str, Any]:
    """An examination as JSON has it; a state is "passed", "failed" or "open"."""
    found = one.diagnosis
    return {
        "endpoint": one.endpoint.name,
        "model": one.endpoint.model,
        "address": one.endpoint.address,
        "can_answer": one.can_answer,
        "hops": [
            {
                "hop": str(step.hop),
                "state": str(step.state),
                "detail": step.detail,
                "ms": None if step.ms is None else round(step.ms, 3),
                "fix": step.fix,
            }
            for step in one.steps
        ],
        "diagnosis": None
        if found is None
        else {"hop": str(found.hop), "cause": found.problem.cause, "fix": found.problem.fix},
    }


def paints(stream: TextIO, environ: Mapping[str, str]) -> bool:
    """Whether the reader of the stream wants colour (https://no-color.org)."""
    return stream.isatty() and not environ.get("NO_COLOR") and environ.get("TERM") != "dumb"


def subject_of(settings: EndpointSettings, context: Context, num_ctx: int | None) -> Subject:
    """Return what is examined: an endpoint, and its pod if it is on one.

    `num_ctx` is the context length of the options. Raise `EndpointError` if no request can be sent
    to the endpoint; a missing key of the pod's provider is reported by the examination.
    """
    from bbtui.clients.doctor.subject import Subject
    from bbtui.clients.factory import peer_of
    from bbtui.clients.pod_binding import bind_pod

    pod = bind_pod(settings, context.environ, context.pod_control)

    def get_pod() -> Pod:
        assert pod is not None
        return pod.control().pod(pod.id)

    return Subject(
        endpoint=settings.value(),
        peer=peer_of(settings, context.environ),
        num_ctx=num_ctx,
        pod=None if pod is None else get_pod,
    )


def examine_all(subjects: Sequence[Subject]) -> list[Examination]:
    """Examine all of them in parallel; return the results in their order."""
    from bbtui.clients.aside import Aside

    running = [Aside(partial(examine_subject, subject)) for subject in subjects]
    return [examination.result() for examination in running]


def examine_subject(subject: Subject, on_step: OnStep = lambda _: None) -> Examination:
    """Return the result of one examination; a crash of it is a result, too."""
    from bbtui.clients.doctor.run import examine

    result = attempt(partial(examine, subject, on_step))
    if isinstance(result, Crash):
        problem = Problem(result.during("examined this endpoint"), result.fix)
        return unexamined(subject.endpoint, problem)
    return result
