"""Run the campaign and print its figures: ``python -m tests.torture [--seed N] [--only KIND[:N]]``.

A whole one of which nothing was left out is written to docs/reliability.md.
"""

from __future__ import annotations

import argparse
import sys
import time

from tests.torture.campaign import MINUTES, campaign
from tests.torture.kinds import BY_NAME, KINDS
from tests.torture.reliability import write


def main(arguments: list[str]) -> int:
    """Run the campaign; exit 1 if a scenario failed, 2 if the time was too short for all."""
    parser = argparse.ArgumentParser(prog="make torture", description=__doc__.partition("\n")[0])
    parser.add_argument("--seed", type=int, default=None, help="default: of the clock")
    parser.add_argument("--only", default="", metavar="KIND[:N]", help="one kind, or one scenario")
    parser.add_argument("--minutes", type=float, default=MINUTES, help="the limit of the whole")
    args = parser.parse_args(arguments)
    seed = args.seed if args.seed is not None else int(time.time()) % 100_000
    name, _, number = args.only.partition(":")
    if name and name not in BY_NAME:
        parser.error(f"unknown kind {name!r}; known: {', '.join(BY_NAME)}")
    if number:
        BY_NAME[name].run(seed, int(number))
        print(f"✓ {args.only} of seed {seed}")
        return 0
    kinds = [BY_NAME[name]] if name else list(KINDS)
    print(f"seed {seed}: {sum(kind.count for kind in kinds)} scenarios", flush=True)
    result = campaign(kinds, seed, args.minutes)
    for kind in kinds:
        mark = "✗" if result.failed[kind.name] else "✓"
        count = f"{result.run[kind.name]:5} of {kind.count:4}"
        print(f"{mark} {kind.name:15} {count}  {result.failed[kind.name]:3} failed  {kind.about}")
    print(result.summary)
    whole = all(result.run[kind.name] == kind.count for kind in KINDS)
    if whole:
        print(f"written: {write(result)}")
    return 1 if sum(result.failed.values()) else 0 if whole or name else 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
