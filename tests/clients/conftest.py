from __future__ import annotations

from tests.loopback import loopback

__all__ = ["loopback"]
