"""What is printed: foreign text without controls, and output that cannot be written is named."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.cli.ollama import Ollama, end, word
from tests.cli.program import Program
from tests.loopback import json_reply, ndjson

#: A colour, a CSI of its own, an override of the direction of text, DEL.
HOSTILE = "\x1b[31m\x9b2J\u202e\x7f"
SESSION = Path(__file__).parents[2] / "docs" / "examples" / "session.json"
SHOWN = "\N{REPLACEMENT CHARACTER}[31m\N{REPLACEMENT CHARACTER}2J" + "\N{REPLACEMENT CHARACTER}" * 2


@pytest.mark.parametrize(
    "words",
    [
        (f"x{HOSTILE}",),
        ("run", "a", f"x{HOSTILE}"),
        ("run", f"--x{HOSTILE}"),
        ("run", "-e", f"x{HOSTILE}"),
        ("run", "--tasks", f"x{HOSTILE}.toml"),
        ("report", f"x{HOSTILE}.json"),
        ("report", f"x{HOSTILE}"),
        ("report", "-o", f"x{HOSTILE}/y"),
        ("sessions", "import", f"x{HOSTILE}"),
        ("config", "check", "-c", f"x{HOSTILE}"),
        ("tasks", "check", f"x{HOSTILE}"),
        ("themes", "check", f"x{HOSTILE}"),
        ("pods", "show", f"x{HOSTILE}"),
    ],
    ids=str,
)
def test_argument_is_printed_without_controls(program: Program, words: Sequence[str]):
    program.configure(local="http://127.0.0.1:1")
    ended = program(*words)
    assert ended.code == 2
    # An excerpt in quotes has escapes in place of symbols.
    assert any(text in ended.err for text in (f"x{SHOWN}", "x\\u001b[31m", "x\\x1b[31m"))
    assert not set(HOSTILE) - set("[31m2J") & set(ended.err + ended.out)


def test_path_and_value_of_the_environment_are_printed_without_controls(program: Program):
    program.environ["BBTUI_CONFIG"] = f"/x{HOSTILE}"
    assert program("config", "path").out == f"/x{SHOWN}\n"
    program.configure(local="http://127.0.0.1:1")
    program.environ["BBTUI_THEME"] = f"x{HOSTILE}"
    ended = program("config", "show")
    assert "\x1b" not in ended.out + ended.err
    assert "\x9b" not in ended.out + ended.err


def test_json_of_a_hostile_answer_has_its_controls_as_escapes(program: Program, ollama: Ollama):
    ollama.answer(ndjson(word(f"x{HOSTILE}\u2066 größe 😀"), end()))
    program.configure(local=ollama.url)
    printed = program("run", "Hello?", "--json", "-").out
    assert not set("\x1b\x7f\x9b\u202e\u2066") & set(printed)
    assert "\\u009b2J\\u202e\\u007f\\u2066 größe 😀" in printed
    assert json.loads(printed)["answers"][0]["text"] == f"x{HOSTILE}\u2066 größe 😀"
    assert program("report", "--format", "json").out == printed
    program("sessions", "rename", "1", "größe")
    assert json.loads(program("sessions", "--json").out)[0]["title"] == "größe"


@pytest.mark.parametrize(
    "words",
    [
        *("--version", "-h", "sessions", "sessions --json", "sessions show", "report"),
        *("report --format json", "config show", "config path", "config check", "themes"),
        *("doctor", "doctor --json", "results", "results --json"),
    ],
)
def test_output_to_a_full_disk_is_named_and_exits_2(program: Program, ollama: Ollama, words: str):
    ollama.answer(ndjson(word("Well"), end()))
    program.configure(local=ollama.url)
    program("run", "Hello?")
    with Path("/dev/full").open("w") as full:
        ended = subprocess.run(
            [sys.executable, "-m", "bbtui", *words.split()],
            stdout=full,
            stderr=subprocess.PIPE,
            env=os.environ | program.environ | {"HOME": str(program.home)},
            cwd=program.here,
            check=False,
        )
    assert ended.stderr.decode().startswith("bbtui: cannot write stdout: No space left on device\n")
    assert ended.returncode == 2


def test_configuration_on_a_full_disk_exits_2_and_leaves_nothing(program: Program):
    """A limit on the size of files replaces a full disk."""
    ended = program(
        *("config", "init", "-c", program.here / "new.toml"),
        launcher=("tests.cli.conditions", "quota=10"),
    )
    assert ended.code == 2
    assert f"cannot write {program.here / 'new.toml'}: File too large" in ended.err
    assert not (program.here / "new.toml").exists()


def test_report_on_a_full_disk_exits_2(program: Program, ollama: Ollama):
    ollama.answer(ndjson(word("Well"), end()))
    program.configure(local=ollama.url)
    program("run", "Hello?")
    ended = program("report", "-o", "/dev/full")
    assert ended.code == 2
    assert "cannot write /dev/full: No space left on device" in ended.err


def test_target_of_a_report_is_replaced_also_behind_a_link(program: Program):
    (program.here / "old.md").write_text("old", encoding="utf-8")
    (program.here / "real.md").write_text("old", encoding="utf-8")
    (program.here / "link.md").symlink_to("real.md")
    for name in ("old.md", "link.md", "new.md"):
        ended = program("report", SESSION, "-o", name)
        assert (ended.code, ended.err) == (0, f"wrote {name}\n")
    assert (program.here / "link.md").is_symlink()
    for name in ("old.md", "real.md", "new.md"):
        assert (program.here / name).read_text("utf-8").startswith("# A side that was down\n")
    assert not list(program.here.glob("*.tmp*"))


@pytest.mark.parametrize(
    ("target", "said"),
    [
        ("folder", "folder is a folder\nname a file in it\n"),
        ("nowhere/x.md", "cannot write nowhere/x.md: there is no folder nowhere\n"),
        ("gone.md", "cannot write gone.md: there is no folder /nonexistent\n"),
        ("circle.md", "cannot write circle.md: its symbolic links lead back to it\n"),
    ],
)
def test_target_that_cannot_be_written_is_named_before_a_run(
    program: Program, target: str, said: str
):
    (program.here / "folder").mkdir()
    (program.here / "gone.md").symlink_to("/nonexistent/x.md")
    (program.here / "circle.md").symlink_to("circle.md")
    before = sorted(program.here.iterdir())
    for command in (("report", SESSION, "-o"), ("run", "Hello?", "--report")):
        ended = program(*command, target)
        assert ended.code == 2
        assert ended.err.startswith(f"bbtui: {said}")
        assert ended.out == ""
    assert sorted(program.here.iterdir()) == before


@pytest.mark.parametrize("form", ["md", "html", "json", "jsonl", "csv"])
def test_every_form_of_a_report_hides_the_hosts_when_asked(program: Program, form: str):
    session = json.loads(SESSION.read_text("utf-8"))
    for endpoint in session["endpoints"]:
        endpoint["address"] = f"http://{endpoint['name']}.lab.example:8000"
    (program.here / "s.json").write_text(json.dumps(session), encoding="utf-8")
    plain, masked = (
        program("report", "s.json", "--format", form, *mask).out for mask in ((), ("--mask",))
    )
    assert "lab.example" not in masked
    if form in ("md", "html", "json"):  # the others have no address
        assert ".lab.example" in plain
        assert "host-1:8000" in masked
    if form == "jsonl":
        assert len([json.loads(line) for line in plain.splitlines()]) == 9
    if form == "csv":
        assert plain.startswith("\ufeff")


def test_report_has_no_mentions_unless_verbatim(program: Program, ollama: Ollama):
    said = "Thanks to @octocat, see #123 in 3f2a9c1.\n\n`@code #1`"
    ollama.answer(ndjson(word(said), end()))
    program.configure(local=ollama.url)
    report = program("run", "Ask @me about GH-1", "--report", "-").out
    assert "Thanks to @\u200boctocat, see #\u200b123 in 3f2a9c\u200b1." in report
    assert "> Ask @\u200bme about GH-\u200b1" in report
    assert "### 1. Ask @\u200bme about GH-\u200b1" in report
    assert "@me" not in report
    assert "`@code #1`" in report
    assert "**Session:** 1, `" in report
    verbatim = program("report", "--verbatim").out
    assert "> Thanks to @octocat, see #123 in 3f2a9c1." in verbatim
    assert "### 1. Ask @me about GH-1" in verbatim
    assert "\u200b" not in verbatim
    raw = json.loads(program("report", "--format", "json").out)
    assert raw["answers"][0]["text"] == said


def test_report_too_long_for_a_comment_is_named(program: Program, ollama: Ollama):
    ollama.answer(ndjson(word("word " * 14_000), end()))
    program.configure(local=ollama.url)
    ended = program("run", "Hello?", "--report", "r.md")
    length = len((program.here / "r.md").read_text(encoding="utf-8"))
    note = f"the report has {length:,} characters, and a comment on GitHub takes 65,536"
    assert note in ended.err
    report = program("report")
    assert note in report.err
    assert "shorten it: bbtui report 1 --short\n" in report.err
    short = program("report", "1", "--short")
    assert (short.code, short.err) == (0, "")
    assert len(short.out) < 65_536
    assert "word word" not in short.out


def test_short_form_is_refused_where_it_would_leave_out_nothing(program: Program):
    ended = program("report", "--short", "--format", "json")
    assert ended.code == 2
    assert "--short is for Markdown" in ended.err


def test_report_of_a_quoted_error_has_no_mentions(program: Program, ollama: Ollama):
    ollama.answer(json_reply({"error": "ask @octocat, see #12 and `@code`"}, 500))
    program.configure(local=ollama.url)
    ended = program("run", "Hello?", "--report", "-")
    assert "ask @octocat, see #12" in ended.err
    assert "ask @\u200boctocat, see #\u200b12 and `@code`" in ended.out
    assert "@octocat" not in ended.out
