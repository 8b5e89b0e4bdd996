"""A session that is completed later, and one that gets a further endpoint."""

from __future__ import annotations

import json

from tests.cli.ollama import CHAT, FAILED, TRUNCATED, WHOLE, Ollama
from tests.cli.program import Program
from tests.replies import json_reply

NEW_ID = "01a21ba8-3183-7054-8b5e-9e8edf61c399"


def test_only_answers_of_which_there_is_nothing_are_run_again(program: Program, ollama: Ollama):
    program.configure(local=ollama.url)
    ollama.answer(WHOLE, TRUNCATED, FAILED)
    tasks = program.tasks("one", "two", "three")
    assert program("run", "--tasks", tasks).code == 4
    ollama.answer(WHOLE)
    ended = program("run", "--missing", "1")
    assert "#1: 1 of 3 answers to run\n" in ended.err
    assert ollama.prompts[3:] == ["Prompt of three."]
    states = [answer["state"] for answer in program.session("1")["answers"]]
    assert states == ["done", "truncated", "failed", "done"]
    report = program("report", "1").out
    assert "Attempt 1: failed" in report
    assert "UNAVAILABLE" not in report


def test_side_that_was_down_is_completed_when_it_is_back(program: Program, ollama: Ollama):
    program.configure(local=ollama.url, pod=ollama.url)
    ollama.answer(WHOLE, json_reply({"error": "gone"}, 404))
    tasks = program.tasks("one")
    assert program("run", "--tasks", tasks, "--serial").code == 3
    report = program("report", "1").out
    assert "UNAVAILABLE" in report
    assert "`bbtui run --missing 1`" in report
    ollama.answer(WHOLE)
    ended = program("run", "--missing")
    assert (ended.code, "#1: 1 of 2 answers to run\n" in ended.err) == (0, True)
    assert "UNAVAILABLE" not in program("report", "1").out


def test_scores_stay_when_a_session_is_completed_and_widened(program: Program, ollama: Ollama):
    program.configure(local=ollama.url)
    ollama.answer(WHOLE, FAILED)
    assert program("run", "--tasks", program.tasks("one", "two")).code == 4
    saved = json.loads(program("report", "1", "--format", "json").out)
    [whole] = [answer for answer in saved["answers"] if answer["state"] == "done"]
    cell = {key: whole[key] for key in ("task", "endpoint", "trial", "attempt")}
    score = {"what": "score", "id": 1, "at": saved["started_at"], "value": 4, **cell}
    changed = saved | {"id": NEW_ID, "judgements": [score]}
    (program.here / "scored.json").write_text(json.dumps(changed), encoding="utf-8")
    assert program("sessions", "import", "scored.json").code == 0
    ollama.answer(WHOLE)
    assert "#2: 1 of 2 answers to run\n" in program("run", "--missing", "2").err
    program.configure(local=ollama.url, third=ollama.url)
    assert program("run", "--resume", "2", "-e", "third").code == 0
    report = program("report", "2").out
    assert "**Score:** 4/5" in report
    assert "Attempt 1: failed" in report
    [kept] = program.session("2")["judgements"]
    assert {key: kept[key] for key in score} == score


def test_session_without_a_hole_has_nothing_to_run(program: Program, ollama: Ollama):
    program.configure(local=ollama.url)
    assert program("run", "--tasks", program.tasks("one")).code == 0
    ended = program("run", "--missing", "1")
    assert ended.code == 0
    assert len(ollama.requests_to(CHAT)) == 1


def test_missing_is_not_combined_with_resume(program: Program):
    ended = program("run", "--missing", "1", "--resume", "2")
    assert ended.code == 2
    assert "--missing and --resume cannot be combined" in ended.err


def test_endpoint_of_another_name_is_added_to_the_session(program: Program, ollama: Ollama):
    program.configure(local=ollama.url)
    tasks = program.tasks("one", "two")
    assert program("run", "--tasks", tasks).code == 0
    program.configure(local=ollama.url, third=ollama.url)
    ended = program("run", "--resume", "1", "-e", "third", "-m", "third=gemma3:4b")
    assert ended.code == 0
    assert "#1: 2 of 4 answers to run\n" in ended.err
    assert [request.json["model"] for request in ollama.requests_to(CHAT)] == [
        *["gemma3:1b"] * 2,
        *["gemma3:4b"] * 2,
    ]
    session = program.session("1")
    assert [endpoint["name"] for endpoint in session["endpoints"]] == ["local", "third"]
    assert len(session["answers"]) == 4
    assert "## Comparison" in program("report", "1").out


def test_added_endpoint_is_one_of_the_session_from_then_on(program: Program, ollama: Ollama):
    program.configure(local=ollama.url)
    tasks = program.tasks("one")
    program("run", "--tasks", tasks)
    program.configure(local=ollama.url, third=ollama.url)
    program("run", "--resume", "1", "-e", "third")
    ended = program("run", "--resume", "1", "-e", "third")
    assert ended.code == 0
    assert len(ollama.requests_to(CHAT)) == 2
    assert len(program.session("1")["endpoints"]) == 2


def test_endpoint_that_is_nowhere_is_named(program: Program, ollama: Ollama):
    program.configure(local=ollama.url)
    program("run", "--tasks", program.tasks("one"))
    ended = program("run", "--resume", "1", "-e", "fourth")
    assert ended.code == 2
    assert '-e fourth: #1 has no endpoint "fourth"' in ended.err
    assert len(program.session("1")["endpoints"]) == 1
