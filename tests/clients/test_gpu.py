"""The cards of this machine, from a module with the names that nvidia-ml-py documents."""

# ruff: noqa: N802 - the names are those of nvidia-ml-py

from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from bbtui.clients.factory import connect
from bbtui.clients.gpu import PERIOD_S, GpuReader, LocalProbe, has_gpu
from bbtui.config.settings import EndpointSettings
from bbtui.domain.host import GpuReading, Host, HostState
from bbtui.domain.problem import Problem
from tests.fakes import READY, StillProbe
from tests.loopback import Loopback, json_reply

GB = 1_000_000_000
RTX = {
    "name": "NVIDIA GeForce RTX 4090",
    "rates": SimpleNamespace(gpu=94, memory=51),
    "memory": SimpleNamespace(total=24 * GB, free=6_200_000_000, used=17_800_000_000),
    "temperature": 67,
    "power": 388_120,
}


class NVMLError(Exception):
    pass


class FakeNvml:
    """Cards as dictionaries; a figure that is missing is "not supported"."""

    NVML_TEMPERATURE_GPU = 0
    NVMLError = NVMLError

    def __init__(self, *cards: dict[str, Any], driver: bool = True) -> None:
        self.cards = cards
        self.driver = driver
        self.reads = 0

    def nvmlInit(self) -> None:
        if not self.driver:
            raise NVMLError("Driver Not Loaded")

    def nvmlDeviceGetCount(self) -> int:
        self.reads += 1
        return len(self.cards)

    def nvmlDeviceGetHandleByIndex(self, index: int) -> dict[str, Any]:
        return self.cards[index]

    def _told(self, card: dict[str, Any], figure: str) -> Any:
        if figure not in card:
            raise NVMLError("Not Supported")
        return card[figure]

    def nvmlDeviceGetName(self, handle: Any) -> Any:
        return self._told(handle, "name")

    def nvmlDeviceGetUtilizationRates(self, handle: Any) -> Any:
        return self._told(handle, "rates")

    def nvmlDeviceGetMemoryInfo(self, handle: Any) -> Any:
        return self._told(handle, "memory")

    def nvmlDeviceGetTemperature(self, handle: Any, sensor: int) -> Any:
        assert sensor == self.NVML_TEMPERATURE_GPU
        return self._told(handle, "temperature")

    def nvmlDeviceGetPowerUsage(self, handle: Any) -> Any:
        return self._told(handle, "power")


def words(*cards: dict[str, Any]) -> list[str]:
    return [card.summary for card in GpuReader(lambda: FakeNvml(*cards)).read()]


def without(*figures: str) -> dict[str, Any]:
    return {name: value for name, value in RTX.items() if name not in figures}


def test_every_value_is_read() -> None:
    [card] = GpuReader(lambda: FakeNvml(RTX)).read()
    assert card == GpuReading("NVIDIA GeForce RTX 4090", 94, 17_800_000_000, 24 * GB, 67, 388.12)
    assert card.summary == "RTX 4090 94 % 17.8/24.0 GB 67 °C 388 W"


@pytest.mark.parametrize(
    ("figure", "rest"),
    [
        ("name", "GPU 94 % 17.8/24.0 GB 67 °C 388 W"),
        ("rates", "RTX 4090 17.8/24.0 GB 67 °C 388 W"),
        ("memory", "RTX 4090 94 % 67 °C 388 W"),
        ("temperature", "RTX 4090 94 % 17.8/24.0 GB 388 W"),
        ("power", "RTX 4090 94 % 17.8/24.0 GB 67 °C"),
    ],
)
def test_unsupported_value_is_skipped(figure: str, rest: str) -> None:
    assert words(without(figure)) == [rest]


def test_name_in_bytes_is_decoded() -> None:
    """As older versions of the package give it."""
    assert words({**RTX, "name": b"Tesla T4"}) == ["Tesla T4 94 % 17.8/24.0 GB 67 °C 388 W"]


def test_shared_memory_is_not_counted() -> None:
    shared = SimpleNamespace(total=0, free=0, used=0)
    assert words({**RTX, "memory": shared}) == ["RTX 4090 94 % 67 °C 388 W"]


def test_gpu_without_any_value_is_skipped() -> None:
    silent = {"name": "NVIDIA T400"}
    assert words(RTX, silent, {**RTX, "rates": SimpleNamespace(gpu=3, memory=0)}) == [
        "RTX 4090 94 % 17.8/24.0 GB 67 °C 388 W",
        "RTX 4090 3 % 17.8/24.0 GB 67 °C 388 W",
    ]


def test_removed_nvml_function_is_skipped() -> None:
    class Newer(FakeNvml):
        @property
        def nvmlDeviceGetTemperature(self) -> Any:  # type: ignore[override]
            raise AttributeError

    [card] = GpuReader(lambda: Newer(RTX)).read()
    assert card.summary == "RTX 4090 94 % 17.8/24.0 GB 388 W"


@pytest.mark.parametrize("nvml", [None, FakeNvml(RTX, driver=False), FakeNvml()])
def test_no_gpu_without_package_driver_or_device(nvml: FakeNvml | None) -> None:
    assert GpuReader(lambda: nvml).read() == ()


def test_driver_is_read_every_two_seconds_at_most() -> None:
    nvml, now = FakeNvml(RTX), [100.0]
    cards = GpuReader(lambda: nvml, clock=lambda: now[0])
    cards.read()
    cards.read()
    assert nvml.reads == 1
    now[0] += PERIOD_S
    cards.read()
    assert nvml.reads == 2


def test_gpus_are_read_with_a_reachable_local_server() -> None:
    probe = StillProbe()
    local = LocalProbe(probe, GpuReader(lambda: FakeNvml(RTX)))
    host = local.check()
    assert (host.state, host.gpu_there) == (READY.state, True)
    assert [card.name for card in host.cards] == [RTX["name"]]
    probe.host = Host(HostState.UNREACHABLE, Problem("nothing listens there"))
    assert local.check() == probe.host


@pytest.mark.parametrize("api", ["ollama", "openai"])
def test_only_local_endpoints_have_gpus(loopback: Loopback, api: Any) -> None:
    loopback.on("GET /api/version", json_reply({"version": "0.33.0"}))
    loopback.on("GET /api/ps", json_reply({"models": []}))
    loopback.on("GET /v1/models", json_reply({"data": [{"id": "m"}]}))
    cards = GpuReader(lambda: FakeNvml(RTX))
    here = connect(EndpointSettings("a", "A", loopback.url, "m", api), {}, gpus=cards)
    assert len(here.probe.check().cards) == 1
    assert here.catalog is not None
    assert len(here.catalog.probe("other").check().cards) == 1
    there = EndpointSettings("b", "B", "http://gpu-box:11434", "m", api)
    assert not isinstance(connect(there, {}, gpus=cards).probe, LocalProbe)


linux = pytest.mark.skipif(sys.platform == "darwin", reason="a Mac says it by its processor")


@linux
def test_nvidia_gpu_is_detected(tmp_path: Path) -> None:
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
def test_amd_gpu_with_own_memory_is_detected(
    tmp_path: Path, vendor: str, memory: bool, there: bool | None
) -> None:
    card = tmp_path / "drm" / "card0" / "device"
    card.mkdir(parents=True)
    (card / "vendor").write_text(vendor)
    if memory:
        (card / "mem_info_vram_total").write_text("17163091968\n")
    assert has_gpu(tmp_path / "nvidia", tmp_path / "drm") is there
