from __future__ import annotations

import sys
from pathlib import Path

import pytest

from bbtui.clients.gpu_detect import has_gpu

linux = pytest.mark.skipif(sys.platform == "darwin", reason="a Mac says it by its processor")


@linux
def test_the_cards_of_nvidias_driver(tmp_path: Path) -> None:
    assert has_gpu(tmp_path / "nvidia", tmp_path / "drm") is None
    (tmp_path / "nvidia").mkdir()
    assert has_gpu(tmp_path / "nvidia", tmp_path / "drm") is None
    (tmp_path / "nvidia" / "0000:01:00.0").mkdir()
    assert has_gpu(tmp_path / "nvidia", tmp_path / "drm") is True


@linux
@pytest.mark.parametrize(
    ("vendor", "memory", "there"),
    [("0x1002\n", True, True), ("0x1002\n", False, None), ("0x8086\n", True, None)],
)
def test_a_card_with_memory_of_its_own(
    tmp_path: Path, vendor: str, memory: bool, there: bool | None
) -> None:
    card = tmp_path / "drm" / "card0" / "device"
    card.mkdir(parents=True)
    (card / "vendor").write_text(vendor)
    if memory:
        (card / "mem_info_vram_total").write_text("17163091968\n")
    assert has_gpu(tmp_path / "nvidia", tmp_path / "drm") is there
