"""Writes the diagnosis table into README and docs from its rows: ``python -m tests.doctable``."""

from __future__ import annotations

import re
import sys
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

from bbtui.domain.diagnosis_rules import TABLE, Rule

ROOT = Path(__file__).parent.parent
README = ROOT / "README.md"
DOCUMENT = ROOT / "docs" / "diagnosis.md"
BEGIN, END = "<!-- diagnosis: begin -->", "<!-- diagnosis: end -->"

#: What stands in a document where the program fills in what it saw.
_GENERAL = {
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
    "words": "…",
    "proxies": "HTTPS_PROXY",
    "limit": "N s",
    "silence": " for N s",
    "received": "N bytes",
    "status": "HTTP …",
    "text": "…",
    "rest": ": …",
    "error": "…",
    "location": "URL",
    "untold": "…",
    "untold_fix": "(what mends that)",
    "pod_state": "…",
    "pod_fix": "(what the provider allows)",
    "uptime": "…",
    "server": "…",
    "share": "N %",
    "context": "N",
    "asked": "N",
}
_EMPTY = ("after", "quoted", "but")
_COMMANDS = (
    *("ollama serve", "ollama signin", "ollama pull MODEL", "ollama run MODEL"),
    *("ollama stop MODEL", "bbtui pods start NAME", "ssh -L"),
)


def general(text: str, sign: str = "") -> str:
    """A cause or a fix as a document has it; the first status in the sign stands for all."""
    status = re.search(r"\b[2-5]\d\d\b", sign)
    known = {"status": f"HTTP {status[0]}"} if status else {}
    if "pod" in sign or "RUNNING" in sign:
        known["run"] = "ollama run MODEL on the pod"
    words = defaultdict(str, _GENERAL | dict.fromkeys(_EMPTY, "") | known)
    filled = text.format_map(words)
    for code in _COMMANDS:
        filled = filled.replace(code, f"`{code}`")
    return filled.replace("|", "\\|")


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """A Markdown table."""
    lines = [list(head)]
    lines += [["---"] * len(lines[0]), *map(list, rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def short() -> str:
    """What is met most often, for the README."""
    rows = (
        (general(row.cause, row.when_text), general(row.fix, row.when_text))
        for row in TABLE
        if row.in_readme
    )
    return table(("it says", "do this"), rows)


def whole() -> str:
    """Every row, in the order in which they are tried."""
    rows = ((row.hop, row.when_text, _cause(row), general(row.fix, row.when_text)) for row in TABLE)
    return table(("hop", "what was seen", "what is said", "what helps"), rows)


def _cause(row: Rule) -> str:
    return general(row.cause, row.when_text) + ("" if row.blocks else " *")


def written(text: str, made: str) -> str:
    """A document with the table as it should be."""
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    assert begin, f"the document must hold {BEGIN}"
    assert end, f"the document must hold {END}"
    return f"{before}{BEGIN}\n{made}\n{END}{after}"


PLACES = ((README, short), (DOCUMENT, whole))

if __name__ == "__main__":
    for path, made in PLACES:
        path.write_text(written(path.read_text("utf-8"), made()), "utf-8")
    sys.exit(0)
