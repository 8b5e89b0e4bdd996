"""Writes a whole session as one JSON document, and reads it back without loss."""

from __future__ import annotations

import json
import re
from dataclasses import asdict
from typing import Any

import msgspec

from bbtui.domain.answer import Answer, Read
from bbtui.domain.cell_results import SessionResults, mean_score, outcome, session_results
from bbtui.domain.score import Marks
from bbtui.domain.session import Session
from bbtui.domain.timing import measure
from bbtui.exchange.convert import from_part, judgement_of, row_of, to_part
from bbtui.exchange.schema import VERSION, AnswerPart, Document
from bbtui.exchange.validate import read_document

_SURROGATE = re.compile("[\ud800-\udfff]")


def to_json(session: Session) -> str:
    """Return the document, indented for readers, with computed fields beside the stored ones.

    Text is raw; only half a surrogate pair, which UTF-8 cannot hold, becomes U+FFFD.
    """
    results = session_results(session)
    document = to_part(
        Document,
        session,
        bbtui=VERSION,
        results=_results(results),
        answers=tuple(
            _answer_part(answer, results.scorecard.of(answer.cell, answer.attempt))
            for answer in session.answers
        ),
        judgements=tuple(map(row_of, session.judgements)),
    )
    return _SURROGATE.sub("\ufffd", _format(msgspec.to_builtins(document)) + "\n")


def from_json(text: str, source: str) -> Session:
    """Return the session of a document; `source` is what the user calls the file.

    Raise `UsageError` naming the file and the field for anything that is not such a document.
    """
    document = read_document(text, source)
    return from_part(
        Session,
        document,
        answers=tuple(map(_answer, document.answers)),
        judgements=tuple(map(judgement_of, document.judgements)),
    )


def _answer_part(answer: Answer, marks: Marks) -> AnswerPart:
    verdict = marks.verdict
    return to_part(
        AnswerPart,
        answer,
        score=marks.score,
        verdict=None if verdict is None else {"word": verdict.word, "why": verdict.why},
        faults=[{"severity": fault.severity, "text": fault.text} for fault in marks.faults],
        note=marks.note,
        timing=asdict(measure(answer)),
    )


def _answer(part: AnswerPart) -> Answer:
    return from_part(Answer, part, reads=tuple(Read(*row) for row in part.reads))


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
