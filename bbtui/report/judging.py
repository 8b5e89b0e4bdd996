"""How the answers were judged: blind or not, in which order, what may have revealed the sides."""

from __future__ import annotations

from bbtui.domain.cell_results import SessionResults
from bbtui.domain.conclusion_text import bias_lines
from bbtui.domain.judging_record import JudgingRecord, judging_record
from bbtui.formatting.durations import format_uptime
from bbtui.formatting.text import counted
from bbtui.report.styled_text import Code, StyledText, concat


def judging_conditions(results: SessionResults) -> tuple[StyledText, ...]:
    """Return how the scores came about; nothing without scores and without blind rounds."""
    record = judging_record(results.session)
    if not record.scored and not record.hidden:
        return ()
    lines: list[StyledText] = list(_blinding(record))
    lines += (f"{line[:1].upper()}{line[1:]}." for line in bias_lines(results))
    if record.took_s is not None:
        took = format_uptime(record.took_s)
        lines.append(f"Median time to a score, with all answers in view: {took}.")
    return tuple(lines)


def _blinding(record: JudgingRecord) -> list[StyledText]:
    if not record.seeds:
        return ["Judged openly: the sides were known while they were scored."]
    blind = f"{record.blind} of {counted(record.scored, 'score')}"
    seeds = concat(*(span for seed in record.seeds for span in (", ", Code(seed))))[1:]
    drawn = f"Judged blind: {blind}; the order of the sides is drawn from the seed "
    lines: list[StyledText] = [concat(drawn, seeds, ".")]
    if opened := record.scored - record.blind - record.unblinded:
        lines.append(f"{counted(opened, 'score')} given openly.")
    if record.unblinded:
        given = counted(record.unblinded, "score")
        lines.append(f"{given} given or changed after the sides were revealed.")
    if record.early:
        rounds = counted(record.early, "round")
        lines.append(f"{rounds} revealed before every answer had its score.")
    if record.there_before:
        answers = counted(record.there_before, "answer")
        lines.append(f"{answers} had arrived before blind judging began and may have been seen.")
    if record.naming:
        lines.append(f"{counted(record.naming, 'answer')} judged blind named a model in the text.")
    if record.hidden:
        rounds = counted(record.hidden, "round")
        lines.append(f"{rounds} still blind for the judge: this report names the sides.")
    return lines
