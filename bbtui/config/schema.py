"""Every single setting: its key in the file, its variable, its flag, its type, its meaning.

The one list for the file, the environment, the flags, `bbtui config show` and the documents. The
tables [[endpoints]] and [keys] are read elsewhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from bbtui.config.value_types import (
    BOOLEAN,
    FILLED_LINE,
    FORGE,
    FORGE_URL,
    LINE,
    TEXTS,
    THINK,
    WORDS,
    ValueType,
    number,
    whole,
)

#: The greatest seed a server takes: it is an unsigned number of 32 bits there.
_GREATEST_SEED = 2**32 - 1


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting."""

    key: str
    """Its key in config.toml, with the table: "options.seed"."""
    kind: ValueType[Any]
    """The type of its value."""
    meaning: str
    """What it sets, for the template of config.toml."""

    variable: str = ""
    """"" if there is none."""

    flag: str = ""
    """Its option on the command line; "" if there is none."""

    @property
    def section(self) -> str:
        """Return the table that holds it; "" is the top of the file."""
        return self.key.rpartition(".")[0]

    @property
    def name(self) -> str:
        """Return its key in that table."""
        return self.key.rpartition(".")[2]


SETTINGS = (
    Setting("theme", FILLED_LINE, "the name of a theme", "BBTUI_THEME"),
    Setting(
        "tasks",
        FILLED_LINE,
        "the tasks file; in the configuration, relative to its folder",
        "BBTUI_TASKS",
        "--tasks",
    ),
    Setting("session.title", LINE, "printed at the top of the report"),
    Setting("session.milestone", LINE, "printed in the report"),
    Setting("session.issue", LINE, "printed in the report, such as `#576`"),
    Setting("session.operator", LINE, "who scores; printed in the report"),
    Setting("session.label", LINE, "distinguishes sessions with the same title", flag="--label"),
    Setting("judging.blind", BOOLEAN, "whether new sessions are judged blind", flag="--blind"),
    Setting(
        "judging.blind_seed",
        FILLED_LINE,
        "the seed of the order of the sides in blind rounds; random by default",
        flag="--blind-seed",
    ),
    Setting("judging.verdicts", WORDS, "the words that `v` offers, after those of the session"),
    Setting("forge.kind", FORGE, "where `report --post` and the palette post reports"),
    Setting("forge.url", FORGE_URL, "the address of that forge"),
    Setting("forge.repo", FILLED_LINE, "its repository, as `owner/name`"),
    Setting("forge.issue", whole(1), "the number of the issue"),
    Setting(
        "options.temperature",
        number(0, 2),
        "sampling temperature",
        "BBTUI_TEMPERATURE",
        "--temperature",
    ),
    Setting("options.top_p", number(0, 1), "nucleus sampling (top-p)"),
    Setting("options.top_k", whole(0), "number of tokens to sample from (top-k)"),
    Setting("options.seed", whole(0, _GREATEST_SEED), "random seed", "BBTUI_SEED", "--seed"),
    Setting("options.num_ctx", whole(1), "context length, in tokens", "BBTUI_NUM_CTX"),
    Setting(
        "options.num_predict",
        whole(1, also=-1),
        "token limit of an answer; -1: no limit",
        "BBTUI_NUM_PREDICT",
    ),
    Setting("options.stop", TEXTS, "stop sequences: an answer ends before any of them"),
    Setting(
        "options.think",
        THINK,
        "thinking, for models that support it: on, off or a level",
        "BBTUI_THINK",
        "--think",
    ),
)
