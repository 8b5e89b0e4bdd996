"""A session as one JSON document: written for readers, and read from any file, checked."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

import msgspec

from bbtui.domain.answer import MOST, Answer, Read
from bbtui.domain.cell_results import SessionResults, mean_score, outcome, session_results
from bbtui.domain.flags import answer_flags, endpoint_flag
from bbtui.domain.score import Marks
from bbtui.domain.session import Session, too_large
from bbtui.domain.timing import measure, start_text
from bbtui.errors import UsageError
from bbtui.exchange.convert import from_part, judgement_of, row_of, to_part
from bbtui.exchange.schema import VERSION, AnswerPart, CheckPart, Document, Head
from bbtui.formatting.sanitize import escape_json

_HINT = "`bbtui report --format json -o FILE` writes such a file"
_TYPES = {
    "str": "a string",
    "int": "an integer",
    "float": "a number",
    "bool": "true or false",
    "object": "an object",
    "array": "an array",
    "null": "null",
}
_RANGE = re.compile(r"\d*\.\.\d*")
_SURROGATE = re.compile("[\ud800-\udfff]")


def to_json(session: Session) -> str:
    """Return the document, indented for readers, with computed fields beside the stored ones.

    Text is raw, with controls as escapes, so that it can be printed; only half a surrogate pair,
    which UTF-8 cannot hold, becomes U+FFFD.
    """
    results = session_results(session)
    document = to_part(
        Document,
        session,
        bbtui=VERSION,
        results=_results(results),
        answers=tuple(
            _answer_part(session, answer, results.scorecard.of(answer.cell, answer.attempt))
            for answer in session.answers
        ),
        judgements=tuple(map(row_of, session.judgements)),
    )
    return escape_json(_SURROGATE.sub("\ufffd", _format(msgspec.to_builtins(document)))) + "\n"


def from_json(text: str, source: str) -> Session:
    """Return the session of a document; `source` is what the user calls the file.

    Raise `UsageError` naming the file and the field for anything that is not such a document.
    """
    document = _read_document(text, source)
    return from_part(
        Session,
        document,
        answers=tuple(map(_answer, document.answers)),
        judgements=tuple(map(judgement_of, document.judgements)),
    )


def _answer_part(session: Session, answer: Answer, marks: Marks) -> AnswerPart:
    verdict, timing = marks.verdict, measure(answer)
    lowered = endpoint_flag(session, session.endpoint(answer.cell.endpoint))
    flags = (*filter(None, (lowered,)), *answer_flags(session, answer, timing))
    return to_part(
        AnswerPart,
        answer,
        score=marks.score,
        verdict=None if verdict is None else {"word": verdict.word, "why": verdict.why},
        faults=[{"severity": fault.severity, "text": fault.text} for fault in marks.faults],
        note=marks.note,
        ticks=sorted(marks.ticks),
        timing=asdict(timing),
        start=start_text(answer, timing.load_ns),
        flags=[flag.cause for flag in flags],
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


def _read_document(text: str, source: str) -> Document:
    """Return the document in `text`; raise `UsageError` naming `source` and the field."""
    try:
        head = msgspec.json.decode(text, type=Head)
    except msgspec.ValidationError:
        raise UsageError(f"{source}: not a bbtui session", _HINT) from None
    except (msgspec.DecodeError, UnicodeEncodeError) as error:
        raise UsageError(f"{source}: not JSON: {error}", _HINT) from None
    except RecursionError:
        raise UsageError(f"{source}: not a bbtui session: nested too deeply", _HINT) from None
    version = head.bbtui
    if not isinstance(version, int) or isinstance(version, bool) or version < 1:
        problem = 'the field "bbtui" (the version) is missing'
        raise UsageError(f"{source}: not a bbtui session: {problem}", _HINT)
    if version > VERSION:
        raise UsageError(
            f"{source}: version {version}, written by a newer bbtui; "
            f"this one reads versions up to {VERSION}",
            "update bbtui",
        )
    try:
        document = msgspec.json.decode(text, type=Document)
    except msgspec.ValidationError as error:
        raise UsageError(f"{source}: {_explain(str(error))}", _HINT) from None
    except msgspec.DecodeError as error:
        raise UsageError(f"{source}: not JSON: {error}", _HINT) from None
    except RecursionError:
        raise UsageError(f"{source}: not a bbtui session: nested too deeply", _HINT) from None
    for problem in _inconsistencies(document):
        raise UsageError(f"{source}: {problem}", _HINT)
    return document


def _explain(problem: str) -> str:
    """Return msgspec's message as ``tasks[0].title: expected a string, got an integer``."""
    message, _, path = problem.partition(" - at `$")
    field = path.rstrip("`").lstrip(".")
    missing = re.fullmatch(r"Object missing required field `(\w+)`", message)
    if missing:
        return f"{field + '.' if field else ''}{missing[1]} is missing"
    message = re.sub(r"`([^`]*)`", lambda match: _name_types(match[1]), message)
    return f"{field or 'the document'}: {message[:1].lower()}{message[1:]}"


def _name_types(types: str) -> str:
    """Return ``int | null`` as ``an integer or null``."""
    return " or ".join(_TYPES.get(name, name) for name in types.split(" | "))


def _inconsistencies(document: Document) -> Iterable[str]:
    """Yield what is wrong beyond the type of a single field."""
    tasks = [task.id for task in document.tasks]
    names = [endpoint.name for endpoint in document.endpoints]
    if problem := too_large(len(tasks), len(names), document.trials):
        yield f"trials: {problem}"
    for field, known in (("tasks[{}].id", tasks), ("endpoints[{}].name", names)):
        for position, name in enumerate(known):
            if not name.isprintable():
                yield f"{field.format(position)}: expected a single line"
            if name in known[:position]:
                yield f"{field.format(position)}: duplicate {name!r}"
    places = set()
    for position, answer in enumerate(document.answers):
        field = f"answers[{position}]"
        if answer.task not in tasks:
            yield f"{field}.task: no task {answer.task!r} in this file"
        if answer.endpoint not in names:
            yield f"{field}.endpoint: no endpoint {answer.endpoint!r} in this file"
        if answer.trial > document.trials:
            yield f"{field}.trial: {answer.trial} is more than trials ({document.trials})"
        place = (answer.task, answer.endpoint, answer.trial, answer.attempt)
        if place in places:
            yield f"{field}.attempt: duplicate attempt at the same cell"
        places.add(place)
        yield from _out_of_range(f"{field}.server", msgspec.structs.asdict(answer.server))
    for name, host in document.seen.items():
        field = f"seen.{name}"
        yield from _out_of_range(f"{field}.build", {"context_length": host.build.context_length})
        if host.pod is not None:
            yield from _out_of_range(f"{field}.pod", {"up_s": host.pod.up_s})
            if host.pod.price is not None and host.pod.price <= 0:
                yield f"{field}.pod.price: expected a number > 0"
    for number, task in enumerate(document.tasks):
        for position, check in enumerate(task.checks):
            if not _is_valid(check):
                field = f"tasks[{number}].checks[{position}].value"
                yield f"{field}: {check.value!r} is not valid for {check.kind}"


def _out_of_range(field: str, counts: dict[str, int | None]) -> Iterable[str]:
    for name, count in counts.items():
        if count is not None and not 0 <= count <= MOST:
            yield f"{field}.{name}: expected an integer from 0 to {MOST}"


def _is_valid(check: CheckPart) -> bool:
    if check.kind == "words":
        return _RANGE.fullmatch(check.value) is not None
    if check.kind in ("mentions", "avoids") and check.value.startswith("re:"):
        try:
            re.compile(check.value[3:])
        except (re.error, ValueError, RecursionError, OverflowError):
            return False
    return True
