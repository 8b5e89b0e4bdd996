"""An Ollama that writes its answers at a fixed rate: ``python -m tests.bench.apps.paced JSON``.

The JSON object gives `rate` (tokens a second and answer), `count` (tokens of an answer) and `last`
(a list: the last words of the first answer, of the second, and so on). The first line it prints is
its address; each answer that has ended prints one more, an object with the times of its first and
last token in seconds of `time.monotonic`.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator

from tests.bench.corpus import tokens
from tests.cli.ollama import Ollama, end, word
from tests.loopback import Reply


class Paced:
    """The lines of one answer, a token each, every one when it is due."""

    def __init__(self, rate: int, texts: list[str]) -> None:
        self._rate = rate
        self._lines = [json.dumps(word(text)).encode() + b"\n" for text in texts]

    def __iter__(self) -> Iterator[bytes]:
        began = time.monotonic()
        for position, line in enumerate(self._lines):
            delay = began + position / self._rate - time.monotonic()
            if delay > 0:
                time.sleep(delay)
            yield line
        print(json.dumps({"began": began, "ended": time.monotonic()}), flush=True)
        yield json.dumps(end()).encode() + b"\n"


def main(plan: str) -> None:
    wanted = json.loads(plan)
    kind = {"Content-Type": "application/x-ndjson"}
    with Ollama() as server:
        server.answer(
            *(
                Reply(Paced(wanted["rate"], [*tokens(wanted["count"], seed), last]), headers=kind)
                for seed, last in enumerate(wanted["last"], 1)
            )
        )
        print(server.url, flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main(sys.argv[1])
