from __future__ import annotations

import uuid

from bbtui.store.uuid7 import is_id, new_id


def test_new_id_matches_the_example_of_the_standard() -> None:
    """RFC 9562, appendix A.6: rand_a is 0xCC3, rand_b 0x18C4DC0C0C07398F, at 0x017F22E279B0 ms."""
    random = (0xCC3 << 68 | 0x18C4DC0C0C07398F).to_bytes(10, "big")
    assert new_id(0x017F22E279B0, random) == "017f22e2-79b0-7cc3-98c4-dc0c0c07398f"


def test_new_ids_are_version_7_and_unique() -> None:
    first, second = uuid.UUID(new_id()), uuid.UUID(new_id())
    assert (first.version, first.variant) == (7, uuid.RFC_4122)
    assert first != second


def test_ids_sort_by_time() -> None:
    assert new_id(1_000, b"\xff" * 10) < new_id(1_001, b"\0" * 10)


def test_is_id_accepts_only_the_usual_form() -> None:
    plain = new_id()
    assert is_id(plain)
    assert not is_id(plain.upper().replace("-", ""))
    assert not is_id("../../etc/passwd")
    assert not is_id("")
