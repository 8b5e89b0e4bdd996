"""The short form of the campaign: some scenarios of every kind."""

from __future__ import annotations

import pytest

from tests.torture.kinds import KINDS, Kind

SEED = 1


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_every_invariant_holds_after_some_scenarios_of_each_kind(kind: Kind) -> None:
    for number in range(1, kind.short + 1):
        kind.run(SEED, number)
