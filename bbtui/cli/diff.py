"""``bbtui diff``: print what changed from one session to another, and apply rules to it."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from bbtui.cli.output import print_columns, print_text
from bbtui.cli.parser import Parser
from bbtui.errors import UsageError

if TYPE_CHECKING:
    from bbtui.cli.context import CommandContext
    from bbtui.domain.diff_rules import DiffRule, Finding
    from bbtui.domain.session import Session
    from bbtui.domain.session_diff import Figures, SessionDiff, SideDiff

#: A rule fired.
FIRED = 5


def register(parser: Parser) -> None:
    """Declare the command."""
    session = "number or id of a session, or a file written by --json"
    for name in ("A", "B"):
        parser.add_argument(name.lower(), metavar=name, help=session)
    rule = "exit with 5 if this holds, such as score.drop>=1 or ttft.p50>+20%% (repeatable)"
    parser.add_argument(
        "--fail-on", dest="rules", metavar="RULE", action="append", default=[], help=rule
    )
    parser.set_defaults(handler=run)


def run(args: Namespace, context: CommandContext) -> int:
    """Print the differences; return 5 if a rule fired."""
    from bbtui.cli.report import load_session
    from bbtui.cli.results import check_revealed
    from bbtui.domain.diff_rules import apply_rule
    from bbtui.domain.session_diff import compare

    rules = [_rule(text) for text in args.rules]
    before, after = (load_session(ref, context) for ref in (args.a, args.b))
    check_revealed(before)
    check_revealed(after)
    names = _name(args.a, before), _name(args.b, after)
    if names[0] == names[1]:
        names = f"A: {names[0]}", f"B: {names[1]}"
    diff = compare(before, after, names, context.run_check)
    _require_something(diff, names, before, after)
    for line in _lines(diff, names, before, after):
        print_text(line, context.out)
    for side in diff.sides:
        _print_side(side, names, context)
    findings = [apply_rule(rule, side) for rule in rules for side in diff.sides]
    _print_findings(findings, context)
    if any(finding.fired for finding in findings):
        return FIRED
    for rule in rules:
        if not any(one.known for one in findings if one.rule is rule):
            reason = next(one.reason for one in findings if one.rule is rule)
            raise UsageError(f"--fail-on {rule.text} cannot be decided: {reason}")
    return 0


def _rule(text: str) -> DiffRule:
    from bbtui.config.suggest import suggestion
    from bbtui.domain.diff_rules import NAMES, RuleError, parse_rule

    try:
        return parse_rule(text)
    except RuleError as error:
        raise UsageError(f"--fail-on {text}: {error}", f"figures: {', '.join(NAMES)}") from None
    except KeyError as error:
        name = str(error.args[0])
        raise UsageError(
            f'--fail-on {text}: unknown figure "{name}"; {suggestion(name, NAMES)}',
            f"figures: {', '.join(NAMES)}",
        ) from None


def _name(ref: str, session: Session) -> str:
    """Return ``#12`` for a saved session, the name of a file."""
    from bbtui.cli.report import is_file

    return Path(ref).name if is_file(ref) else f"#{session.number}"


def _require_something(
    diff: SessionDiff, names: tuple[str, str], before: Session, after: Session
) -> None:
    if not diff.tasks:
        raise UsageError(
            f"{names[0]} and {names[1]} have no task with the same text: nothing can be compared",
            "run the same tasks file for both (--tasks FILE)",
        )
    if not diff.sides:
        has = "; ".join(
            f"{name} has {', '.join(one.name for one in session.endpoints)}"
            for name, session in zip(names, (before, after), strict=True)
        )
        raise UsageError(f"no endpoint is in both: {has}", "give them the same name")


def _lines(
    diff: SessionDiff, names: tuple[str, str], before: Session, after: Session
) -> Iterator[str]:
    from bbtui.formatting.text import counted, join_list

    if before.id == after.id:
        yield "note: A and B are the same session"
    tasks = counted(len(diff.tasks), "task")
    yield f"{names[0]} → {names[1]}: {tasks} with the same text"
    if diff.left_out:
        yield f"left out: {counted(diff.left_out, 'task')} whose text only one of them has"
    for name, others in ((names[0], diff.only_before), (names[1], diff.only_after)):
        if others:
            yield f"only in {name}: {join_list(others)}"
    if before.trials != after.trials:
        compared = counted(diff.trials, "answer")
        yield f"trials differ ({before.trials} and {after.trials}): {compared} a task compared"
    for name, session in zip(names, (before, after), strict=True):
        missing = len(session.missing())
        if missing:
            yield f"{name} is unfinished: {counted(missing, 'answer')} missing"


def _print_side(side: SideDiff, names: tuple[str, str], context: CommandContext) -> None:
    from bbtui.formatting.text import counted, sentence

    before, after = side.before, side.after
    model = before.model if before.model == after.model else f"{before.model} → {after.model}"
    print_text(f"\n{side.label} ({model})", context.out)
    if side.sentence:
        print_text(f"  {sentence(side.sentence)}", context.out)
    rows = [("", *names, "")]
    rows += [row for row in _figure_rows(before, after) if row[1:3] != ("–", "–")]
    print_columns([(f"  {row[0]}", *row[1:]) for row in rows], context.out)
    for change in side.changes:
        values = f"{float(change.before):.3g} → {float(change.after):.3g}"
        print_text(f"  {change.title}: {values}", context.out)
    if side.answers:
        same = f"{side.same_texts} of {counted(side.answers, 'answer')}"
        print_text(f"  {same} with the same text", context.out)


def _figure_rows(before: Figures, after: Figures) -> Iterator[tuple[str, str, str, str]]:
    """Yield each figure of both, and by how much it changed."""
    from bbtui.domain.diff_rules import COUNTS, METRICS
    from bbtui.formatting.durations import format_ns
    from bbtui.formatting.numbers import UNKNOWN, format_answer_cost

    def figure(name: str, value: float | None) -> str:
        if value is None:
            return UNKNOWN
        if METRICS[name].time:
            return format_ns(round(value))
        if name == "cost.mean":
            return format_answer_cost(value)
        return f"{value:.2f}" if name == "score.mean" else f"{value:,.4g}"

    for name, metric in METRICS.items():
        one, other = metric.value(before), metric.value(after)
        change = ""
        if name in COUNTS:
            change = "" if one == other else f"{(other or 0) - (one or 0):+g}".replace("-", "−")
        elif one and other is not None and one != other:
            change = f"{100 * (other - one) / one:+.0f} %".replace("-", "−")
        yield metric.what, figure(name, one), figure(name, other), change


def _print_findings(findings: Sequence[Finding], context: CommandContext) -> None:
    if findings:
        print_text("", context.out)
    for finding in findings:
        outcome = "fired" if finding.fired else "did not fire" if finding.known else "not decided"
        print_text(f"{finding.rule.text} {outcome}: {finding.label}, {finding.reason}", context.out)
