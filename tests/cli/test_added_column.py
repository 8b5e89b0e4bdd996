"""A column that was added for another model, when its session is resumed."""

from __future__ import annotations

from bbtui.domain.session import Session
from bbtui.engine.model_columns import with_model
from bbtui.store.sessions import SessionStore
from tests.cli.ollama import CHAT, Ollama
from tests.cli.program import Program


def with_a_column(program: Program, ollama: Ollama) -> Session:
    """Return a session with an answer of `local`, and then a column for another of its models."""
    program.configure(local=ollama.url)
    assert program("run", "Hello?", "--data-dir", program.home / "data").code == 0
    [database] = (program.home / "data").rglob("sessions.db")
    with SessionStore.open(database) as store:
        session = store.load()
        store.add_endpoint(session.id, with_model(session, "local", "gemma3:4b", added=True))
        return store.load()


def test_added_column_uses_the_address_of_its_endpoint(program: Program, ollama: Ollama):
    session = with_a_column(program, ollama)
    ended = program("run", "--resume", "--data-dir", program.home / "data")
    assert ended.code == 0
    assert "#1: 1 of 2 answers to run\n" in ended.err
    assert "[1/1] local-gemma3-4b  prompt-1  done" in ended.err
    assert [request.json["model"] for request in ollama.requests_to(CHAT)] == [
        "gemma3:1b",
        "gemma3:4b",
    ]
    assert session.endpoints[1].label == "Local · gemma3:4b"


def test_added_column_is_in_the_report(program: Program, ollama: Ollama):
    with_a_column(program, ollama)
    data = program.home / "data"
    program("run", "--resume", "--data-dir", data)
    report = program("report", "1", "--data-dir", data).out
    assert "Local · gemma3:4b" in report
    assert "| Local | Local · gemma3:4b |" in " ".join(report.split())


def test_added_column_without_its_endpoint_is_named(program: Program, ollama: Ollama):
    with_a_column(program, ollama)
    program.configure(other=ollama.url)
    ended = program("run", "--resume", "--data-dir", program.home / "data")
    assert ended.code == 2
    assert "the configuration has none of the endpoints of #1: local, local-gemma3-4b" in ended.err


def test_endpoint_with_the_name_of_an_added_column_is_not_used(program: Program, ollama: Ollama):
    with_a_column(program, ollama)
    program.configure(**{"local-gemma3-4b": ollama.url})
    ended = program("run", "--resume", "--data-dir", program.home / "data")
    assert ended.code == 2
    assert len(ollama.requests_to(CHAT)) == 1
