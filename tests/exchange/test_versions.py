"""Documents that earlier commits wrote are read with every value they held.

`version-1.json` was written by commit 15b4f4d of the second session of its `format-2.db` (see
tests/store/fixtures/write-format-2.py.txt), and is never made anew.
"""

from __future__ import annotations

import json
from pathlib import Path

from bbtui.exchange.json_file import from_json, to_json
from tests.session_values import session_values, with_format_3

FIXTURES = Path(__file__).parent / "fixtures"
VERSION_1 = (FIXTURES / "version-1.json").read_text("utf-8")


def test_version_1_is_read_with_every_value_it_held() -> None:
    values = json.loads((FIXTURES / "version-1.values.json").read_text("utf-8"))
    assert session_values(from_json(VERSION_1, "version-1.json")) == with_format_3(values)


def test_version_1_is_written_as_it_was() -> None:
    written = json.loads(to_json(from_json(VERSION_1, "version-1.json")))
    was = json.loads(VERSION_1)
    # Computed for readers, in sentences and figures that may be defined anew.
    assert written.pop("results").keys() == was.pop("results").keys()
    for answer, before in zip(written["answers"], was["answers"], strict=True):
        assert answer.pop("timing").keys() >= before.pop("timing").keys()
        del answer["flags"], answer["start"]
        for name, default in (("ticks", []), ("marker", "")):
            assert answer.pop(name) == default, "version 1 began without it"
    assert written.pop("schedule") == {"warmup": 0, "cooldown_s": 0.0, "cache_bust": False}
    for row in written["judgements"]:
        assert [row.pop(name) for name in ("blinding", "order", "took_ms")] == ["open", [], None]
    for endpoint in written["endpoints"]:
        assert endpoint.pop("price") is None
    for task in written["tasks"]:
        assert task.pop("wrong") == []
        assert {check.pop("label") for check in task["checks"]} <= {""}
    assert written == was
