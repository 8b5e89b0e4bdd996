"""Measure and print: ``python -m tests.bench [MODULE ...]``; exit 1 if a bound is missed."""

from __future__ import annotations

import importlib
import os
import pkgutil
import sys

from tests import bench
from tests.bench import Figure

# Compiling is not what is measured.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)


def main(wanted: list[str]) -> int:
    """Print the figures of these modules, or of all, each module under its title."""
    names = [module.name for module in pkgutil.iter_modules(bench.__path__)]
    count = missed = 0
    for name in names:
        module = importlib.import_module(f"tests.bench.{name}")
        if not hasattr(module, "figures") or (wanted and name not in wanted):
            continue
        print(f"{name}: {(module.__doc__ or '').partition(chr(10))[0]}", flush=True)
        for figure in module.figures():
            print(f"  {_line(figure)}", flush=True)
            count += 1
            missed += not figure.holds
    print(f"{count - missed} of {count} figures keep their bounds")
    return 1 if missed else 0


def _line(figure: Figure) -> str:
    """Return ``✓ name  value unit  ≤ bound  detail``."""
    bound = ""
    if figure.at_most is not None:
        bound += f"≤ {figure.at_most:g}"
    if figure.at_least is not None:
        bound += f"≥ {figure.at_least:g}"
    mark = "✓" if figure.holds else "✗"
    line = f"{mark} {figure.name:62} {figure.value:9.3f} {figure.unit:6} {bound:8} {figure.detail}"
    return line.rstrip()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
