"""Session ids: UUIDs that sort by the time they were made."""

from __future__ import annotations

import secrets
import time
from uuid import UUID

_RANDOM_BYTES = 10


def new_id(unix_ms: int | None = None, random: bytes | None = None) -> str:
    """Return a UUIDv7 (RFC 9562 §5.7) in its usual form, lower case with hyphens.

    `unix_ms` is the time in milliseconds since 1970 (default: now), `random` ten bytes of which
    74 bits are used (default: from the system's secure source).
    """
    milliseconds = time.time_ns() // 1_000_000 if unix_ms is None else unix_ms
    noise = int.from_bytes(secrets.token_bytes(_RANDOM_BYTES) if random is None else random, "big")
    high = noise >> 68 & 0xFFF
    low = noise & (1 << 62) - 1
    return str(UUID(int=milliseconds << 80 | 0x7 << 76 | high << 64 | 0b10 << 62 | low))


def is_id(text: str) -> bool:
    """Return whether `text` is a UUID of any version, written as `new_id` writes them.

    Ids become parts of file names, so one from outside is checked before it is saved.
    """
    try:
        return str(UUID(text)) == text
    except ValueError:
        return False
