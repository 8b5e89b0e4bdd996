"""What keeps a prompt out of a server's prefix cache, and a warm-up from filling it."""

from __future__ import annotations

from hashlib import blake2b

from bbtui.domain.answer import Cell
from bbtui.domain.session import Session

#: The prompt that warms a model up, and the tokens it may take: it must be like no task, whose
#: prompt would then be in the server's cache.
WARMUP_PROMPT = "Reply with the single word: ready"
WARMUP_TOKENS = 32


def cache_marker(session: Session, cell: Cell, attempt: int) -> str:
    """Return the prefix of the prompt of one answer, and of no other: ``[5f3a09b1c2d4]``.

    A server's prefix cache holds a prompt from its first token to the first that differs.
    """
    parts = "\0".join((session.id, *map(str, cell), str(attempt)))
    digest = blake2b(parts.encode(errors="surrogatepass"), digest_size=6).hexdigest()
    return f"[{digest}]\n\n"
