"""All diagnosis rules, in the order in which they are tried.

The first rule that applies is the diagnosis. A server's own message is quoted in a cause and
decides nothing: it can be about an earlier, unrelated failure. They are not in `__init__`, so that
the type of a rule can be imported without them.
"""

from __future__ import annotations

from bbtui.domain.diagnosis_rules.models import MODEL_RULES
from bbtui.domain.diagnosis_rules.network import CONNECTION_RULES, REPLY_RULES
from bbtui.domain.diagnosis_rules.pods import POD_STATE_RULES, RUNNING_POD_RULES
from bbtui.domain.diagnosis_rules.proxies import PROXY_RULES
from bbtui.domain.diagnosis_rules.rule import Rule
from bbtui.domain.diagnosis_rules.servers import SERVER_RULES

RULES: tuple[Rule, ...] = (
    *POD_STATE_RULES,
    *CONNECTION_RULES,
    *RUNNING_POD_RULES,
    *REPLY_RULES,
    *PROXY_RULES,
    *SERVER_RULES,
    *MODEL_RULES,
)
