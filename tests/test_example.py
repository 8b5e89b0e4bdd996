"""The example that the docs show: what the program wrote, and writes today."""

from __future__ import annotations

from bbtui.__main__ import main
from tests.keytable import README

DOCS = README.parent / "docs"


def test_the_example_is_the_report_of_its_portable_form(capsys) -> None:
    assert main(["report", str(DOCS / "example.json")]) == 0
    *told, provenance = capsys.readouterr().out.rstrip().splitlines()
    *kept, _ = (DOCS / "example.md").read_text("utf-8").rstrip().splitlines()
    assert told == kept, "the report has changed: run the demo for the docs once more"
    assert provenance
