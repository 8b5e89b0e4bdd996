"""Answers as models write them, and pieces of Markdown to build odd ones from."""

from __future__ import annotations

import random

ANSWER = """\
# Webhook parser

The **raw body** is signed, see [the docs](https://docs.example.com/webhooks), so read it *first*.
A second line of `the same` paragraph.

## Steps

1. Read the body
   - as bytes
     - not as text
   - once

2. Compare:
   ```python
   def verify(body: bytes, header: str) -> bool:
       return hmac.compare_digest(expected(body), header)
   ```
3. Answer 204

- a loose item

  with a second paragraph
- 日本語テキスト漢字混在 emoji 🚀 ✅ e\u0301 combining

> A quote that goes on
and on.

| name | value |
|------|------:|
| 日本 | 1.5 |
| pod | 200 |

Setext
------
***
    indented code

```
no language

at all
```
The end, without a newline"""

#: Lines that mean different things in different places.
LINES = (
    "text", "more text here", "- a", "- b", "* c", "1. one", "2. two", "3) x", "  - sub",
    "   - sub3", "    deep", "      deeper", "```", "```py", "~~~", "> q", "> - ql", "> ```", ">",
    "# H", "## H2", "---", "***", "===", "--", "| a | b |", "|---|---|", "| 1 | 2 |", "a | b",
    "-|-", "", "", " ", "\ttab", "-", "1.", "  text2", "- - n", "10. ten", "+ p", "- ```",
    "1986. year", "   ```", "  ```", "-\tt", "> # h",
)  # fmt: skip


def odd_answer(rng: random.Random) -> str:
    """Return a few lines in any order."""
    return "\n".join(rng.choice(LINES) for _ in range(rng.randint(1, 10)))


def cut(text: str, rng: random.Random, longest: int = 12) -> list[str]:
    """Return the text in pieces of random length."""
    pieces, start = [], 0
    while start < len(text):
        size = rng.randint(1, longest)
        pieces.append(text[start : start + size])
        start += size
    return pieces
