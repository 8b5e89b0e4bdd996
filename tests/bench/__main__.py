"""Measure and print: ``python -m tests.bench [MODULE ...]``; exit 1 if a bound is missed."""

from __future__ import annotations

import importlib
import pkgutil
import sys

from tests import bench


def main(wanted: list[str]) -> int:
    names = [module.name for module in pkgutil.iter_modules(bench.__path__)]
    missed = 0
    for name in names:
        module = importlib.import_module(f"tests.bench.{name}")
        if not hasattr(module, "figures") or (wanted and name not in wanted):
            continue
        for figure in module.figures():
            bound = ""
            if figure.at_most is not None:
                bound += f"  ≤ {figure.at_most:g}"
            if figure.at_least is not None:
                bound += f"  ≥ {figure.at_least:g}"
            mark = "✓" if figure.holds else "✗"
            line = f"{mark} {name:14} {figure.name:52} {figure.value:9.3f} {figure.unit:8}{bound}"
            print(line + (f"   {figure.detail}" if figure.detail else ""), flush=True)
            missed += not figure.holds
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
