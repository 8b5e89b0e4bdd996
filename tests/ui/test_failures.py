"""Errors of the program itself: each is shown, and the session continues where it can."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from bbtui.domain.session import Session
from bbtui.errors import BbtuiError
from bbtui.ui.actions import BY_ID
from bbtui.ui.ssh import FAR, NEAR, refresh_rate
from tests.fakes.reports import FakeReports
from tests.ui.driver import run_app


def breaking(action: str, command, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let an action do something else than it should."""
    monkeypatch.setitem(BY_ID, action, BY_ID[action]._replace(run=command))


async def test_action_that_crashes_half_way_is_shown_and_the_session_continues(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def broken(_: object) -> None:
        raise RuntimeError("boom [/]")

    breaking("note.set", broken, monkeypatch)
    async with run_app() as app:
        await app.run_all()
        await app.press("c")
        await app.shows("internal error: RuntimeError('boom [/]')")
        assert "a bug in bbtui" in app.text
        await app.press("4")
        assert "4/5" in app.text


async def test_action_that_crashes_at_once_is_shown_and_the_session_continues(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with run_app() as app:
        await app.run_all()

        class Broken(FakeReports):
            def write(self, session: Session, text: str, *, replace: bool) -> Path:
                raise ZeroDivisionError("oh [/]")

        app.main.workspace = app.main.workspace._replace(reports=Broken())
        await app.press("e")
        await app.shows("characters   enter write")
        await app.press("enter")
        await app.shows("internal error: ZeroDivisionError('oh [/]')")
        assert "a bug in bbtui" in app.text
        await app.press("4")
        assert "4/5" in app.text


@pytest.mark.parametrize("waits", [False, True])
async def test_known_error_is_shown_with_its_fix(
    waits: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(_: object) -> None:
        raise BbtuiError("the folder is closed", "open it")

    async def refused_later(_: object) -> None:
        refused(_)

    breaking("report.export", refused_later if waits else refused, monkeypatch)
    async with run_app() as app:
        await app.run_all()
        await app.press("e")
        await app.shows("the folder is closed")
        assert "open it" in app.text


async def test_bad_theme_is_named_and_skipped(tmp_path: Path) -> None:
    (tmp_path / "odd.toml").write_text('primary = "no colour"\n', "utf-8")
    async with run_app(user_themes=tmp_path) as app:
        await app.shows("theme skipped:")
        assert "odd.toml" in "".join(app.text.split())
        assert "no colour" in app.text
        assert app.app.theme == "big-brain"


async def test_missing_theme_is_named_and_the_default_used() -> None:
    async with run_app(theme="big-brian") as app:
        await app.shows("no theme named big-brian; `bbtui themes` lists them")
        assert app.app.theme == "big-brain"


@pytest.mark.parametrize("theme", ["big-brain-light", "high-contrast", "ansi-16", "colour-blind"])
async def test_theme_of_the_configuration_is_used(theme: str) -> None:
    async with run_app(theme=theme) as app:
        assert app.app.theme == theme
        assert "no theme" not in app.text
        await app.run_all()
        assert app.text.count("All is well.") == 2


@pytest.mark.parametrize(
    ("environ", "wanted"),
    [
        ({}, NEAR),
        ({"SSH_CONNECTION": "10.0.0.1 50000 10.0.0.2 22"}, FAR),
        ({"SSH_TTY": "/dev/pts/3"}, FAR),
        ({"SSH_TTY": "", "SSH_AUTH_SOCK": "/tmp/agent"}, NEAR),
    ],
)
def test_ssh_session_is_drawn_less_often(environ: Mapping[str, str], wanted: object) -> None:
    assert refresh_rate(environ) is wanted
    assert (NEAR.hz, NEAR.jump, FAR.hz, FAR.jump) == (20, 1, 10, 8)
