"""Two panes fed by the same tokens: ``python -m tests.bench.apps.stream stock|ours JSON FILE``.

The JSON object gives `rate` (tokens a second and pane), `count` (tokens to feed and pane) and
`before` (tokens that are there already). What was measured is written to FILE as JSON: CPU
seconds of the process while feeding, the seconds it took, and how late the last token was shown.
"""

from __future__ import annotations

import asyncio
import gc
import json
import sys
import time
from abc import abstractmethod
from collections.abc import Iterator
from pathlib import Path

from textual.app import App, ComposeResult
from textual.containers import Horizontal, VerticalScroll
from textual.widgets import Markdown

from bbtui.ui.widgets.answer_view import AnswerView
from tests.bench.corpus import tokens

_TICK_S = 1 / 20


class Feed(App[None]):
    """Feeds two panes at a fixed rate and measures itself."""

    CSS = "Horizontal > * { width: 1fr; }"
    ENABLE_COMMAND_PALETTE = False

    def __init__(self, plan: dict[str, int], result: Path) -> None:
        super().__init__()
        self.rate, self.count, self.before = plan["rate"], plan["count"], plan["before"]
        self.texts = [tokens(self.before + self.count, seed) for seed in (1, 2)]
        self.result = result

    def on_mount(self) -> None:
        self.call_after_refresh(lambda: self.run_worker(self.measure(), exclusive=True))

    async def measure(self) -> None:
        await self.prepare()
        gc.collect()
        gc.freeze()
        await asyncio.sleep(0.5)
        cpu, start = time.process_time(), time.perf_counter()
        await self.feed(start)
        end = time.perf_counter()
        cpu = time.process_time() - cpu
        took = end - start
        late = took - self.count / self.rate
        report = {"cpu_s": cpu, "took_s": took, "late_s": late, "tokens": 2 * self.count}
        self.result.write_text(json.dumps(report))
        self.exit()

    @abstractmethod
    async def prepare(self) -> None:
        """Get ready to be fed, before the clock runs."""

    @abstractmethod
    async def feed(self, start: float) -> None:
        """Show all tokens, each when it is due."""

    def due(self, start: float) -> int:
        """How many tokens should have come by now."""
        return min(self.count, int((time.perf_counter() - start) * self.rate) + 1)

    async def painted(self) -> None:
        """Wait until what was fed so far is on its way to the terminal."""
        done = asyncio.Event()
        self.call_after_refresh(done.set)
        await done.wait()


class Ours(Feed):
    """The program's own view, fed at its tick."""

    def compose(self) -> ComposeResult:
        with Horizontal():
            yield AnswerView()
            yield AnswerView()

    async def prepare(self) -> None:
        for view, text in zip(self.query(AnswerView), self.texts, strict=True):
            view.show("".join(text[: self.before]))
        while not all(view.complete for view in self.query(AnswerView)):
            await asyncio.sleep(0.05)

    async def feed(self, start: float) -> None:
        fed = 0
        while fed < self.count:
            due = self.due(start)
            first, stop = self.before + fed, self.before + due
            for view, text in zip(self.query(AnswerView), self.texts, strict=True):
                view.extend("".join(text[first:stop]))
            fed = due
            await self.painted()
            if fed < self.count:
                ticks = int((time.perf_counter() - start) / _TICK_S) + 1
                await asyncio.sleep(start + ticks * _TICK_S - time.perf_counter())


class Stock(Feed):
    """Textual's Markdown with its MarkdownStream, a write for every token as it comes."""

    def compose(self) -> ComposeResult:
        with Horizontal():
            for _ in range(2):
                with VerticalScroll():
                    yield Markdown()

    async def prepare(self) -> None:
        for scroll in self.query(VerticalScroll):
            scroll.anchor()
        for view, text in zip(self.query(Markdown), self.texts, strict=True):
            await view.update("".join(text[: self.before]))

    async def feed(self, start: float) -> None:
        streams = [Markdown.get_stream(view) for view in self.query(Markdown)]
        for position in self.schedule():
            delay = start + position / self.rate - time.perf_counter()
            if delay > 0:
                await asyncio.sleep(delay)
            for stream, text in zip(streams, self.texts, strict=True):
                await stream.write(text[self.before + position])
        for stream in streams:
            await stream.stop()
        await self.painted()

    def schedule(self) -> Iterator[int]:
        yield from range(self.count)


def main(kind: str, plan: str, result: str) -> None:
    app = {"ours": Ours, "stock": Stock}[kind]
    app(json.loads(plan), Path(result)).run()


if __name__ == "__main__":
    main(*sys.argv[1:])
