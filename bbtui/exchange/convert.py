"""Domain values as the structs of schema.py, and back: each field by name, so either may change."""

from __future__ import annotations

from bbtui.domain.answer import ServerTimings
from bbtui.domain.check import Check
from bbtui.domain.cost import PodUse
from bbtui.domain.endpoint import Endpoint, Options
from bbtui.domain.host import Build
from bbtui.domain.problem import Problem
from bbtui.domain.session import HostRecord, SessionInfo
from bbtui.domain.task import Task
from bbtui.exchange.schema import (
    AboutPart,
    BuildPart,
    CheckPart,
    EndpointPart,
    HostPart,
    OptionsPart,
    PodPart,
    ServerPart,
    TaskPart,
)


def about_part(info: SessionInfo) -> AboutPart:
    """Return the part for what the operator entered about a session."""
    return AboutPart(
        title=info.title,
        milestone=info.milestone,
        issue=info.issue,
        operator=info.operator,
        label=info.label,
    )


def info_of(part: AboutPart) -> SessionInfo:
    """Return the value of a part made by `about_part`."""
    return SessionInfo(
        title=part.title,
        milestone=part.milestone,
        issue=part.issue,
        operator=part.operator,
        label=part.label,
    )


def options_part(options: Options) -> OptionsPart:
    """Return the part for the options sent to every model."""
    return OptionsPart(
        temperature=options.temperature,
        top_p=options.top_p,
        top_k=options.top_k,
        seed=options.seed,
        num_ctx=options.num_ctx,
        num_predict=options.num_predict,
        stop=options.stop,
        think=options.think,
    )


def options_of(part: OptionsPart) -> Options:
    """Return the value of a part made by `options_part`."""
    return Options(
        temperature=part.temperature,
        top_p=part.top_p,
        top_k=part.top_k,
        seed=part.seed,
        num_ctx=part.num_ctx,
        num_predict=part.num_predict,
        stop=part.stop,
        think=part.think,
    )


def endpoint_part(endpoint: Endpoint) -> EndpointPart:
    """Return the part for an endpoint."""
    return EndpointPart(
        name=endpoint.name,
        label=endpoint.label,
        model=endpoint.model,
        api=endpoint.api,
        address=endpoint.address,
        hardware=endpoint.hardware,
        base=endpoint.base,
    )


def endpoint_of(part: EndpointPart) -> Endpoint:
    """Return the value of a part made by `endpoint_part`."""
    return Endpoint(
        name=part.name,
        label=part.label,
        model=part.model,
        api=part.api,
        address=part.address,
        hardware=part.hardware,
        base=part.base,
    )


def host_part(record: HostRecord) -> HostPart:
    """Return the part for the last known state of an endpoint's host."""
    build, pod = record.build, record.pod
    return HostPart(
        build=BuildPart(
            server=build.server,
            parameters=build.parameters,
            quantisation=build.quantisation,
            digest=build.digest,
            context_length=build.context_length,
        ),
        words=record.problem.cause,
        hint=record.problem.fix,
        pod=None
        if pod is None
        else PodPart(machine=pod.machine, price=pod.price, up_s=pod.up_s, same_as=pod.same_as),
    )


def host_of(part: HostPart) -> HostRecord:
    """Return the value of a part made by `host_part`."""
    build, pod = part.build, part.pod
    return HostRecord(
        build=Build(
            server=build.server,
            parameters=build.parameters,
            quantisation=build.quantisation,
            digest=build.digest,
            context_length=build.context_length,
        ),
        problem=Problem(part.words, part.hint),
        pod=None
        if pod is None
        else PodUse(machine=pod.machine, price=pod.price, up_s=pod.up_s, same_as=pod.same_as),
    )


def task_part(task: Task) -> TaskPart:
    """Return the part for a task."""
    return TaskPart(
        id=task.id,
        title=task.title,
        prompt=task.prompt,
        expected=task.expected,
        rubric=task.rubric,
        checks=tuple(
            CheckPart(kind=check.kind, value=check.value, on=check.on) for check in task.checks
        ),
    )


def task_of(part: TaskPart) -> Task:
    """Return the value of a part made by `task_part`."""
    return Task(
        id=part.id,
        title=part.title,
        prompt=part.prompt,
        expected=part.expected,
        rubric=part.rubric,
        checks=tuple(
            Check(kind=check.kind, value=check.value, on=check.on) for check in part.checks
        ),
    )


def server_part(server: ServerTimings) -> ServerPart:
    """Return the part for the server's own timings of an answer."""
    return ServerPart(
        total_ns=server.total_ns,
        load_ns=server.load_ns,
        prompt_eval_ns=server.prompt_eval_ns,
        prompt_eval_count=server.prompt_eval_count,
        cached_count=server.cached_count,
        eval_ns=server.eval_ns,
        eval_count=server.eval_count,
    )


def server_of(part: ServerPart) -> ServerTimings:
    """Return the value of a part made by `server_part`."""
    return ServerTimings(
        total_ns=part.total_ns,
        load_ns=part.load_ns,
        prompt_eval_ns=part.prompt_eval_ns,
        prompt_eval_count=part.prompt_eval_count,
        cached_count=part.cached_count,
        eval_ns=part.eval_ns,
        eval_count=part.eval_count,
    )
