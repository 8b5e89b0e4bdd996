"""Holds the options given with --resume against those of the session."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterator

from bbtui.cli.context import CommandContext
from bbtui.cli.stdin_prompt import read_prompt
from bbtui.config.settings import Settings
from bbtui.config.tasks import load_tasks
from bbtui.domain.session import Session
from bbtui.errors import UsageError
from bbtui.formatting.text import counted


def check_resume_options(
    args: Namespace, context: CommandContext, settings: Settings, session: Session
) -> None:
    """Raise `UsageError` for the first option that differs from the session; it keeps its own."""
    for flag, difference in _differences(args, context, settings, session):
        raise UsageError(
            f"{flag}: #{session.number} {difference}",
            f"leave out {flag} to resume the session, or --resume to start a new one",
        )


def _differences(
    args: Namespace, context: CommandContext, settings: Settings, session: Session
) -> Iterator[tuple[str, str]]:
    """Yield each option that differs, and what the session has instead."""
    if args.prompt is not None:
        prompt = read_prompt(args.prompt, context)
        if prompt not in [task.prompt for task in session.tasks]:
            yield "PROMPT", "has another prompt"
    known = {task.id: task.prompt for task in session.tasks}
    if args.tasks is not None:
        given = {task.id: task.prompt for task in load_tasks(args.tasks)}
        chosen = args.task_ids or list(given)
        if added := [name for name in chosen if name not in known]:
            yield "--tasks", f"has no task {', '.join(added)}"
        if changed := [name for name in chosen if given.get(name, "") != known.get(name)]:
            yield "--tasks", f"has another prompt for {', '.join(changed)}"
    if args.task_ids and set(args.task_ids) != set(known):
        yield "--task", f"has the tasks {', '.join(known)}"
    models = {endpoint.name: endpoint.model for endpoint in session.endpoints}
    for entry in args.models:
        name, _, model = entry.partition("=")
        if name not in models and name in args.endpoints:
            continue  # it is added to the session with this model
        if models.get(name) != model:
            has = f"used {models[name]} for {name}" if name in models else f"has no endpoint {name}"
            yield "-m", has
    if args.trials not in (None, session.trials):
        yield "-n", f"has {counted(session.trials, 'trial')} of each task"
    schedule = session.schedule
    if args.warmup not in (None, schedule.warmup):
        requests = counted(schedule.warmup, "warm-up request")
        yield "--warmup", f"was run with {requests} to each endpoint"
    if args.cooldown not in (None, schedule.cooldown_s):
        yield "--cooldown", f"was run with pauses of {schedule.cooldown_s:g} s"
    if args.cache_bust and not schedule.cache_bust:
        yield "--cache-bust", "was run without a marker before its prompts"
    if args.cold and schedule.warmup:
        yield "--cold", "warms each endpoint up before it measures"
    if args.label not in (None, session.about.label):
        yield "--label", f'has the label "{session.about.label}"'
    for name in ("seed", "temperature", "think"):
        used = getattr(session.options, name)
        if getattr(args, name) is not None and getattr(settings.options, name) != used:
            ran = f"without a {name}" if used is None else f"with {name} {_value(used)}"
            yield f"--{name}", f"was run {ran}"


def _value(value: object) -> str:
    """Return the value as it is typed after its flag."""
    return str(value).lower() if isinstance(value, bool) else str(value)
