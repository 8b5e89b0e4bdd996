"""What comes from outside is shown as it is: no markup, no control characters, no escapes."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bbtui.domain.host import Host, HostState
from bbtui.domain.problem import Problem
from bbtui.domain.task import Task
from bbtui.errors import StoreError
from tests.fakes import (
    BIG,
    LOCAL,
    Script,
    StillProbe,
    answering,
    fail,
    known,
    make_connection,
    make_session,
    sent,
)
from tests.ui.driver import NARROW, WIDE, AppDriver, run_app

ESCAPE = "\x1b[31mred\x1b]0;owned\x07\x9b2J\x7f"
#: What a terminal would obey, or what would make a text read otherwise than it is.
OBEYED = [*map(chr, range(0x20)), *map(chr, range(0x7F, 0xA0)), "\u202e", "\u2066"]


def assert_harmless(app: AppDriver) -> None:
    """Nothing of that is among the cells that are written."""
    strips = app.app.screen._compositor.render_strips()
    cells = "".join(segment.text for strip in strips for segment in strip)
    assert not set(cells) & set(OBEYED)


@pytest.mark.parametrize("size", [WIDE, NARROW])
async def test_markup_in_names_is_shown_as_text(size: tuple[int, int]) -> None:
    label, model = "[bold]x[/bold]", "m[red]"
    connections = [make_connection(BIG, label=label, model=model), make_connection(LOCAL)]
    task = Task("t", "[blink]T[/]", "[i]P[/i]", "[b]E[/b]", ("[u]R[/u]",))
    session = make_session(
        endpoints=[connection.endpoint for connection in connections], tasks=[task]
    )
    session = replace(session, about=replace(session.about, title="[reverse]S[/reverse]"))
    async with run_app(connections=connections, session=session, size=size) as app:
        assert "[bold]x[/bold]" in app.text
        assert "m[red]" in app.text
        assert "[blink]T[/]" in app.text
        assert size == NARROW or "[reverse]S[/reverse]" in app.text
        await app.run_all()
        await app.press("4")
        await app.press("h", "v")
        assert "[bold]x[/bold]: verdict" in app.text
        await app.type("[o] [/]")
        await app.press("enter", "r")
        assert "[u]R[/u]" in app.text
        assert "[blink]T[/]" in app.text
        await app.press("escape", "w")
        assert "1 [bold]x[/bold]" in app.text
        await app.press("escape", "o")
        await app.shows("answered")
        row = next(row for row in app.rows[1:] if "#12  " in row)
        assert "[reverse]S[/reverse]" in row
        # Where there is less room, the names of the endpoints are cropped.
        assert ("[bold]x[/bold] · Local" if size == WIDE else "[bold]x[") in row
        await app.press("escape", "e")
        await app.shows("characters   enter write")
        await app.press("escape", "ctrl+p")
        await app.press("escape")


async def test_markup_in_answers_and_errors_is_shown_as_text() -> None:
    probe = StillProbe(Host(HostState.FAILED, Problem("[red]words[/red]", "[link]hint")))
    local = Script(known(), sent(), fail("no [/red] here", "use [b]that"))
    connections = [
        make_connection(BIG, source=answering("An [bold]answer[/bold]. [/]")),
        make_connection(LOCAL, source=local, probe=probe),
    ]
    async with run_app(connections=connections) as app:
        await app.shows("[red]words[/red]")
        await app.press("space")
        await app.until(lambda: app.top is not app.main)
        await app.press("r")
        await app.shows("An [bold]answer[/bold]. [/]")
        await app.shows("no [/red] here")
        assert "use [b]that" in app.text
        assert "[red]words[/red]" in app.text
        assert "[link]hint" in app.text


async def test_markup_in_a_notification_is_shown_as_text() -> None:
    async with run_app() as app:
        await app.run_all()
        app.store.failing = StoreError(f"no [/room] {ESCAPE}", f"[b]make[/b] some {ESCAPE}")
        await app.press("4")
        await app.shows("no [/room]")
        assert "[b]make[/b] some" in app.text
        assert_harmless(app)


@pytest.mark.parametrize("size", [WIDE, NARROW])
async def test_no_control_character_reaches_the_terminal(size: tuple[int, int]) -> None:
    name = f"x{ESCAPE}\u202ey\nz"
    host = Host(HostState.FAILED, Problem(name, name))
    connections = [
        make_connection(BIG, label=name, model=name, source=answering(f"An answer {ESCAPE}")),
        make_connection(
            LOCAL, source=Script(known(), sent(), fail(name, name)), probe=StillProbe(host)
        ),
    ]
    session = make_session(
        endpoints=[connection.endpoint for connection in connections],
        tasks=[Task("t", name, name, name, (name,))],
    )
    session = replace(session, about=replace(session.about, title=name))
    desk = {"connections": connections, "session": session, "notice": lambda _: name}
    async with run_app(**desk, size=size) as app:
        assert_harmless(app)
        await app.until(lambda: app.comparison.hosts.monitor.last_check(LOCAL).host is host)
        await app.press("a")
        assert_harmless(app)
        await app.press("r")
        await app.settle()
        await app.shows("An answer")
        assert_harmless(app)
        for key in ("v", "t", "w", "r", "o", "i", "question_mark", "c"):
            await app.press(key)
            assert_harmless(app)
            await app.press("escape")
        await app.press("tab")
        assert_harmless(app)
        await app.press("ctrl+p")
        assert_harmless(app)


async def test_line_break_in_a_name_adds_no_row() -> None:
    connections = [make_connection(BIG, label="two\nlines"), make_connection(LOCAL)]
    async with run_app(connections=connections) as app:
        assert "two lines · gemma3:27b" in app.rows[2]
