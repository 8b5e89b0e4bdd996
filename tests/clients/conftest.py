from __future__ import annotations

from tests.fakes.proxy import proxy
from tests.loopback import loopback

__all__ = ["loopback", "proxy"]
