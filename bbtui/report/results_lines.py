"""The results of a session as lines of a terminal: verdict, tables, and bars drawn in characters.

The screen and ``bbtui results`` show the same lines. What does not fit next to something is put
below it, so that nothing is left out in a narrow terminal.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property, lru_cache
from itertools import chain
from typing import Literal, NamedTuple, TypeVar

from rich.cells import cell_len, chop_cells, set_cell_size

from bbtui.domain.conclusion_text import (
    FLAG_MEANINGS,
    bias_lines,
    flag_text,
    times,
    verdict_lines,
)
from bbtui.domain.conclusions import Conclusions, Median, PairResult, PairTest, SideResult
from bbtui.domain.statistics import Interval, most_after_none, wilson
from bbtui.formatting.durations import NS_PER_MS, NS_PER_S, format_ns
from bbtui.formatting.numbers import UNKNOWN, format_answer_cost
from bbtui.formatting.sanitize import clean_name
from bbtui.formatting.text import counted, join_list
from bbtui.report.fairness import differences

K = TypeVar("K")

#: What a span is, for the colours of a screen: "side 1" is the accent of the first one.
Style = str

PLAIN, STRONG, MUTED, WARNING = "", "strong", "muted", "warning"


class Span(NamedTuple):
    """A part of a line."""

    text: str
    """The text."""
    style: Style = PLAIN
    """Its style."""


Line = tuple[Span, ...]
EMPTY: Line = ()

_GAP = 2
#: The most cells of the title of a task before its bars.
_TITLE_CELLS = 40
#: The fewest cells of a label that is cut.
_LEAST_TITLE = 12
#: The cells of a whole bar, by the room there is; without any, the figure alone is shown.
_SCORE_CELLS, _WAIT_CELLS = (10, 5, 3, 0), (16, 8, 4, 2, 0)
#: Before a block of bars.
_BLOCK_GAP = 4
#: Up to so many sides of a flag are named.
_NAMED_SIDES = 2
_EIGHTHS = " ▏▎▍▌▋▊▉"
_POINTS = 5


def results_lines(
    conclusions: Conclusions, tests: Sequence[PairTest] | None, width: int
) -> list[Line]:
    """Return the results in lines of at most `width` cells; without tests while they are made."""
    blocks = [
        _verdict(conclusions, tests, width),
        _sides(conclusions, width),
        _pairs(conclusions, tests, width),
        _bars(conclusions, width),
        _flags(conclusions, width),
        _judging(conclusions, width),
        _conditions(conclusions, width),
    ]
    lines: list[Line] = []
    for block in filter(None, blocks):
        lines += [*([EMPTY] if lines else []), *block]
    return lines


def heading(conclusions: Conclusions) -> tuple[str, str]:
    """Return the title of the results, and the size of the session."""
    session = conclusions.results.session
    title = clean_name(session.about.title) or "session"
    each = counted(session.trials, "answer")
    size = f"{counted(len(session.tasks), 'task')} · {counted(len(conclusions.sides), 'side')}"
    return f"{title} · {session.number}", f"{size} · {each} each"


def plain(line: Line) -> str:
    """Return a line as text."""
    return "".join(span.text for span in line).rstrip()


# -- verdict ----------------------------------------------------------------------------------


def _verdict(conclusions: Conclusions, tests: Sequence[PairTest] | None, width: int) -> list[Line]:
    if tests is None:
        return [(Span("testing the differences …", MUTED),)]
    lines: list[Line] = []
    for text in verdict_lines(conclusions, tests):
        lines += _wrapped(text, width)
    return lines


def _wrapped(text: str, width: int, style: Style = PLAIN) -> list[Line]:
    """Return a text in lines, broken at spaces; a longer word is cut."""
    lines, line, used = [], "", 0
    for word in clean_name(text).split():
        for piece in chop_cells(word, width) if cell_len(word) > width else [word]:
            cells = cell_len(piece)
            if line and used + 1 + cells > width:
                lines.append(line)
                line, used = piece, cells
            elif line:
                line, used = f"{line} {piece}", used + 1 + cells
            else:
                line, used = piece, cells
    return [(Span(one, style),) for one in (*lines, line)]


# -- tables -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Column:
    """A column of a table, with a cell for each row."""

    title: str
    cells: Sequence[str]
    align: Literal["left", "right"] = "left"

    @property
    def width(self) -> int:
        return max(map(cell_len, (self.title, *self.cells)))

    def shown(self, text: str) -> str:
        if self.align == "right":
            return " " * (self.width - cell_len(text)) + text
        return set_cell_size(text, self.width)


def _table(names: Sequence[Span], columns: Sequence[_Column], width: int) -> list[Line]:
    """Return rows of columns; those that do not fit are put below, with the names again."""
    first = max(cell_len(name.text) for name in names)
    lines: list[Line] = []
    for part in _parts([column.width for column in columns], width - first, before=_GAP):
        kept = [columns[index] for index in part]
        head = "".join(" " * _GAP + column.shown(column.title) for column in kept)
        if lines:
            lines.append(EMPTY)
        lines.append(_fitted((Span(" " * first + head, MUTED),), width))
        for row, name in enumerate(names):
            cells = "".join(" " * _GAP + column.shown(column.cells[row]) for column in kept)
            line = Span(set_cell_size(name.text, first), name.style), Span(cells.rstrip())
            lines.append(_fitted(line, width))
    return lines


def _parts(widths: Sequence[int], room: int, *, before: int) -> Iterator[list[int]]:
    """Yield the indexes of what fits side by side, at least one each, with a gap before each."""
    part: list[int] = []
    left = room
    for index, width in enumerate(widths):
        if part and before + width > left:
            yield part
            part, left = [], room
        part.append(index)
        left -= before + width
    if part:
        yield part


def _fitted(line: Line, width: int) -> Line:
    """Return a line in at most `width` cells."""
    spans: list[Span] = []
    for span in line:
        cells = cell_len(span.text)
        if cells > width:
            spans.append(span._replace(text=_cut(span.text, width)))
            break
        spans.append(span)
        width -= cells
    return tuple(spans)


def _cut(text: str, width: int) -> str:
    if cell_len(text) <= width:
        return text
    return set_cell_size(text, width - 1).rstrip() + "…" if width > 0 else ""


def _cut_start(text: str, width: int) -> str:
    if cell_len(text) <= width:
        return text
    while text and cell_len(text) > width - 1:
        text = text[1:]
    return f"…{text.lstrip()}"


def short_names(names: Sequence[str], width: int) -> list[str]:
    """Return names in at most `width` cells that still differ: cut at their end, else start."""
    clean = [clean_name(name) for name in names]
    for cut in (_cut, _cut_start):
        short = [cut(name, width) for name in clean]
        if len(set(short)) == len(set(clean)):
            return short
    return [_cut(f"{number} {name}", width) for number, name in enumerate(clean, 1)]


def _sides(conclusions: Conclusions, width: int) -> list[Line]:
    sides = conclusions.sides
    labels = short_names([side.label for side in sides], max(_LEAST_TITLE, width // 4))
    names = [Span(label, f"side {place}") for place, label in enumerate(labels, 1)]
    lines = _table(names, _side_columns(sides), width)
    for note in _side_notes(conclusions):
        lines += _wrapped(note, width, MUTED)
    return lines


def _side_columns(sides: Sequence[SideResult]) -> list[_Column]:
    def column(
        title: str, cell: Callable[[SideResult], str], align: Literal["left", "right"] = "right"
    ) -> _Column:
        return _Column(title, [cell(side) for side in sides], align)

    columns = [column("mean", lambda side: _decimal(side.mean))]
    if len(sides) > 1:
        columns += [
            column("won", lambda side: _tasks(side, side.won)),
            column("equal", lambda side: _tasks(side, side.equal)),
            column("lost", lambda side: _tasks(side, side.lost)),
        ]
    if any(side.both_bad for side in sides):
        columns.append(column("both bad", lambda side: str(side.both_bad)))
    columns += [
        column("first token", lambda side: _time(side.first_token), "left"),
        column("tok/s", _rate, "left"),
        column("wait", lambda side: _time(side.wait), "left"),
    ]
    if any(side.wait_95 is not None for side in sides):
        columns.append(column("95 % within", lambda side: _ns(side.wait_95)))
    if any(side.wait_99 is not None for side in sides):
        columns.append(column("99 % within", lambda side: _ns(side.wait_99)))
    if any(side.cost.mean is not None for side in sides):
        columns.append(column("$/answer", lambda side: format_answer_cost(side.cost.mean)))
    if any(side.verdicts for side in sides):
        columns.append(column("verdicts", _verdicts, "left"))
    columns.append(column("faults", _faults, "left"))
    return columns


def _side_notes(conclusions: Conclusions) -> Iterator[str]:
    """Yield why figures are missing, and what the tables do not show."""
    sides = conclusions.sides
    unpriced = [side for side in sides if side.answered and side.cost.unknown]
    for reason, found in _grouped(unpriced, lambda side: side.cost.reason).items():
        some = [
            f"{side.label} ({side.cost.unknown} of {counted(side.answered, 'answer')})"
            if side.cost.unknown < side.answered
            else side.label
            for side in found
        ]
        yield f"$/answer: {reason}" + ("" if len(found) == len(sides) else f": {join_list(some)}")
    for side in sides:
        if side.fatal and (rate := wilson(side.fatal, side.judged)) is not None:
            if side.judged == 1:
                yield f"FATAL in the only scored task of {side.label}"
                continue
            tasks = f"{side.fatal} of {counted(side.judged, 'task')} of {side.label}"
            yield f"FATAL in {tasks}: in truth in {100 * rate.low:.0f}–{100 * rate.high:.0f} %"
    harmless = [side for side in sides if side.judged and not side.fatal]
    for judged, found in _grouped(harmless, lambda side: side.judged).items():
        who = "" if len(found) == len(sides) else f" of {join_list([one.label for one in found])}"
        if judged == 1:
            yield f"no FATAL in the only scored task{who}: other tasks may have one"
            continue
        tasks, most = counted(judged, "task"), most_after_none(judged)
        yield f"FATAL in none of {tasks}{who}: it may still be in up to {100 * most:.0f} % of them"
    if conclusions.by_hand:
        hand = counted(conclusions.by_hand, "winner")
        yield f"{hand} set by hand: in won, equal and lost, not in the test of the scores"


def _grouped(
    sides: Iterable[SideResult], key: Callable[[SideResult], K]
) -> dict[K, list[SideResult]]:
    groups: dict[K, list[SideResult]] = {}
    for side in sides:
        groups.setdefault(key(side), []).append(side)
    return groups


def _tasks(side: SideResult, count: int) -> str:
    """Return a number of tasks; missing while none is decided."""
    return str(count) if side.won + side.equal + side.lost + side.both_bad else UNKNOWN


def _decimal(mean: Fraction | None) -> str:
    return UNKNOWN if mean is None else f"{float(mean):.1f}"


def _ns(ns: float | None) -> str:
    return format_ns(None if ns is None else round(ns))


def _time(median: Median | None) -> str:
    """Return a median time with its interval in the same unit: ``412 ms (380–610)``."""
    if median is None:
        return UNKNOWN
    shown = _ns(median.value)
    if median.interval is None:
        return shown
    unit, digits = (NS_PER_MS, 0) if shown.endswith("ms") else (NS_PER_S, 1)
    if shown.endswith("min"):
        unit, digits = 60 * NS_PER_S, 0
    low, high = (f"{bound / unit:.{digits}f}" for bound in median.interval)
    return f"{shown} ({low}–{high})"


def _rate(side: SideResult) -> str:
    if side.rate is None:
        return UNKNOWN
    shown = f"{'' if side.rate_exact else '~'}{side.rate.value:.1f}"
    return shown + _within(side.rate.interval, 0)


def _within(interval: Interval | None, digits: int) -> str:
    if interval is None:
        return ""
    return f" ({interval.low:.{digits}f}–{interval.high:.{digits}f})"


def _verdicts(side: SideResult) -> str:
    return " · ".join(f"{count} {clean_name(word)}" for word, count in side.verdicts) or UNKNOWN


def _faults(side: SideResult) -> str:
    if side.faults:
        return " · ".join(f"{count} {severity}" for severity, count in side.faults)
    return "none" if side.judged else UNKNOWN


def _pairs(conclusions: Conclusions, tests: Sequence[PairTest] | None, width: int) -> list[Line]:
    """Return the table of pairs, where there is more than one."""
    pairs = conclusions.pairs
    if len(pairs) < 2:
        return []
    labels = [side.label for side in conclusions.sides]
    short = dict(zip(labels, short_names(labels, max(_LEAST_TITLE, width // 6)), strict=True))
    names = [Span(f"{short[pair.first.label]} – {short[pair.second.label]}") for pair in pairs]
    known: Sequence[PairTest | None] = tests if tests is not None else [None] * len(pairs)

    def column(title: str, cell: Callable[[PairResult], str]) -> _Column:
        return _Column(title, [cell(pair) for pair in pairs], "right")

    columns = [
        column("better", lambda pair: str(pair.scores.better)),
        column("equal", lambda pair: str(pair.scores.equal)),
        column("worse", lambda pair: str(pair.scores.worse)),
    ]
    if any(pair.scores.both_bad for pair in pairs):
        columns.append(column("both bad", lambda pair: str(pair.scores.both_bad)))
    columns += [
        column("points", lambda pair: _decimal(pair.scores.mean)),
        _Column("interval", [_bounds(test) for test in known]),
        _Column(f"p of {len(pairs)} pairs", list(map(_p, pairs, known)), "right"),
        _Column("× as long", [_ratio(test) for test in known]),
    ]
    if any(pair.extra_cost is not None for pair in pairs):
        columns.append(column("$ more", _extra_cost))
    lines = [(Span("pairs", STRONG),), *_table(names, columns, width)]
    if any(pair.scores.tasks and not pair.scores.complete for pair in pairs):
        lines += _wrapped("p: only once every planned task is scored", width, MUTED)
    return lines


def _bounds(test: PairTest | None) -> str:
    if test is None or test.interval is None:
        return UNKNOWN
    low, high = (f"{bound:.1f}".replace("-", "−") for bound in test.interval)
    return f"{low}–{high}"


def _p(pair: PairResult, test: PairTest | None) -> str:
    if test is None or not pair.scores.complete:
        return UNKNOWN
    return "<0.001" if test.adjusted < 0.001 else f"{test.adjusted:.3f}"


def _ratio(test: PairTest | None) -> str:
    if test is None or test.ratio is None:
        return UNKNOWN
    low_high = test.ratio.interval
    within = "" if low_high is None else f" ({times(low_high.low)}–{times(low_high.high)})"
    return f"{times(test.ratio.value)}{within}"


def _extra_cost(pair: PairResult) -> str:
    if pair.extra_cost is None:
        return UNKNOWN
    sign = "−" if pair.extra_cost < 0 else ""
    return sign + (format_answer_cost(abs(pair.extra_cost)) if pair.extra_cost else "0")


# -- bars -------------------------------------------------------------------------------------


_Rows = list[list[tuple[float | None, str]]]


@dataclass(frozen=True)
class _Bars:
    """A block of bars: for each side one, in rows of tasks."""

    title: str
    cells: int
    """Of a whole bar."""
    rows: _Rows
    """For each task and side the share of a whole bar, and the figure behind it."""
    figure: int
    """The cells of the longest figure."""

    @cached_property
    def each(self) -> int:
        """The cells of a bar with its figure."""
        return self.cells + bool(self.cells) + self.figure

    def drawn(self, sides: int) -> Iterator[list[Span]]:
        """Yield the spans of each row: of each side its bar, and the figure behind it.

        What is more than 0 has at least one eighth of a cell.
        """
        parts = [divmod(eighths, 8) for eighths in range(self.cells * 8 + 1)]
        bars = [("█" * whole + _EIGHTHS[rest]).ljust(self.cells) for whole, rest in parts[:-1]]
        bars.append("█" * self.cells)
        by_side = [
            [Span(self.gap(side) + bar, f"side {side}") for bar in bars]
            for side in range(1, sides + 1)
        ]
        before, most = " " * bool(self.cells), self.cells * 8
        texts = {figure for row in self.rows for _, figure in row}
        figures = {text: Span(before + text.ljust(self.figure)) for text in texts}
        for row in self.rows:
            spans: list[Span] = []
            for of_side, (share, figure) in zip(by_side, row, strict=True):
                length = min(max(1, round(share * most)), most) if share else 0
                spans += of_side[length], figures[figure]
            yield spans

    def gap(self, side: int) -> str:
        """Return the space before the bar of a side, counted from 1."""
        return " " * (_GAP if side > 1 else _BLOCK_GAP)

    def width(self, sides: int) -> int:
        """Return the cells of the block."""
        return sides * self.each + sum(len(self.gap(side)) for side in range(1, sides + 1))


def _bars(conclusions: Conclusions, width: int) -> list[Line]:
    """Return scores and waits of each task as bars: side by side, or one below the other."""
    if not conclusions.tasks:
        return []
    scores: _Rows = [
        [
            (None, UNKNOWN) if mean is None else _score(mean.numerator, mean.denominator)
            for mean in one.means
        ]
        for one in conclusions.tasks
    ]
    longest = max((wait or 0 for one in conclusions.tasks for wait in one.waits), default=0)
    waits = [
        [(None if wait is None else wait / longest, _ns(wait)) for wait in one.waits]
        for one in conclusions.tasks
    ]
    count = len(conclusions.sides)
    titles = [
        f"{number} {clean_name(one.task.title)}" for number, one in enumerate(conclusions.tasks, 1)
    ]
    title_cells = min(max(map(cell_len, (*titles, "scores"))), _TITLE_CELLS, width // 4)
    lines: list[Line] = []
    for group in _bar_groups(scores, waits, count, width - title_cells):
        if lines:
            lines.append(EMPTY)
        lines += _bar_block(conclusions, group, titles, title_cells, width)
    return lines


def _bar_groups(
    scores: _Rows,
    waits: _Rows,
    sides: int,
    room: int,
) -> list[list[_Bars]]:
    """Return which bars are side by side: both in one group, if they fit there."""
    score, wait = _longest(scores), _longest(waits)
    for score_cells in _SCORE_CELLS[:2]:
        for wait_cells in _WAIT_CELLS[:2]:
            both = [
                _Bars("scores", score_cells, scores, score),
                _Bars("wait", wait_cells, waits, wait),
            ]
            if sum(bars.width(sides) for bars in both) <= room:
                return [both]
    groups = []
    for title, rows, sizes, figure in (
        ("scores", scores, _SCORE_CELLS, score),
        ("wait", waits, _WAIT_CELLS, wait),
    ):
        blocks = [_Bars(title, cells, rows, figure) for cells in sizes]
        fitting = (bars for bars in blocks if bars.width(sides) <= room)
        groups.append([next(fitting, blocks[-1])])
    return groups


def _longest(rows: _Rows) -> int:
    """Return the cells of the longest figure; none has wide characters."""
    return max((len(figure) for row in rows for _, figure in row), default=0)


def _bar_block(
    conclusions: Conclusions, group: list[_Bars], titles: list[str], cells: int, width: int
) -> list[Line]:
    """Return a head of labels, and a row of bars for each task."""
    labels = [side.label for side in conclusions.sides]
    lines: list[Line] = []
    first = group[0].title
    if len(group) > 1:
        over = "".join(
            " " * _BLOCK_GAP + set_cell_size(bars.title, bars.width(len(labels)) - _BLOCK_GAP)
            for bars in group
        )
        lines.append(_fitted((Span(" " * cells + over.rstrip(), STRONG),), width))
        first = ""
    head = [Span(set_cell_size(first, cells), STRONG)]
    for bars in group:
        for side, label in enumerate(short_names(labels, bars.each), 1):
            shown = bars.gap(side) + set_cell_size(label, bars.each)
            head.append(Span(shown, f"side {side}"))
    lines.append(_fitted(tuple(head), width))
    fits = cells + sum(bars.width(len(labels)) for bars in group) <= width
    for title, *blocks in zip(titles, *(bars.drawn(len(labels)) for bars in group), strict=True):
        line = (Span(set_cell_size(_cut(title, cells), cells)), *chain.from_iterable(blocks))
        lines.append(line if fits else _fitted(line, width))
    return lines


@lru_cache(1024)
def _score(numerator: int, denominator: int) -> tuple[float, str]:
    """Return the share of a whole bar of a mean score, and the mean: few of them differ."""
    mean = numerator / denominator
    return mean / _POINTS, str(numerator) if denominator == 1 else f"{mean:.1f}"


# -- flags and the judge ----------------------------------------------------------------------


def _flags(conclusions: Conclusions, width: int) -> list[Line]:
    """Return the tasks with flags, by the kind of flag."""
    found: dict[str, list[str]] = {kind: [] for kind in FLAG_MEANINGS}
    for number, one in enumerate(conclusions.tasks, 1):
        for flag in one.flags:
            few = len(flag.labels) <= _NAMED_SIDES
            about = flag_text(flag).removeprefix(flag.kind) if few else ""
            about = about or (f" ({len(flag.labels)} sides)" if flag.labels else "")
            found[flag.kind].append(f"{number} {one.task.title}{about}")
    lines: list[Line] = []
    for kind, titles in found.items():
        if titles:
            text = f"{kind} ({FLAG_MEANINGS[kind]}): {', '.join(titles)}"
            lines += _wrapped(text, width, WARNING)
    return [(Span("tasks", STRONG),), *lines] if lines else []


def _judging(conclusions: Conclusions, width: int) -> list[Line]:
    lines: list[Line] = []
    for text in bias_lines(conclusions.results):
        lines += _wrapped(text, width)
    return [(Span("the judge", STRONG),), *lines] if lines else []


def _conditions(conclusions: Conclusions, width: int) -> list[Line]:
    """Return what was not equal for all sides: a reason for a difference besides the models."""
    unequal = [difference.text for difference in differences(conclusions.results)]
    lines: list[Line] = []
    for text in unequal:
        lines += _wrapped(text, width, WARNING)
    return [(Span("conditions that differed", STRONG),), *lines] if lines else []
