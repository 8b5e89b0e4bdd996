"""Typical sessions for the tests of the report."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from bbtui.domain.answer import Answer, AnswerState, Cell, Read, Round, ServerTimings, Warmth
from bbtui.domain.blind import drawn_orders
from bbtui.domain.check import Check
from bbtui.domain.cost import PodUse, TokenPrice
from bbtui.domain.endpoint import Endpoint, Options
from bbtui.domain.host import Build
from bbtui.domain.problem import Problem
from bbtui.domain.score import (
    Blinding,
    Conditions,
    Fault,
    Judged,
    Judgement,
    Note,
    Remark,
    Reveal,
    Score,
    Severity,
    Tick,
    Verdict,
    Winner,
)
from bbtui.domain.session import HostRecord, Session, SessionInfo
from bbtui.domain.task import Task

BEGUN = datetime(2026, 11, 24, 22, 41, 7, 250000, tzinfo=UTC)
WRITTEN = datetime(2026, 11, 24, 23, 5, tzinfo=UTC)
MS = 1_000_000

BIG = Endpoint(
    name="big-brain",
    label="Big Brain",
    model="gemma3:27b",
    api="ollama",
    address="https://abc…-11434.proxy.runpod.net",
    hardware="RunPod L40S 48 GB",
)
LOCAL = Endpoint(
    name="local",
    label="Local",
    model="gemma3:1b",
    api="ollama",
    address="http://127.0.0.1:11434",
    hardware="Apple Silicon",
)
MIDDLE = Endpoint(
    name="middle",
    label="Middle",
    model="qwen3-8b",
    api="openai",
    address="http://gpu-box:8000",
    hardware="RTX 4090",
)

WEBHOOK = Task(
    id="webhook",
    title="Webhook parser",
    prompt="Write a Python function that checks the signature of a webhook.\n\nUse only `hmac`.",
    expected="A function that computes HMAC-SHA256 over the **raw** body and compares it with\n"
    "`hmac.compare_digest`:\n\n```python\nhmac.compare_digest(mine, theirs)\n```",
    rubric=("over the raw body", "constant time"),
    checks=(
        Check("python", "parses", "code"),
        Check("mentions", "hmac.compare_digest"),
        Check("avoids", "utf-64"),
    ),
)
HARBOUR = Task(
    id="harbour",
    title="Harbour at night",
    prompt="Describe a harbour at night in 20 words.",
    expected="About twenty words, with something one could hear.",
    checks=(Check("words", "15..25"),),
)
CRON = Task(
    id="cron",
    title="Clean-up job",
    prompt="Write a shell script that removes files older than 30 days from /srv/drop.",
    expected="`find /srv/drop -type f -mtime +30 -delete`, and what happens when it fails.",
    checks=(Check("bash", "parses", "code"),),
)

GOOD_CODE = """Here is the function.

```python
import hashlib
import hmac


def genuine(secret: bytes, body: bytes, given: str) -> bool:
    mine = hmac.new(secret, body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(mine, given)
```

It compares in *constant time*:

1. compute over the raw body,
2. compare with `hmac.compare_digest`.
"""
BAD_CODE = """```python
def genuine(secret, body, given):
    return body.decode("utf-64") == given
```"""


def answer(
    cell: Cell,
    text: str,
    *,
    e2e_ms: float = 2871,
    ttft_ms: float = 412,
    tokens: int | None = 96,
    state: AnswerState = AnswerState.DONE,
    cause: str = "",
    hint: str = "",
    attempt: int = 1,
    warmth: Warmth = Warmth.WARM,
    preload_ns: int | None = None,
    thinking: str = "",
    load_ms: float | None = 1,
    prompt_eval_ms: float | None = 61,
    cached: int | None = None,
) -> Answer:
    """Return an answer with its first text after `ttft_ms` and its last 1 ms before the end."""
    first, end = int(ttft_ms * MS), int(e2e_ms * MS)
    reads: tuple[Read, ...] = ()
    if text or thinking:
        middle = (first + end) // 2
        # The text of one token comes first.
        part = 0 if thinking else max(1, len(text) // (tokens or 1))
        half = len(text) // 2
        reads = (
            Read(first, 120, part, len(thinking), 1),
            Read(middle, 40, 0, 0, 0),
            Read(middle, 130, half - part, 0, 2),
            Read(end - MS, 180, len(text) - half, 0, 1),
        )
    server = ServerTimings()
    if tokens is not None and state.answered:
        eval_ns = end - first
        load, prefill = (None if ms is None else int(ms * MS) for ms in (load_ms, prompt_eval_ms))
        server = ServerTimings(
            total_ns=eval_ns + (load or 0) + (prefill or 0) + 2 * MS,
            load_ns=load,
            prompt_eval_ns=prefill,
            prompt_eval_count=41,
            cached_count=cached,
            eval_ns=eval_ns,
            eval_count=tokens,
        )
    return Answer(
        cell=cell,
        attempt=attempt,
        started_at=BEGUN + timedelta(seconds=attempt),
        state=state,
        text=text,
        thinking=thinking,
        reads=reads,
        end_ns=end if text or state.answered else None,
        problem=Problem(cause, hint),
        warmth=warmth,
        preload_ns=preload_ns,
        server=server,
    )


def judge(
    session: Session, task: str, endpoint: str, *judgements: Judged, trial: int = 1
) -> Session:
    """Return the session with these judgements of the latest attempt of a cell."""
    cell = Cell(task, endpoint, trial)
    latest = session.latest(cell)
    attempt = latest.attempt if latest else 1
    for judged in judgements:
        row = Judgement(WRITTEN, judged, cell, attempt, id=len(session.judgements) + 1)
        session = session.with_judgement(row)
    return session


def remark(session: Session, *judgements: Judged) -> Session:
    """Return the session with judgements that belong to no answer."""
    for judged in judgements:
        session = session.with_judgement(Judgement(WRITTEN, judged, id=len(session.judgements) + 1))
    return session


def empty(*endpoints: Endpoint, tasks: tuple[Task, ...] = (WEBHOOK, HARBOUR, CRON)) -> Session:
    """Return a session without answers."""
    return Session(
        id="0193a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b",
        number=12,
        started_at=BEGUN,
        tasks=tasks,
        endpoints=endpoints,
        options=Options(temperature=0.3, seed=7, num_ctx=8192, num_predict=1024),
        about=SessionInfo("Big Brain quality benchmark", "Big Brain showcase", "#576", "me"),
        program="0.1.0",
    )


def complete() -> Session:
    """Return two endpoints, all answers scored, one at the token limit, one winner set by hand."""
    session = empty(BIG, LOCAL)
    for one in (
        answer(Cell("webhook", "big-brain"), GOOD_CODE, preload_ns=1_640 * MS),
        answer(Cell("webhook", "local"), BAD_CODE, e2e_ms=1204.5, ttft_ms=98, tokens=31),
        answer(
            Cell("harbour", "big-brain"),
            "Black water holds the lamps. Ropes creak, a halyard taps, and somewhere an engine "
            "coughs once and lets the night be.",
            e2e_ms=1733.4,
            cached=12,
        ),
        answer(Cell("harbour", "local"), "A harbour is quiet.", e2e_ms=640, tokens=6),
        answer(
            Cell("cron", "big-brain"),
            "Run it daily:\n\n```bash\nset -eu\nfind /srv/drop -type f -mtime +30 -delete\n```\n",
            e2e_ms=2210,
        ),
        answer(
            Cell("cron", "local"),
            "1. Make a script:\n\n   ```bash\n   if [ -d /srv/drop ]; then\n   ```\n\n2. Then",
            e2e_ms=9120,
            tokens=1024,
            state=AnswerState.CUT,
            cause="token limit reached (num_predict 1024)",
            warmth=Warmth.COLD,
            load_ms=1001,
            ttft_ms=1412,
        ),
    ):
        session = session.with_answer(one)
    session = judge(
        session, "webhook", "big-brain", Score(5), Verdict("SOLID", "correct, constant time")
    )
    session = judge(
        session,
        "webhook",
        "local",
        Score(1),
        Verdict("BROKEN", "cannot run"),
        Fault(Severity.FATAL, "`utf-64` is no encoding"),
        Fault(Severity.MISSING, "no signature is computed"),
        Note("Looks right from a distance | and is not."),
        Tick(1),
    )
    session = judge(session, "harbour", "big-brain", Score(4))
    session = judge(
        session, "harbour", "local", Score(4), Fault(Severity.VAGUE, "four words, no sound")
    )
    session = judge(session, "cron", "big-brain", Score(4), Verdict("GOOD"))
    session = judge(session, "cron", "local", Score(2), Verdict("UNFINISHED", "cut in the middle"))
    session = judge(session, "harbour", "", Winner("endpoint", "big-brain"))
    session = remark(
        session,
        Remark("summary", "The big one is better at code.\n\nAt prose they are close."),
        Remark("finding", "Worth its price for code, *not* for prose."),
    )
    session = session.with_host_record(
        "big-brain", HostRecord(Build("Ollama 0.33.3", "27.4B", "Q4_K_M", "a418f5838eaf7f", 8192))
    )
    return session.with_host_record(
        "local", HostRecord(Build("Ollama 0.31.1", "999.89M", "Q4_K_M", "8648f39daa8fbf", 4096))
    )


def one_side_missing() -> Session:
    """Return a session whose pod was off: no answers of Big Brain, all of Local, no scores."""
    session = empty(BIG, LOCAL)
    session = replace(session, mode="alone")
    cause = "the pod is stopped (its proxy answered 404)"
    hint = "Start it in the provider's console, or with its API."
    for task in session.tasks:
        session = session.with_answer(
            answer(
                Cell(task.id, "big-brain"),
                "",
                state=AnswerState.FAILED,
                cause=cause,
                hint=hint,
                warmth=Warmth.UNKNOWN,
            )
        )
        session = session.with_answer(answer(Cell(task.id, "local"), "Something.", tokens=3))
    session = session.with_host_record("big-brain", HostRecord(problem=Problem(cause, hint)))
    return session.with_host_record("local", HostRecord(Build("Ollama 0.33.3")))


def three_endpoints() -> Session:
    """Return three endpoints, one with the OpenAI API, all kinds of ends, and a second attempt."""
    session = empty(BIG, MIDDLE, LOCAL)
    middle = Cell("webhook", "middle")
    for one in (
        answer(Cell("webhook", "big-brain"), GOOD_CODE),
        answer(middle, "Half of", state=AnswerState.FAILED, cause="connection lost"),
        answer(
            middle, BAD_CODE, attempt=2, thinking="Let me think.", tokens=None, warmth=Warmth.COLD
        ),
        answer(Cell("webhook", "local"), BAD_CODE),
        answer(
            Cell("harbour", "big-brain"),
            "Lamps on wat",
            state=AnswerState.TRUNCATED,
            cause="incomplete (stream ended without a final message)",
        ),
        answer(
            Cell("harbour", "middle"), "Lamps", state=AnswerState.STOPPED, cause="stopped by you"
        ),
        answer(
            Cell("harbour", "local"),
            "",
            state=AnswerState.FAILED,
            cause="connection refused by 127.0.0.1:11434",
            hint="Start Ollama with `ollama serve`.",
        ),
    ):
        session = session.with_answer(one)
    session = session.with_judgement(Judgement(WRITTEN, Score(2), middle, 1, id=1))
    for name in ("big-brain", "middle"):
        session = judge(session, "webhook", name, Score(4))
    return judge(session, "webhook", "local", Score(1))


HOSTILE = """# Not our heading
Text | with | pipes, <b>tags</b> and a `<span>` and <https://example.org/a?b=1>

Setext heading
==============

<!-- a comment that never ends

</details></blockquote>

| a | b |
|---|---|
| 1 | `x | y` |

~~~~markdown
```python
print("inner fence ````")
```
~~~~

1. one

   ```html
   <div>kept as it is</div>
   ```

2. two

    <script>alert(1)</script>

[link]: https://example.org/evil
[^note]: a footnote

Bell \x07 escape \x1b[31m red, and a stray \r return.

``` not `closed
<b>still code</b>
"""


def hostile() -> Session:
    """Return labels, titles, causes and answers with Markdown and HTML that must be escaped."""
    pipe = replace(BIG, label="Big | <b>Brain</b>\n# x", hardware="a `b` | c", model="we|ird`model")
    comment = replace(LOCAL, label="<!-- Local", hardware="*star* _under_ snake_case")
    task = Task("webhook", "Title | with `ticks` <i>\n## and lines", "Prompt\n\n```\nno end", "x")
    session = empty(pipe, comment, tasks=(task,))
    session = replace(
        session, about=SessionInfo("Title <!-- # x", "mile|stone", "#576", "@me", "&lt;b&gt;")
    )
    session = session.with_answer(answer(Cell("webhook", "big-brain"), HOSTILE))
    session = session.with_answer(
        answer(
            Cell("webhook", "local"),
            "",
            state=AnswerState.FAILED,
            cause='HTTP 500: {"error": "a | b"}\n# <!-- trace',
            hint="- look at the `log`",
        )
    )
    session = judge(
        session,
        "webhook",
        "big-brain",
        Score(3),
        Verdict("A|B", "because ` of <!-- pipes | and\nlines"),
        Fault(Severity.WRONG, "# heading? `a|b` ``` <details>"),
        Note("- no list\n---\n> no quote\n<!-- no comment"),
    )
    return remark(session, Remark("finding", "1. not a list\n```\nno fence\n    no code"))


def trials() -> Session:
    """Return two endpoints with three trials each, one of them failed."""
    session = replace(empty(BIG, LOCAL, tasks=(HARBOUR,)), trials=3, mode="alone")
    for trial in (1, 2, 3):
        for name, ms in (("big-brain", 1500), ("local", 600)):
            cell = Cell("harbour", name, trial)
            if (name, trial) == ("local", 2):
                one = answer(cell, "", state=AnswerState.FAILED, cause="out of memory")
            else:
                one = answer(cell, f"Lamps, ropes, trial {trial}.", e2e_ms=ms + trial, tokens=8)
            session = session.with_answer(one)
    for trial, score in ((1, 4), (2, 5), (3, 4)):
        session = judge(session, "harbour", "big-brain", Score(score), trial=trial)
    for trial, score in ((1, 2), (3, 3)):
        session = judge(session, "harbour", "local", Score(score), trial=trial)
    return session


def on_a_pod() -> Session:
    """Return a rented machine, and an API that charges tokens."""
    session = empty(BIG, replace(MIDDLE, price=TokenPrice(0.25, 1.25)), tasks=(HARBOUR, CRON))
    for task in session.tasks:
        for name, ms in (("big-brain", 2400), ("middle", 800)):
            session = session.with_answer(
                answer(Cell(task.id, name), "Lamps and ropes.", e2e_ms=ms, tokens=900)
            )
        session = judge(session, task.id, "big-brain", Score(4))
        session = judge(session, task.id, "middle", Score(3))
    return session.with_host_record("big-brain", HostRecord(pod=PodUse("L40S", 0.79, 1200)))


def untouched() -> Session:
    """Return a session in which nothing was run."""
    return replace(empty(BIG, LOCAL), about=SessionInfo())


def judged_blind() -> Session:
    """Return `complete` judged blind: one round revealed early, one score changed since."""
    session = complete()
    orders = drawn_orders(session, "7")
    at = session.judgements[-1].at
    log: list[tuple[Judged, Cell, Conditions]] = [
        (Blinding(on=True, seed="7"), Cell("", ""), Conditions())
    ]
    for row in session.judgements:
        order = orders.get(row.cell.round, ())
        log.append((row.what, row.cell, Conditions("blind" if order else "open", order, 42_000)))
    for task in session.tasks:
        order = orders[Round(task.id, 1)]
        reveal = Reveal(early=task is session.tasks[1])
        log.append((reveal, Cell(task.id, ""), Conditions("blind", order)))
    order = orders[Round("webhook", 1)]
    log.append((Score(2), Cell("webhook", "local"), Conditions("unblinded", order, 90_000)))
    rows = [
        Judgement(at, what, cell, id=number, conditions=conditions)
        for number, (what, cell, conditions) in enumerate(log, 1)
    ]
    rows[0] = replace(rows[0], at=BEGUN)
    return replace(session, judgements=tuple(rows))
