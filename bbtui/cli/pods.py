"""``bbtui pods``: list, show, start and stop pods; nothing here deletes one."""

from __future__ import annotations

import re
from argparse import Namespace
from dataclasses import asdict, dataclass, replace

from bbtui.cli.context import CommandContext
from bbtui.cli.output import print_columns, print_json
from bbtui.cli.parser import Parser
from bbtui.clients.ports import PodControl
from bbtui.config.endpoints import PROVIDERS
from bbtui.config.settings import EndpointSettings, PodSettings, Settings
from bbtui.config.suggest import nearest_word
from bbtui.domain.cost import rental_cost
from bbtui.domain.pod import SEE_POD_LOG, Pod, PodAction, action_failed, action_result, find_blocker
from bbtui.domain.pod_polling import poll_after_s
from bbtui.errors import PASSING_POD_FAILURES, PodError, UsageError
from bbtui.formatting.durations import format_uptime
from bbtui.formatting.numbers import format_cost, format_price

#: While a command waits, it prints a line at least this often.
_REMINDER_S = 30.0
_LIMIT_S = 1800.0
_MOST_FAILURES = 5

_HEAD = ("endpoint", "pod", "id", "state", "machine", "price", "up", "")
_ID = re.compile(r"[A-Za-z0-9_-]+")
_LIST_HINT = "to list all pods: bbtui pods"
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


@dataclass(frozen=True, slots=True)
class _ResolvedPod:
    """A pod that was found."""

    endpoints: list[str]
    """The names of the endpoints on it."""

    control: PodControl
    """The control of its account."""

    pod: Pod
    """Its state when it was found."""

    @property
    def name(self) -> str:
        """The name of its endpoint, else its own."""
        return self.endpoints[0] if self.endpoints else self.pod.name


def _list(args: Namespace, context: CommandContext) -> int:
    settings = context.load_settings(args.config)
    listed: list[tuple[Pod, list[str]]] = []
    errors: list[PodError] = []
    for account in _accounts(settings):
        try:
            pods = context.pod_control(account).pods()
        except PodError as error:
            errors.append(error)
            continue
        names = _endpoints_by_pod(settings, account)
        listed += [(pod, names.pop(pod.id, [])) for pod in pods]
        for name in (name for missing in names.values() for name in missing):
            context.notify(f"{name}: its pod was not found in the account of its key")
    if errors and not listed:
        raise errors[0]
    if args.json:
        print_json([_to_json(pod, names) for pod, names in listed], context.out)
    elif listed:
        print_columns([_HEAD, *(_row(pod, names) for pod, names in listed)], context.out)
    else:
        context.notify("there are no pods; rent one in the provider's console")
    for failure in errors:
        context.notify(f"bbtui: {failure}")
    return errors[0].exit_code if errors else 0


def _show(args: Namespace, context: CommandContext) -> None:
    resolved = _resolve(args, context)
    if args.json:
        print_json(_to_json(resolved.pod, resolved.endpoints), context.out)
    else:
        print_columns(_details(resolved.pod, resolved.endpoints), context.out)


def _act(args: Namespace, context: CommandContext) -> None:
    action: PodAction = args.action
    resolved = _resolve(args, context)
    pod = resolved.pod
    if pod.status in action.aims:
        context.notify(f"{resolved.name} is already {pod.state_text}")
    else:
        if (blocker := find_blocker(pod, action)) is not None:
            raise PodError(blocker.cause, blocker.fix, "refused")
        proposal = _proposal(resolved.name, pod, action)
        loss = " The data on its container disk will be lost." if action is PodAction.STOP else ""
        if args.yes:
            context.notify(proposal)
        elif not context.confirm(f"{proposal}?{loss}", proposal, action):
            context.notify("cancelled")
            return
        pod = resolved.control.perform(pod.id, action)
        accepted = f"{resolved.name}: {action} accepted, {pod.state_text}"
        context.notify(accepted)
    if args.wait:
        _PodWaiter(resolved, action, context).wait(pod)


def _accounts(settings: Settings) -> tuple[PodSettings, ...]:
    """Return the accounts of the configuration, as pod settings without an id.

    Without any, return the default account of the first provider.
    """
    configured = [replace(one.pod, id="") for one in settings.endpoints if one.pod is not None]
    provider, (api_url, key) = next(iter(PROVIDERS.items()))
    return tuple(dict.fromkeys(configured)) or (PodSettings(provider, "", key, api_url),)


def _endpoints_by_pod(settings: Settings, account: PodSettings) -> dict[str, list[str]]:
    """Return the names of the endpoints on each pod of an account, by the pod's id."""
    names: dict[str, list[str]] = {}
    for one in settings.endpoints:
        if one.pod is not None and replace(one.pod, id=account.id) == account:
            names.setdefault(one.pod.id, []).append(one.name)
    return names


def _resolve(args: Namespace, context: CommandContext) -> _ResolvedPod:
    """Return the pod of the endpoint or id NAME; without one, the only pod of the configuration.

    Raise `UsageError` if there is none, `PodError` if its state cannot be read.
    """
    settings = context.load_settings(args.config)
    endpoint = _find_endpoint(args.name, settings)
    if endpoint is None:
        return _find_by_id(args.name, settings, context)
    if endpoint.pod is None:
        raise UsageError(
            f"the endpoint {endpoint.name} is not on a pod",
            "to assign a pod, add an [endpoints.pod] table to it in the configuration",
        )
    control = context.pod_control(endpoint.pod)
    return _ResolvedPod([endpoint.name], control, control.pod(endpoint.pod.id))


def _find_endpoint(name: str | None, settings: Settings) -> EndpointSettings | None:
    """Return the endpoint of this name; None if the name must be an id."""
    if name is None:
        with_pod = [one for one in settings.endpoints if one.pod is not None]
        if not with_pod:
            raise UsageError("no pod is configured", _LIST_HINT)
        if len(with_pod) > 1:
            names = ", ".join(one.name for one in with_pod)
            raise UsageError(f"several pods are configured ({names}): name one")
        return with_pod[0]
    for one in settings.endpoints:
        if name == one.name or (one.pod is not None and name == one.pod.id):
            return one
    if near := nearest_word(name, [one.name for one in settings.endpoints]):
        raise UsageError(f'unknown endpoint "{name}"; did you mean "{near}"?', _LIST_HINT)
    return None


def _find_by_id(name: str, settings: Settings, context: CommandContext) -> _ResolvedPod:
    """Return the pod of an id that no endpoint has, from the account that has it."""
    for account in _accounts(settings) if _ID.fullmatch(name) else ():
        control = context.pod_control(account)
        try:
            return _ResolvedPod([], control, control.pod(name))
        except PodError as error:
            if error.kind != "gone":
                raise
    raise UsageError(f'"{name}" is neither an endpoint nor a pod id', _LIST_HINT)


def _row(pod: Pod, endpoints: list[str]) -> tuple[str, ...]:
    """Return the cells below `_HEAD`."""
    names, up = ", ".join(endpoints) or "–", format_uptime(pod.uptime_s)
    machine, price = pod.hardware_text, _price(pod)
    return (names, pod.name, pod.id, pod.state_text, machine, price, up, _note(pod))


def _details(pod: Pod, endpoints: list[str]) -> list[tuple[str, str]]:
    """Return everything that is known of a pod, as names and values."""
    utilization = {"GPU": pod.gpu_util, "mem": pod.memory_util}.items()
    used = [f"{what} {percent} %" for what, percent in utilization if percent is not None]
    facts = [
        ("pod", f"{pod.name} ({pod.id})"),
        ("endpoint", ", ".join(endpoints) or "–"),
        ("state", pod.state_text),
        ("machine", "  ".join([pod.hardware_text, *used])),
        ("price", _price(pod)),
        ("up", _uptime(pod)),
        ("actions", ", ".join(_possible_actions(pod)) or "none"),
        ("note", _note(pod)),
    ]
    return [fact for fact in facts if fact[1]]


def _to_json(pod: Pod, endpoints: list[str]) -> dict[str, object]:
    """Return the value of --json, under the names of `Pod`."""
    return {
        "endpoints": endpoints,
        **asdict(pod),
        "state": pod.state_text,
        "actions": _possible_actions(pod),
        "started_at": pod.started_at.isoformat() if pod.started_at else None,
    }


def _price(pod: Pod) -> str:
    """Return ``$0.79/h``, ``$0.79/h when it last ran``, or ``unknown``."""
    if pod.cost_per_hour is None and pod.last_cost_per_hour is not None:
        return f"{format_price(pod.last_cost_per_hour)} when it last ran"
    return format_price(pod.cost_per_hour)


def _uptime(pod: Pod) -> str:
    """Return how long it has been up and what that cost: ``2 h 10 min, cost $1.71 so far``."""
    if pod.uptime_s is None:
        return "–"
    cost = rental_cost(pod.cost_per_hour, pod.uptime_s)
    return f"{format_uptime(pod.uptime_s)}, cost {format_cost(cost)} so far"


def _proposal(name: str, pod: Pod, action: PodAction) -> str:
    """Return the action and its price: ``start big-brain (NVIDIA L40S, $0.79/h)``."""
    if action is PodAction.STOP:
        facts = [_price(pod), *([f"up {_uptime(pod)}"] if pod.uptime_s is not None else [])]
    else:
        known = pod.last_cost_per_hour is not None
        facts = [pod.hardware_text, _price(pod) if known else "price unknown until it runs"]
    return f"{action} {name} ({', '.join(facts)})"


def _possible_actions(pod: Pod) -> list[str]:
    return [str(action) for action in PodAction if find_blocker(pod, action) is None]


def _note(pod: Pod) -> str:
    notes = {"part of a cluster": pod.in_cluster, "locked": pod.locked}
    return ", ".join(note for note, applies in notes.items() if applies)


@dataclass(slots=True)
class _PodWaiter:
    """Polls a pod until an action is done, and prints a line for each state it passes."""

    resolved: _ResolvedPod
    action: PodAction
    context: CommandContext
    _waited_s: float = 0.0
    _printed_s: float = 0.0

    def wait(self, pod: Pod) -> None:
        """Wait until the pod runs, or is stopped; `pod` is what the action returned.

        Raise `PodError` if it reaches another state, cannot be polled any more, or takes longer
        than half an hour.
        """
        try:
            pod = self._until_done(pod)
        except KeyboardInterrupt:
            self._print("stopped waiting; the pod continues. Check: bbtui pods show")
            raise
        if self.action is PodAction.START:
            machine = f"{pod.hardware_text}, {_price(pod)}"
            self._print(f"{machine}; its server may need another minute")
            if self.resolved.pod.gpu and pod.hardware_text == "no GPU":
                self._print("it started without its GPU: models will run on the CPU")

    def _until_done(self, pod: Pod) -> Pod:
        began, printed = pod.changing, pod.status
        while not (done := action_result(pod, self.action, began=began, waited_s=self._waited_s)):
            if done is False:
                name = self.resolved.name
                raise action_failed(name, pod, self.action, waited_s=self._waited_s)
            if pod.status != printed or self._waited_s - self._printed_s >= _REMINDER_S:
                printed = pod.status
                self._print(f"{pod.state_text} ({format_uptime(self._waited_s)})")
            pod = self._poll(pod)
            began = began or pod.changing
        if self._waited_s:
            self._print(f"{pod.state_text} after {format_uptime(self._waited_s)}")
        return pod

    def _poll(self, pod: Pod) -> Pod:
        """Return the next state; a failure is printed, and the poll repeated at the next time."""
        control, failures = self.resolved.control, 0
        failure: PodError | None = None
        while True:
            pause_s = failure.retry_after_s if failure else 0.0
            pause_s = poll_after_s(pod, awaited=True, quotas=control.quotas, retry_after_s=pause_s)
            if self._waited_s + pause_s > _LIMIT_S:
                waited = format_uptime(self._waited_s)
                cause = f"{self.resolved.name} is still {pod.state_text} after {waited}"
                raise failure or PodError(f"{cause}; stopped waiting", SEE_POD_LOG, "refused")
            self.context.sleep(pause_s)
            self._waited_s += pause_s
            try:
                return control.pod(pod.id)
            except PodError as error:
                failures += error.kind != "limited"
                if error.kind not in PASSING_POD_FAILURES or failures >= _MOST_FAILURES:
                    raise
                self._print(f"{error.message}; retrying")
                failure = error

    def _print(self, line: str) -> None:
        self._printed_s = self._waited_s
        self.context.notify(f"{self.resolved.name}: {line}")
