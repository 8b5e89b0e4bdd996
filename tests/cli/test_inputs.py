"""Files and arguments as they come: from Windows, from a pipe, and far too large."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.cli.ollama import Ollama, end, word
from tests.cli.program import Program
from tests.loopback import ndjson

BOM = b"\xef\xbb\xbf"
MILLION_DIGITS = "9" * 1_000_000


@pytest.fixture
def answered(program: Program, ollama: Ollama) -> Path:
    """Return the JSON of a session with an answer."""
    ollama.answer(ndjson(word("Well"), end()))
    program.configure(local=ollama.url)
    program("run", "Hello?", "--json", "s.json")
    return program.here / "s.json"


def test_bom_on_stdin_is_no_part_of_the_prompt(program: Program, ollama: Ollama):
    ollama.answer(ndjson(word("Well"), end()))
    program.configure(local=ollama.url)
    assert program("run", "-", stdin=BOM + b"What is 2+2?").code == 0
    assert program("run", (BOM + b"And 3+3?").decode()).code == 0
    assert ollama.prompts == ["What is 2+2?", "And 3+3?"]


def test_bom_alone_is_an_empty_prompt(program: Program, ollama: Ollama):
    program.configure(local=ollama.url)
    ended = program("run", "-", stdin=BOM + b"\r\n")
    assert (ended.code, ended.err) == (2, "bbtui: the prompt on stdin is empty\n")


@pytest.mark.parametrize("words", ["report", "sessions import"])
def test_session_saved_with_a_bom_is_read(program: Program, answered: Path, words: str):
    answered.write_bytes(BOM + answered.read_bytes())
    program.environ["BBTUI_DATA_DIR"] = str(program.home / "other")
    ended = program(*words.split(), answered)
    assert ended.code == 0
    assert "Well" in ended.out or "imported as #1" in ended.err


@pytest.mark.parametrize("other", ["r.md", "./r.md", "sub/../r.md", "link.md"])
def test_report_and_json_in_one_file_are_refused(
    program: Program, ollama: Ollama, answered: Path, other: str
):
    (program.here / "sub").mkdir()
    (program.here / "link.md").symlink_to("r.md")
    before = len(ollama.prompts)
    ended = program("run", "Hello?", "--report", "r.md", "--json", other)
    assert ended.code == 2
    assert f"--report and --json cannot both write {other}" in ended.err
    assert len(ollama.prompts) == before


def test_report_and_json_may_both_go_to_the_null_device(program: Program, answered: Path):
    ended = program("run", "Hello?", "--report", "/dev/null", "--json", "/dev/null")
    assert ended.code == 0


@pytest.mark.parametrize(
    "words",
    [
        "report {}/x",
        "sessions import {}/x",
        "run --tasks {}/x",
        "config check -c {}/x",
        "tasks check {}/x",
        "themes check {}/x",
    ],
)
@pytest.mark.parametrize("kind", ["pipe", "device"])
def test_pipe_or_device_is_refused_as_a_file(program: Program, words: str, kind: str):
    program.configure(local="http://127.0.0.1:1")
    place = program.here / "x"
    os.mkfifo(place) if kind == "pipe" else place.symlink_to("/dev/zero")
    ended = program(*words.format(program.here).split())
    assert ended.code == 2
    assert "it is a pipe or a device, not a file" in ended.err


@pytest.mark.parametrize("key", ["ca", "cert"])
def test_pipe_is_refused_as_a_certificate(program: Program, key: str):
    os.mkfifo(program.here / "x.pem")
    with program.configure(local="https://127.0.0.1:1").open("a") as config:
        config.write(f'{key} = "{program.here}/x.pem"\n')
    ended = program("run", "Hello?")
    assert ended.code == 3
    assert "x.pem: it is a pipe or a device, not a file" in ended.err


def test_pipe_is_refused_as_the_certificates_of_the_environment(program: Program):
    os.mkfifo(program.here / "x.pem")
    program.configure(local="https://127.0.0.1:1")
    program.environ["SSL_CERT_FILE"] = str(program.here / "x.pem")
    ended = program("run", "Hello?")
    assert ended.code == 3
    assert "SSL_CERT_FILE: it is a pipe or a device, not a file" in ended.err


def test_pipe_without_a_reader_is_named_as_an_output(program: Program, answered: Path):
    os.mkfifo(program.here / "out")
    ended = program("report", "-o", "out")
    assert ended.code == 2
    assert "cannot write out: no program reads this pipe" in ended.err


@pytest.mark.parametrize(
    ("words", "cause"),
    [
        (("run", "x", "-n", MILLION_DIGITS), "must be at most"),
        (("run", "x", "-n", "1000000000"), "must be at most"),
        (("run", "x", "--seed", MILLION_DIGITS), "--seed: must be"),
        (("run", "x", "--timeout", MILLION_DIGITS), "--timeout: must be a number"),
        (("run", "--resume", MILLION_DIGITS), "there is no session"),
        (("report", MILLION_DIGITS), "there is no session"),
        ((MILLION_DIGITS,), "there is no command"),
    ],
    ids=lambda value: " ".join(value)[:30] if isinstance(value, tuple) else "",
)
def test_number_far_too_large_is_refused_in_a_sentence(
    program: Program, words: tuple[str, ...], cause: str
):
    program.configure(local="http://127.0.0.1:1")
    ended = program(*words)
    assert ended.code == 2
    assert cause in ended.err
    assert len(ended.err) < 3000


@pytest.mark.parametrize(
    ("document", "cause"),
    [
        (f"[options]\nseed = {MILLION_DIGITS}\n", "line 2: a number of more than 4,300 digits"),
        (f"[options]\nseed = 0x{'f' * 10_000}\n", "not a number of more than 300 digits"),
        (f"theme = {'[' * 100_000}", "nested too deeply"),
        (f"{'a.' * 50_000}a = 1\n", "nested too deeply"),
        (f"[{'a . ' * 50_000}a]\n", "nested too deeply"),
        (f"theme = '{MILLION_DIGITS}'\n", "unknown theme"),
    ],
    ids=["digits", "hexadecimal", "nested", "dotted", "header", "text"],
)
def test_configuration_far_too_large_is_refused_in_a_sentence(
    program: Program, document: str, cause: str
):
    path = program.configure(local="http://127.0.0.1:1")
    path.write_text(document + path.read_text(encoding="utf-8"), encoding="utf-8")
    ended = program("config", "check")
    assert ended.code == 2
    assert cause in ended.err
    assert len(ended.err) < 3000


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ('"trials": 1', '"trials": 1000000000'),
        ('"trials": 1', f'"trials": {MILLION_DIGITS}'),
        ('"trials": 1', f'"trials": {"[" * 100_000}'),
        ('"bbtui": 1', f'"bbtui": {MILLION_DIGITS}'),
        ('"load_ns": 20000000', f'"load_ns": {MILLION_DIGITS}'),
        ('"results": {', f'"results": {"[" * 100_000}{{'),
    ],
    ids=["trials", "digits", "nested", "version", "count", "computed"],
)
def test_session_far_too_large_is_refused_in_a_sentence(
    program: Program, answered: Path, field: str, value: str
):
    text = answered.read_text(encoding="utf-8")
    assert field in text
    answered.write_text(text.replace(field, value), encoding="utf-8")
    for words in (("report",), ("sessions", "import")):
        ended = program(*words, answered)
        assert ended.code == 2
        assert ended.err.startswith(f"bbtui: {answered}: ")
        assert len(ended.err) < 1000
