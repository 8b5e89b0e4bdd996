"""The figures of a campaign as docs/reliability.md."""

from __future__ import annotations

import re
import statistics
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from tests.tables import DOCS, table
from tests.torture.kinds import KINDS

PATH = DOCS / "reliability.md"
_HEAD = ("seed", "begun (UTC)", "in process", "whole program", "failed", "minutes", "slowest key")
#: A row of the table of campaigns begins with its seed.
_ROW = re.compile(r"^\| \d+ \| 20.*\|$", re.MULTILINE)
_TEXT = """\
# Reliability

`make torture` runs the program against what servers, terminals, files and other programs may do.
Every choice comes from a seed: `make torture SEED=7` repeats a campaign, and
`make torture SEED=7 ONLY=cut:123` one scenario of it. A short form with every kind of scenario is
part of `make test`. This page is written by a campaign that ran to its end.

## Campaigns

{runs}

The slowest key is the longest time from a key press to its effect on the screen, without the time
in which the program waited for a processor: several run at once. A key that takes longer than a
second is tried again; the fifth late one fails the scenario.

## Scenarios

Those in process call the parsers, the clients (with a server on the loopback), the engine, the
store and the report. Those of the whole program (`run-…`, `screen-…`) start `bbtui` in processes of
its own, on a pseudo-terminal where it has a screen. The counts are those of seed {seed}.

{kinds}

## What holds after each

- The next task runs to its end.
- On the screen, a key is answered.
- Nothing acknowledged is lost: no whole object of a stream, no judgement that the screen showed, no
  write that returned. The database passes SQLite's `integrity_check` unless it was damaged.
- What the screen switched on is off again (alternate screen, mouse, cursor, bracketed paste), and
  the terminal's settings (termios) are as before, unless the program was killed with SIGKILL.
- No process, thread or socket is left.
- The exit code is as the README says, and never 1; there is no traceback and no `bbtui.log`.
- An output, report or JSON document has nothing that a terminal would obey, and no part of a key
  or of a pod's environment that was planted.
"""


@dataclass(frozen=True)
class Run:
    """What a campaign gave."""

    seed: int
    started: datetime

    minutes: float
    """How long it took."""

    run: Counter[str]
    """How many scenarios of each kind were run."""

    failed: Counter[str]
    """How many of each kind failed."""

    key_s: tuple[float, ...]
    """How long keys took, in s."""

    def counted(self, *, whole: bool) -> int:
        """Return how many scenarios were run in process, or with the whole program."""
        return sum(self.run[kind.name] for kind in KINDS if kind.whole == whole)

    @property
    def keys(self) -> str:
        """Return the slowest key, and the median."""
        if not self.key_s:
            return "–"
        return f"{max(self.key_s):.2f} s (median {statistics.median(self.key_s):.2f} s)"

    @property
    def summary(self) -> str:
        """Return the figures on one line."""
        return (
            f"seed {self.seed}: {self.counted(whole=False)} in process, "
            f"{self.counted(whole=True)} with the whole program, "
            f"{sum(self.failed.values())} failed, {self.minutes:.1f} min; slowest key {self.keys}"
        )


def write(run: Run) -> Path:
    """Write the document with the figures of this campaign; those of other seeds stay."""
    row = (
        str(run.seed),
        f"{run.started:%Y-%m-%d %H:%M}",
        f"{run.counted(whole=False):,}",
        f"{run.counted(whole=True):,}",
        str(sum(run.failed.values())),
        f"{run.minutes:.1f}",
        run.keys,
    )
    earlier = _ROW.findall(PATH.read_text("utf-8")) if PATH.exists() else []
    others = [line for line in earlier if not line.startswith(f"| {run.seed} |")]
    runs = "\n".join([table(_HEAD, []), *others, f"| {' | '.join(row)} |"])
    kinds = table(
        ("kind", "scenarios", "failed", "what is done"),
        (
            (f"`{kind.name}`", f"{run.run[kind.name]}", f"{run.failed[kind.name]}", kind.about)
            for kind in KINDS
        ),
    )
    PATH.write_text(_TEXT.format(runs=runs, kinds=kinds, seed=run.seed), encoding="utf-8")
    return PATH
