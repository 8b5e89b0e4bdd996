from __future__ import annotations

import pytest

from bbtui.domain.model import PullProgress, TransferRate
from bbtui.formatting.durations import format_left
from bbtui.formatting.numbers import format_bytes
from bbtui.ui.amounts import bar, progress_words, size_words

S = 1_000_000_000
GB = 1_000_000_000


@pytest.mark.parametrize(
    ("count", "shown"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (999_600, "1 MB"),
        (253_113_570, "253 MB"),
        (815_319_791, "815 MB"),
        (3_338_801_804, "3.3 GB"),
        (17_396_936_941, "17.4 GB"),
        (142_000_000_000, "142 GB"),
        (1_300_000_000_000, "1.3 TB"),
    ],
)
def test_sizes_are_as_ollama_gives_them(count, shown):
    assert format_bytes(count) == shown


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(12.4, "12 s left"), (89, "89 s left"), (150, "2 min left"), (7200, "2.0 h left")],
)
def test_what_is_left(seconds, shown):
    assert format_left(seconds) == shown


def test_a_bar_is_as_long_as_it_is_told():
    assert bar(PullProgress("", 4, 1), 8) == "━━──────"
    assert bar(PullProgress("", 0, 0), 4) == "────"
    assert bar(PullProgress("", 4, 4), 4) == "━━━━"


def test_progress_says_amount_rate_and_rest():
    pace = TransferRate()
    pace.note(0, GB)
    pace.note(10 * S, 2 * GB)
    words = progress_words(PullProgress("pulling aea", 4 * GB, 2 * GB), pace)
    assert words == " 50 %  2.0 GB of 4.0 GB  100 MB/s  20 s left"


def test_before_and_after_the_parts_it_is_the_servers_words():
    assert progress_words(PullProgress("pulling manifest"), TransferRate()) == "pulling manifest"
    checked = PullProgress("verifying sha256 digest", 100, 100)
    assert progress_words(checked, TransferRate()) == "verifying sha256 digest"


def test_a_size_says_what_is_known_and_what_not():
    assert size_words(PullProgress("", 2 * GB, 0)).startswith(
        "2.0 GB. These are the parts named so far"
    )
    assert "1.5 GB of it still to fetch" in size_words(PullProgress("", 2 * GB, GB // 2))
    assert size_words(PullProgress("", unsized=1)) == "The server does not tell its size."
