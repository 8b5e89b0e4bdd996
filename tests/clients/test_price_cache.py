"""The last price of a pod outlives the program, and does without its file."""

from __future__ import annotations

import stat
from dataclasses import replace
from pathlib import Path

import pytest

from bbtui.clients.runpod.client import PriceCache
from bbtui.domain.pod import Pod, PodStatus

RUNNING = Pod("7h9k2m4n6p", "ollama-box", PodStatus.RUNNING, cost_per_hour=0.79)
STOPPED = replace(RUNNING, status=PodStatus.EXITED, cost_per_hour=None)


def test_price_is_kept_across_runs(tmp_path: Path):
    file = tmp_path / "cache" / "prices.json"
    assert PriceCache(file).with_last_price(STOPPED).last_cost_per_hour is None
    assert PriceCache(file).with_last_price(RUNNING).last_cost_per_hour == 0.79
    pod = PriceCache(file).with_last_price(STOPPED)
    assert (pod.cost_per_hour, pod.last_cost_per_hour) == (None, 0.79)


def test_last_price_replaces_earlier_ones(tmp_path: Path):
    prices = PriceCache(tmp_path / "prices.json")
    prices.with_last_price(RUNNING)
    prices.with_last_price(replace(RUNNING, cost_per_hour=0.86))
    assert prices.with_last_price(STOPPED).last_cost_per_hour == 0.86


def test_file_is_private_and_has_no_pod_id(tmp_path: Path):
    file = tmp_path / "cache" / "prices.json"
    PriceCache(file).with_last_price(RUNNING)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert RUNNING.id not in file.read_text(encoding="utf-8")
    assert list(file.parent.iterdir()) == [file]


@pytest.mark.parametrize("content", [b"", b"[1]", b'{"a": "b"}', b"\xff\xfe", b'{"a"'])
def test_damaged_file_is_ignored(tmp_path: Path, content: bytes):
    file = tmp_path / "prices.json"
    file.write_bytes(content)
    prices = PriceCache(file)
    assert prices.with_last_price(STOPPED).last_cost_per_hour is None
    assert prices.with_last_price(RUNNING).last_cost_per_hour == 0.79
    assert PriceCache(file).with_last_price(STOPPED).last_cost_per_hour == 0.79


def test_unwritable_folder_is_ignored(tmp_path: Path):
    (tmp_path / "file").write_text("", encoding="utf-8")
    prices = PriceCache(tmp_path / "file" / "prices.json")
    assert prices.with_last_price(RUNNING).last_cost_per_hour == 0.79
    assert prices.with_last_price(STOPPED).last_cost_per_hour == 0.79


def test_prices_of_two_programs_are_merged(tmp_path: Path):
    file = tmp_path / "prices.json"
    here, there = PriceCache(file), PriceCache(file)
    here.with_last_price(RUNNING)
    there.with_last_price(replace(RUNNING, id="q8w7e6r5t4", cost_per_hour=0.44))
    assert PriceCache(file).with_last_price(STOPPED).last_cost_per_hour == 0.79
