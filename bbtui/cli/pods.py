"""``bbtui pods``: list, show, start and stop pods; nothing here deletes one."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from bbtui.cli.context import Context
from bbtui.cli.output import print_columns, print_json
from bbtui.cli.parser import Parser
from bbtui.cli.pod_format import HEAD, details, price, proposal, row, to_json
from bbtui.cli.pod_wait import PodWaiter
from bbtui.domain.pod import Pod, PodAction, find_blocker
from bbtui.errors import PodError, UsageError

if TYPE_CHECKING:
    from bbtui.cli.pod_lookup import ResolvedPod

_NAME = "endpoint name or pod id (default: the only configured pod)"


def register(parser: Parser) -> None:
    """Declare the verbs; without one, list."""
    parser.set_defaults(handler=_list)
    listing = parser.add_verb("list", _list, "list all pods of the configured accounts")
    for lister in (parser, listing):
        lister.add_argument("--json", action="store_true", help="print a JSON array")

    show = parser.add_verb("show", _show, "print the state, machine and cost of a pod")
    show.add_argument("name", nargs="?", metavar="NAME", help=_NAME)
    show.add_argument("--json", action="store_true", help="print a JSON object")

    for action, summary in (
        (PodAction.START, "start a stopped pod, after a confirmation that names its price"),
        (PodAction.STOP, "stop a running pod: its container disk is erased, its volume is kept"),
    ):
        act = parser.add_verb(action, _act, summary)
        act.add_argument("name", nargs="?", metavar="NAME", help=_NAME)
        act.add_argument("--yes", action="store_true", help="do not ask for confirmation")
        act.add_argument("--wait", action="store_true", help="wait until it is done")
        act.set_defaults(action=action)


def _list(args: argparse.Namespace, context: Context) -> int:
    from bbtui.cli.pod_lookup import accounts, endpoints_of

    settings = context.load_settings(args.config)
    listed: list[tuple[Pod, list[str]]] = []
    errors: list[PodError] = []
    for account in accounts(settings):
        try:
            pods = context.pod_control(account).pods()
        except PodError as error:
            errors.append(error)
            continue
        names = endpoints_of(settings, account)
        listed += [(pod, names.pop(pod.id, [])) for pod in pods]
        for name in (name for missing in names.values() for name in missing):
            print(f"{name}: its pod was not found in the account of its key", file=context.err)
    if errors and not listed:
        raise errors[0]
    if args.json:
        print_json([to_json(pod, names) for pod, names in listed], context.out)
    elif listed:
        print_columns([HEAD, *(row(pod, names) for pod, names in listed)], context.out)
    else:
        print("there are no pods; rent one in the provider's console", file=context.err)
    for failure in errors:
        print(f"bbtui: {failure}", file=context.err)
    return errors[0].exit_code if errors else 0


def _show(args: argparse.Namespace, context: Context) -> int:
    resolved = _resolve(args, context)
    if args.json:
        print_json(to_json(resolved.pod, resolved.endpoints), context.out)
    else:
        print_columns(details(resolved.pod, resolved.endpoints), context.out)
    return 0


def _act(args: argparse.Namespace, context: Context) -> int:
    action: PodAction = args.action
    resolved = _resolve(args, context)
    pod = resolved.pod
    if pod.status in action.aims:
        print(f"{resolved.name} is already {pod.state_text}", file=context.err)
    else:
        blocker = find_blocker(pod, action)
        if blocker is not None:
            raise PodError(blocker.cause, blocker.fix, "refused")
        if not _confirm(resolved, action, args.yes, context):
            print("cancelled", file=context.err)
            return 0
        pod = resolved.control.perform(pod.id, action)
        accepted = f"{resolved.name}: {action} accepted, {pod.state_text}"
        print(accepted, file=context.err, flush=True)
    if args.wait:
        _wait(resolved, pod, action, context)
    return 0


def _confirm(resolved: ResolvedPod, action: PodAction, yes: bool, context: Context) -> bool:
    """Return whether the user agrees, after printing what the action costs."""
    proposed = proposal(resolved.name, resolved.pod, action)
    if yes:
        print(proposed, file=context.err)
        return True
    if not context.terminal:
        raise UsageError(
            f"{proposed} needs confirmation, and this is not a terminal",
            f"use --yes to {action} without confirmation",
        )
    loss = "" if action is PodAction.START else " The data on its container disk will be lost."
    return context.confirm(f"{proposed}?{loss} [y/N] ")


def _wait(resolved: ResolvedPod, pod: Pod, action: PodAction, context: Context) -> None:
    def report(line: str) -> None:
        print(f"{resolved.name}: {line}", file=context.err, flush=True)

    waiter = PodWaiter(resolved.name, resolved.control, report, context.sleep)
    try:
        pod = waiter.until_done(pod, action)
    except KeyboardInterrupt:
        report("stopped waiting; the pod continues. Check: bbtui pods show")
        raise
    if action is PodAction.START:
        report(f"{pod.hardware_text}, {price(pod)}; its server may need another minute")
        if resolved.pod.gpu and pod.hardware_text == "no GPU":
            report("it started without its GPU: models will run on the CPU")


def _resolve(args: argparse.Namespace, context: Context) -> ResolvedPod:
    from bbtui.cli.pod_lookup import resolve_pod

    return resolve_pod(args.name, context.load_settings(args.config), context.pod_control)
