"""The dialects in which a server is asked."""

from __future__ import annotations

from typing import Literal

Api = Literal["ollama", "openai"]
