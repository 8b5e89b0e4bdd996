"""The diagnosis table: what can be seen on the way to an endpoint, what it means, what helps.

The first row whose condition holds is the diagnosis. What a server says of itself is quoted in a
cause and decides nothing: it can be about an earlier, unrelated failure.
"""

from __future__ import annotations

from bbtui.domain.diagnosis_rules.models import OF_MODELS
from bbtui.domain.diagnosis_rules.network import AFTER_THE_WAY, ON_THE_WAY
from bbtui.domain.diagnosis_rules.pods import RUNNING_PODS, STATES_OF_PODS
from bbtui.domain.diagnosis_rules.proxies import OF_PROXIES
from bbtui.domain.diagnosis_rules.rule import Hop, Rule
from bbtui.domain.diagnosis_rules.servers import OF_SERVERS

__all__ = ["TABLE", "Hop", "Rule"]

TABLE: tuple[Rule, ...] = (
    *STATES_OF_PODS,
    *ON_THE_WAY,
    *RUNNING_PODS,
    *AFTER_THE_WAY,
    *OF_PROXIES,
    *OF_SERVERS,
    *OF_MODELS,
)
