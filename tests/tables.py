"""Generate the tables of README and docs from the program: ``python -m tests.tables``."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable
from pathlib import Path

from bbtui.domain.diagnosis_rules.rule import Rule
from bbtui.domain.diagnosis_rules.rules import RULES
from bbtui.ui.actions import ACTIONS

ROOT = Path(__file__).parent.parent
README = ROOT / "README.md"
DOCS = ROOT / "docs"

#: What a document shows in place of the values that the program fills in.
_PLACEHOLDERS = {
    "where": "HOST:PORT",
    "host": "HOST",
    "unproxied": "HOST",
    "name": "NAME",
    "setting": "the endpoint's url",
    "model": "MODEL",
    "wanted": "Ollama",
    "there": "on HOST",
    "pull": "ollama pull MODEL on HOST",
    "run": "ollama run MODEL on HOST",
    "detail": "…",
    "proxies": "HTTPS_PROXY",
    "limit": "N s",
    "silence": " for N s",
    "received": "N bytes",
    "status": "HTTP …",
    "text": "…",
    "rest": ": …",
    "error": "…",
    "location": "URL",
    "pod_unknown": "…",
    "pod_unknown_fix": "(the fix)",
    "pod_state": "…",
    "pod_fix": "(an action the provider allows)",
    "uptime": "…",
    "server": "…",
    "share": "N %",
    "context": "N",
    "requested": "N",
}
_EMPTY = ("after", "quoted", "instead")
_COMMANDS = (
    *("ollama serve", "ollama signin", "ollama pull MODEL", "ollama run MODEL"),
    *("ollama stop MODEL", "bbtui pods start NAME", "ssh -L"),
)


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """Return a Markdown table."""
    lines = [list(head)]
    lines += [["---"] * len(lines[0]), *map(list, rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def key_table() -> str:
    """Return the keys, for the README."""
    rows = [(f"`{' '.join(a.shown.split())}`", a.help, f"`{a.id}`") for a in ACTIONS if a.keys]
    return table(("key", "action", "action id"), rows)


def frequent_problems() -> str:
    """Return the most frequent diagnoses, for the README."""
    rows = (
        (general(rule.cause, rule.when_text), general(rule.fix, rule.when_text))
        for rule in RULES
        if rule.in_readme
    )
    return table(("message", "fix"), rows)


def all_problems() -> str:
    """Return every diagnosis, in the order in which the rules are tried."""

    def row(rule: Rule) -> tuple[str, ...]:
        cause = general(rule.cause, rule.when_text) + ("" if rule.blocks else " *")
        return rule.hop.label, rule.when_text, cause, general(rule.fix, rule.when_text)

    return table(("step", "condition", "message", "fix"), map(row, RULES))


def general(text: str, condition: str = "") -> str:
    """Return a cause or a fix with placeholders; the first HTTP status of the condition is kept."""
    status = re.search(r"\b[2-5]\d\d\b", condition)
    known = {"status": f"HTTP {status[0]}"} if status else {}
    if "pod" in condition or "RUNNING" in condition:
        known["run"] = "ollama run MODEL on the pod"
    values = defaultdict(str, _PLACEHOLDERS | dict.fromkeys(_EMPTY, "") | known)
    filled = text.format_map(values)
    for command in _COMMANDS:
        filled = filled.replace(command, f"`{command}`")
    return filled.replace("|", "\\|")


def updated(text: str, name: str, content: str) -> str:
    """Return a document with its table of this name replaced by `content`."""
    begin, end = f"<!-- {name}: begin -->", f"<!-- {name}: end -->"
    before, found_begin, rest = text.partition(begin)
    _, found_end, after = rest.partition(end)
    if not (found_begin and found_end):
        raise ValueError(f"the document must contain {begin} and {end}")
    return f"{before}{begin}\n{content}\n{end}{after}"


#: The tables: the document, the name of the table in it, and what generates it.
TABLES: tuple[tuple[Path, str, Callable[[], str]], ...] = (
    (README, "keys", key_table),
    (README, "diagnosis", frequent_problems),
    (DOCS / "diagnosis.md", "diagnosis", all_problems),
)

if __name__ == "__main__":
    for path, name, content in TABLES:
        path.write_text(updated(path.read_text("utf-8"), name, content()), "utf-8")
