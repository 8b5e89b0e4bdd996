"""The demo as the README has it, without a terminal: two real models, a report, exit 0."""

from __future__ import annotations

import pytest

from tests.cli.program import Program


@pytest.mark.engine
@pytest.mark.xdist_group("engine")
@pytest.mark.timeout(600)
def test_demo_without_a_terminal_writes_its_report(program: Program):
    taken = program.here / "bbtui-1.md"
    taken.write_text("mine", encoding="utf-8")
    ended = program("demo", "--task", "async-faults", launcher=("bbtui",))
    assert ended.code == 0, ended.err
    assert ended.out == ""
    assert taken.read_text(encoding="utf-8") == "mine"
    (report,) = set(program.here.iterdir()) - {taken}
    assert f"wrote {report.name}\n" in ended.err
    text = report.read_text(encoding="utf-8")
    assert "gemma3:270m" in text
    assert "smollm2:135m" in text
    assert "UNAVAILABLE" not in text
    answers = program.session()["answers"]
    assert len(answers) == 2
    assert all(answer["text"] for answer in answers)
    assert "#1 saved: 2 of 2 answered\n" in ended.err


def test_demo_without_its_package_names_the_install_command(program: Program):
    ended = program("demo", launcher=("tests.cli.conditions", "without=xllamacpp"))
    assert (ended.code, ended.out) == (3, "")
    assert "the demo needs xllamacpp, which is not installed" in ended.err
    assert "pip install 'bbtui[demo]'" in ended.err


def test_demo_that_would_drop_text_names_its_own_command(program: Program):
    ended = program("demo", "Hi", stdin="text", launcher=("bbtui",))
    assert (ended.code, ended.out) == (2, "")
    assert "to send it as the prompt: bbtui demo -; to ignore it: bbtui demo … </dev/null" in (
        ended.err
    )
