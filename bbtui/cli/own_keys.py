"""The user's own keys, held against the actions: the one check of [keys]."""

from __future__ import annotations

from collections.abc import Mapping

from bbtui.config.keymap import key_problems


def keymap_problems(keys: Mapping[str, str]) -> list[str]:
    """All that is wrong with the [keys] of a configuration, a sentence each."""
    if not keys:
        return []
    # Here, because the actions bring Textual, and few configurations have keys.
    from bbtui.ui.actions import ACTIONS
    from bbtui.ui.key_names import one_key

    return key_problems(keys, {one.id: one.keys for one in ACTIONS}, one_key)
