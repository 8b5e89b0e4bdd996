"""The set-up screen: from an empty configuration to a first comparison."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from bbtui.cli.context import CommandContext
from bbtui.clients.embedded.engine import EmbeddedEngine
from bbtui.clients.identify import identify
from bbtui.clients.ports import CancelToken
from bbtui.config.create import selected_endpoints, write_config
from bbtui.config.endpoints import PROVIDERS
from bbtui.config.settings import BY_NAME, PodSettings
from bbtui.domain.candidate import Selection
from bbtui.domain.host import Host, HostState
from bbtui.domain.problem import Problem
from bbtui.engine.discovery import Discovery, ListPods, default_candidates
from bbtui.errors import BbtuiError
from bbtui.locations import shipped

if TYPE_CHECKING:
    from bbtui.ui.screens.setup import SetupResult


def set_up(context: CommandContext) -> SetupResult:
    """Show the set-up screen, and print the path of the configuration if it wrote one."""
    # Textual is imported here and in no command that has no screen.
    from bbtui.ui.screens.setup import SetupContext, run_setup

    path = context.locations.config_file
    list_pods = _pod_lister(context)

    def check(pick: Selection, cancel_token: CancelToken) -> Host:
        del cancel_token  # a probe has limits of its own
        endpoints = selected_endpoints((pick,), (pick.model,), pod_key=False)
        try:
            return context.connect(endpoints[0], None).probe.check()
        except BbtuiError as error:
            return Host(HostState.FAILED, Problem.of(error))

    def save(picks: Sequence[Selection], labels: Sequence[str]) -> None:
        write_config(path, selected_endpoints(picks, labels, pod_key=list_pods is not None))

    outcome = run_setup(
        SetupContext(
            discovery=Discovery(default_candidates(context.environ), identify, check, list_pods),
            save=save,
            require_demo=EmbeddedEngine.require,
            path=path,
            themes=shipped("themes"),
            user_themes=context.locations.themes,
            theme=context.load_settings(None).theme,
        )
    )
    if outcome == "saved":
        context.notify(f"wrote {path}; to print the settings: bbtui config show")
    elif outcome == "left":
        context.notify("nothing was written; to return to the set-up: bbtui")
    return outcome


def _pod_lister(context: CommandContext) -> ListPods | None:
    """Return what lists the pods of the key in the environment; None without a key."""
    api_url, key = PROVIDERS["runpod"]
    if not context.environ.get(key.removeprefix(BY_NAME)):
        return None
    account = PodSettings("runpod", "", key, api_url)
    return lambda: context.pod_control(account).pods()
