from __future__ import annotations

import pytest

from bbtui.domain.model import PullProgress, TransferRate
from bbtui.formatting.durations import format_left
from bbtui.formatting.numbers import format_bytes
from bbtui.ui.screens.models import format_pull_size
from bbtui.ui.widgets.job_line import format_progress, progress_bar

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
def test_size_of_a_model_is_formatted_like_ollama(count, shown):
    assert format_bytes(count) == shown


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(12.4, "12 s left"), (89, "89 s left"), (150, "2 min left"), (7200, "2.0 h left")],
)
def test_time_left(seconds, shown):
    assert format_left(seconds) == shown


def test_progress_bar_has_the_given_width():
    assert progress_bar(PullProgress("", 4, 1), 8) == "━━──────"
    assert progress_bar(PullProgress("", 0, 0), 4) == "────"
    assert progress_bar(PullProgress("", 4, 4), 4) == "━━━━"


def test_progress_has_amount_rate_and_time_left():
    rate = TransferRate()
    rate.note(0, GB)
    rate.note(10 * S, 2 * GB)
    progress = format_progress(PullProgress("pulling aea", 4 * GB, 2 * GB), rate, 12 * S)
    assert progress == " 50 %  2.0 GB of 4.0 GB  100 MB/s  20 s left"


def test_progress_that_has_stopped_is_stalled():
    rate, shown = TransferRate(), PullProgress("pulling aea", 4 * GB, 2 * GB)
    rate.note(0, GB)
    rate.note(10 * S, 2 * GB)
    rate.note(14 * S, 2 * GB)  # the server repeats its last count
    assert format_progress(shown, rate, 14 * S).endswith("left")
    rate.note(15 * S, 2 * GB)
    assert format_progress(shown, rate, 15 * S) == " 50 %  2.0 GB of 4.0 GB  stalled"
    rate.note(31 * S, 3 * GB)
    assert "stalled" not in format_progress(shown, rate, 32 * S)


def test_progress_of_a_silent_server_is_stalled():
    rate = TransferRate()
    rate.note(0, GB)
    rate.note(S, 2 * GB)
    progress = PullProgress("pulling aea", 4 * GB, 2 * GB)
    assert format_progress(progress, rate, 60 * S) == " 50 %  2.0 GB of 4.0 GB  stalled"


def test_progress_without_bytes_is_the_status_of_the_server():
    assert (
        format_progress(PullProgress("pulling manifest"), TransferRate(), 0) == "pulling manifest"
    )
    checked = PullProgress("verifying sha256 digest", 100, 100)
    assert format_progress(checked, TransferRate(), 0) == "verifying sha256 digest"


def test_pull_size_names_what_is_left_and_what_is_not_known():
    assert format_pull_size(PullProgress("", 2 * GB, 0)).startswith(
        "2.0 GB. The server may add smaller files"
    )
    assert "1.5 GB of it left to download" in format_pull_size(PullProgress("", 2 * GB, GB // 2))
    assert format_pull_size(PullProgress("", unsized=1)) == "Size unknown."
