"""Writes a whole session as one JSON document, and reads it back without loss."""

from __future__ import annotations

import json
import re
from typing import Any

import msgspec

from bbtui.domain.answer import Answer, Cell, Read
from bbtui.domain.cell_results import SessionResults, session_results
from bbtui.domain.outcome import mean_score, outcome
from bbtui.domain.problem import Problem
from bbtui.domain.score import Marks
from bbtui.domain.session import Session
from bbtui.domain.timing import Timing, measure
from bbtui.exchange.convert import (
    about_part,
    endpoint_of,
    endpoint_part,
    host_of,
    host_part,
    info_of,
    options_of,
    options_part,
    server_of,
    server_part,
    task_of,
    task_part,
)
from bbtui.exchange.judgements import judgement_of, row_of
from bbtui.exchange.schema import VERSION, AnswerPart, Document
from bbtui.exchange.validate import read_document

_SURROGATE = re.compile("[\ud800-\udfff]")


def to_json(session: Session) -> str:
    """Return the document, indented for readers, with computed fields beside the stored ones.

    Text is raw; only half a surrogate pair, which UTF-8 cannot hold, becomes U+FFFD.
    """
    results = session_results(session)
    document = Document(
        bbtui=VERSION,
        id=session.id,
        number=session.number,
        program=session.program,
        started_at=session.started_at,
        about=about_part(session.about),
        mode=session.mode,
        trials=session.trials,
        options=options_part(session.options),
        endpoints=tuple(endpoint_part(endpoint) for endpoint in session.endpoints),
        seen={name: host_part(record) for name, record in session.seen.items()},
        results=_results(results),
        tasks=tuple(task_part(task) for task in session.tasks),
        answers=tuple(
            _answer_part(answer, results.scorecard.of(answer.cell, answer.attempt))
            for answer in session.answers
        ),
        judgements=tuple(row_of(judgement) for judgement in session.judgements),
    )
    return _SURROGATE.sub("\ufffd", _format(msgspec.to_builtins(document)) + "\n")


def from_json(text: str, source: str) -> Session:
    """Return the session of a document; `source` is what the user calls the file.

    Raise `UsageError` naming the file and the field for anything that is not such a document.
    """
    document = read_document(text, source)
    return Session(
        id=document.id,
        number=document.number,
        program=document.program,
        started_at=document.started_at,
        about=info_of(document.about),
        mode=document.mode,
        trials=document.trials,
        options=options_of(document.options),
        endpoints=tuple(endpoint_of(part) for part in document.endpoints),
        seen={name: host_of(part) for name, part in document.seen.items()},
        tasks=tuple(task_of(part) for part in document.tasks),
        answers=tuple(_answer(part) for part in document.answers),
        judgements=tuple(judgement_of(row) for row in document.judgements),
    )


def _answer_part(answer: Answer, marks: Marks) -> AnswerPart:
    return AnswerPart(
        task=answer.cell.task,
        endpoint=answer.cell.endpoint,
        trial=answer.cell.trial,
        attempt=answer.attempt,
        state=answer.state,
        score=marks.score,
        verdict=None
        if marks.verdict is None
        else {"word": marks.verdict.word, "why": marks.verdict.why},
        faults=[{"severity": fault.severity, "text": fault.text} for fault in marks.faults],
        note=marks.note,
        text=answer.text,
        thinking=answer.thinking,
        cause=answer.problem.cause,
        hint=answer.problem.fix,
        started_at=answer.started_at,
        end_ns=answer.end_ns,
        warmth=answer.warmth,
        preload_ns=answer.preload_ns,
        timing=_timing(measure(answer)),
        server=server_part(answer.server),
        abandoned=answer.abandoned,
        reads=tuple(
            (read.offset_ns, read.size, read.text, read.thinking, read.chunks)
            for read in answer.reads
        ),
    )


def _timing(timing: Timing) -> dict[str, Any]:
    return {
        "ttft_ns": timing.ttft_ns,
        "ttfa_ns": timing.ttfa_ns,
        "e2e_ns": timing.e2e_ns,
        "tokens": timing.tokens,
        "tok_s": timing.tok_s,
        "exact": timing.exact,
        "load_ns": timing.load_ns,
        "queue_ns": timing.queue_ns,
        "prompt_eval_ns": timing.prompt_eval_ns,
        "eval_ns": timing.eval_ns,
    }


def _answer(part: AnswerPart) -> Answer:
    return Answer(
        cell=Cell(part.task, part.endpoint, part.trial),
        attempt=part.attempt,
        started_at=part.started_at,
        state=part.state,
        text=part.text,
        thinking=part.thinking,
        reads=tuple(Read(*row) for row in part.reads),
        end_ns=part.end_ns,
        problem=Problem(part.cause, part.hint),
        warmth=part.warmth,
        preload_ns=part.preload_ns,
        server=server_of(part.server),
        abandoned=part.abandoned,
    )


def _results(results: SessionResults) -> dict[str, Any]:
    """Return a summary for readers; an import computes it again."""
    endpoints = []
    for endpoint in results.session.endpoints:
        cells = results.of_endpoint(endpoint)
        mean = mean_score(cells)
        endpoints.append(
            {
                "name": endpoint.name,
                "cells": len(cells),
                "answered": sum(cell.whole for cell in cells),
                "scored": 0 if mean is None else mean[1],
                "mean_score": None if mean is None else float(mean[0]),
            }
        )
    return {
        "endpoints": endpoints,
        "winners": [
            {"task": task.id, "winner": outcome(results, task).text}
            for task in results.session.tasks
        ],
        "summary": results.scorecard.summary,
        "finding": results.scorecard.finding,
    }


def _format(value: object, indent: str = "") -> str:
    """Return JSON for readers and diffs: each field on a line, a list of plain values on one."""
    inner = indent + "  "
    if isinstance(value, dict) and value:
        fields = (
            f"{inner}{_one_line(name)}: {_format(item, inner)}" for name, item in value.items()
        )
        return "{\n" + ",\n".join(fields) + f"\n{indent}}}"
    if isinstance(value, list | tuple) and any(isinstance(item, dict) for item in value):
        items = (inner + _format(item, inner) for item in value)
        return "[\n" + ",\n".join(items) + f"\n{indent}]"
    return _one_line(value)


def _one_line(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)
