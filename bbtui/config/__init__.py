"""What the user decides: config.toml, the environment, flags and the tasks file, all strict.

Nothing here is lenient: a key nobody reads or a value that cannot be is a problem, all problems
of a file are told at once, and each names its key and what is allowed.
"""

from bbtui.config.choose import require_endpoints, select_endpoints, with_models
from bbtui.config.keys import check_keys
from bbtui.config.load import load_settings
from bbtui.config.settings import EndpointSettings, PodSettings, Settings

__all__ = [
    "EndpointSettings",
    "PodSettings",
    "Settings",
    "check_keys",
    "load_settings",
    "require_endpoints",
    "select_endpoints",
    "with_models",
]
