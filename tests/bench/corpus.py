"""Text as a model writes it, in pieces of about four characters, the same in every run."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator

_VOCABULARY = """
    a the of to and in is for with by on each one two when where then more less pod lease queue
    signature header payload digest portal session object script command region account webhook
    idle timeout retry budget watch fleet probe async client coroutine response status handler
    constant compare secret bytes encode validate reject accept return error message channel
"""
_WORDS = _VOCABULARY.split()
_CODE = """\
async def sweep(client: Client, limit: timedelta) -> list[str]:
    \"\"\"Stop every pod that has been idle for longer than the limit.\"\"\"
    stopped = []
    for pod in await client.pods():
        if pod.idle_for < limit or pod.name.startswith("keep-"):
            continue
        await client.stop(pod.id)  # billing ends here
        stopped.append(f"{pod.name}: {pod.idle_for.total_seconds():.0f} s")
    return stopped


class Sweeper:
    limit = timedelta(minutes=30)

    def __init__(self, client: Client) -> None:
        self.client = client
""".splitlines(keepends=True)


def tokens(count: int, seed: int = 0) -> list[str]:
    """Return `count` pieces of Markdown with prose, headings, lists, code and tables."""
    return list(itertools.islice(_pieces(random.Random(seed)), count))


def _pieces(rng: random.Random) -> Iterator[str]:
    while True:
        block, start = _block(rng), 0
        while start < len(block):
            size = rng.choice((2, 3, 4, 4, 4, 5, 6))
            yield block[start : start + size]
            start += size


def _block(rng: random.Random) -> str:
    kind = rng.choices(("prose", "heading", "list", "steps", "code", "table"), (9, 3, 4, 2, 2, 1))
    match kind[0]:
        case "heading":
            return f"{'#' * rng.randint(2, 3)} {_words(rng, 4).capitalize()}\n\n"
        case "list":
            return "".join(f"- {_sentence(rng)}\n" for _ in range(rng.randint(3, 7))) + "\n"
        case "steps":
            count = rng.randint(3, 6)
            return "".join(f"{n}. {_sentence(rng)}\n" for n in range(1, count + 1)) + "\n"
        case "code":
            start = rng.randrange(len(_CODE) - 5)
            code = "".join(_CODE[start : start + rng.randint(5, 17)])
            return f"```python\n{code}```\n\n"
        case "table":
            rows = "".join(
                f"| {_words(rng, 1)} | {rng.random():.3f} | {_words(rng, 3)} |\n"
                for _ in range(rng.randint(3, 8))
            )
            return f"| name | value | note |\n|---|--:|---|\n{rows}\n"
        case _:
            return " ".join(_sentence(rng) for _ in range(rng.randint(2, 6))) + "\n\n"


def _words(rng: random.Random, count: int) -> str:
    return " ".join(rng.choices(_WORDS, k=count))


def _sentence(rng: random.Random) -> str:
    words = rng.choices(_WORDS, k=rng.randint(7, 20))
    if rng.random() < 0.35:
        place = rng.randrange(len(words))
        words[place] = rng.choice(("**{}**", "`{}`", "*{}*")).format(words[place])
    return " ".join(words).capitalize() + "."
