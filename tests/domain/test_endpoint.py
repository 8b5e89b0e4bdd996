"""What an endpoint is called."""

from __future__ import annotations

import pytest

from bbtui.domain.endpoint import Endpoint


@pytest.mark.parametrize(
    ("label", "title"),
    [
        ("Local", "Local · gemma3:1b"),
        ("Local · gemma3:1b", "Local · gemma3:1b"),
        ("gemma3:1b", "gemma3:1b"),
        ("my gemma3:1b", "my gemma3:1b · gemma3:1b"),
    ],
)
def test_title_names_the_model_once(label: str, title: str) -> None:
    assert Endpoint("local", label, "gemma3:1b", "ollama", "").title == title
