"""A session as plain values, under the names its parts had when the fixtures were written.

Only this module knows which field of the domain holds which of those values, so a field that is
renamed is renamed here and the stored listings stay as they are.
"""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Any

from bbtui.domain.answer import Answer
from bbtui.domain.score import (
    Blinding,
    Fault,
    FaultEdit,
    FaultRemoval,
    Judged,
    Judgement,
    Note,
    Redo,
    Remark,
    Reveal,
    Score,
    Tick,
    Undo,
    Verdict,
    Winner,
)
from bbtui.domain.session import HostRecord, Session
from bbtui.domain.task import Task


def session_values(session: Session) -> dict[str, Any]:
    """Return every value of the session, moments in RFC 3339."""
    about, options = session.about, session.options
    return {
        "id": session.id,
        "started_at": _moment(session.started_at),
        "tasks": [_task(task) for task in session.tasks],
        "endpoints": [
            {
                "name": endpoint.name,
                "label": endpoint.label,
                "model": endpoint.model,
                "api": endpoint.api,
                "address": endpoint.address,
                "hardware": endpoint.hardware,
                "base": endpoint.base,
                "price": None if endpoint.price is None else asdict(endpoint.price),
            }
            for endpoint in session.endpoints
        ],
        "options": {
            "temperature": options.temperature,
            "top_p": options.top_p,
            "top_k": options.top_k,
            "seed": options.seed,
            "num_ctx": options.num_ctx,
            "num_predict": options.num_predict,
            "stop": None if options.stop is None else list(options.stop),
            "think": options.think,
        },
        "about": {
            "title": about.title,
            "milestone": about.milestone,
            "issue": about.issue,
            "operator": about.operator,
            "label": about.label,
        },
        "mode": session.mode,
        "trials": session.trials,
        "schedule": asdict(session.schedule),
        "program": session.program,
        "number": session.number,
        "answers": [_answer(answer) for answer in session.answers],
        "judgements": [_judgement(judgement) for judgement in session.judgements],
        "seen": {name: _host(record) for name, record in session.seen.items()},
    }


def with_format_3(values: dict[str, Any]) -> dict[str, Any]:
    """Return the values of an earlier format with what format 3 has for what that did not hold."""
    conditions = {"blinding": "open", "order": [], "took_ms": None}
    return {
        **values,
        "schedule": {"warmup": 0, "cooldown_s": 0.0, "cache_bust": False},
        "endpoints": [{**endpoint, "price": None} for endpoint in values["endpoints"]],
        "tasks": [
            {
                **task,
                "wrong": [],
                "checks": [{**check, "label": ""} for check in task["checks"]],
            }
            for task in values["tasks"]
        ],
        "answers": [{**answer, "marker": ""} for answer in values["answers"]],
        "judgements": [{**row, "conditions": conditions} for row in values["judgements"]],
    }


def _moment(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")


def _task(task: Task) -> dict[str, Any]:
    return {
        "id": task.id,
        "title": task.title,
        "prompt": task.prompt,
        "expected": task.expected,
        "rubric": list(task.rubric),
        "checks": [
            {"kind": check.kind, "value": check.value, "on": check.on, "label": check.label}
            for check in task.checks
        ],
        "wrong": list(task.wrong),
    }


def _answer(answer: Answer) -> dict[str, Any]:
    server = answer.server
    return {
        "cell": list(answer.cell),
        "attempt": answer.attempt,
        "started_at": _moment(answer.started_at),
        "state": answer.state,
        "text": answer.text,
        "thinking": answer.thinking,
        "reads": [
            [read.offset_ns, read.size, read.text, read.thinking, read.chunks]
            for read in answer.reads
        ],
        "end_ns": answer.end_ns,
        "cause": answer.problem.cause,
        "hint": answer.problem.fix,
        "warmth": answer.warmth,
        "preload_ns": answer.preload_ns,
        "server": {
            "total_ns": server.total_ns,
            "load_ns": server.load_ns,
            "prompt_eval_ns": server.prompt_eval_ns,
            "prompt_eval_count": server.prompt_eval_count,
            "cached_count": server.cached_count,
            "eval_ns": server.eval_ns,
            "eval_count": server.eval_count,
        },
        "abandoned": answer.abandoned,
        "marker": answer.marker,
    }


def _judgement(judgement: Judgement) -> dict[str, Any]:
    return {
        "at": _moment(judgement.at),
        "what": _judged(judgement.what),
        "cell": list(judgement.cell),
        "attempt": judgement.attempt,
        "id": judgement.id,
        "kind": type(judgement.what).__name__.lower(),
        "conditions": {
            "blinding": judgement.conditions.blinding,
            "order": list(judgement.conditions.order),
            "took_ms": judgement.conditions.took_ms,
        },
    }


def _judged(judged: Judged) -> dict[str, Any]:
    match judged:
        case Score(value):
            return {"value": value}
        case Verdict(word, why):
            return {"word": word, "why": why}
        case Fault(severity, text):
            return {"severity": severity, "text": text}
        case FaultEdit(of, severity, text):
            return {"of": of, "severity": severity, "text": text}
        case FaultRemoval(of):
            return {"of": of}
        case Note(text):
            return {"text": text}
        case Tick(point, met):
            return {"point": point, "met": met}
        case Winner(outcome, endpoint):
            return {"outcome": outcome, "endpoint": endpoint}
        case Remark(about, text):
            return {"about": about, "text": text}
        case Undo(of) | Redo(of):
            return {"of": of}
        case Blinding(on, seed):
            return {"on": on, "seed": seed}
        case Reveal(early):
            return {"early": early}


def _host(record: HostRecord) -> dict[str, Any]:
    build, pod = record.build, record.pod
    return {
        "build": {
            "server": build.server,
            "parameters": build.parameters,
            "quantisation": build.quantisation,
            "digest": build.digest,
            "context_length": build.context_length,
        },
        "words": record.problem.cause,
        "hint": record.problem.fix,
        "pod": None
        if pod is None
        else {
            "machine": pod.machine,
            "price": pod.price,
            "up_s": pod.up_s,
            "same_as": pod.same_as,
        },
    }
