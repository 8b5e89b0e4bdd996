"""Emoji are as wide as every terminal counts them."""

from __future__ import annotations

import pytest

from bbtui.ui.markdown.document import MarkdownDocument
from bbtui.ui.markdown.renderer import Renderer
from bbtui.ui.markdown.rows import MarkdownStyles


@pytest.mark.parametrize(
    ("emoji", "shown"),
    [
        ("👍🏽", "👍"),
        ("👩\u200d💻", "👩💻"),
        ("🧑🏽\u200d🚒", "🧑🚒"),
        ("🏳\ufe0f\u200d🌈", "🏳🌈"),
        ("❤\ufe0f", "❤"),
        ("1\ufe0f\u20e3", "1\u20e3"),
        ("🇩🇪", "🇩🇪"),
        ("ක්\u200dෂ", "ක්\u200dෂ"),
    ],
)
@pytest.mark.parametrize(
    "around", ["{}", "**{}**", "- `{}`", "```\n{}\n```", "| a |\n|---|\n| {} |"]
)
def test_emoji_lose_what_terminals_disagree_about(emoji: str, shown: str, around: str):
    document = MarkdownDocument(Renderer(40, MarkdownStyles()))
    for character in around.format(f"({emoji})"):  # cut anywhere, as tokens are
        document.extend(character, "")
    text = "\n".join(document.row(y).strip.text for y in range(document.height))
    assert f"({shown})" in text
