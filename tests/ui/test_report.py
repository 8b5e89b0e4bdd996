"""The report on the screen: its preview, its file, and the clipboard."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from bbtui.domain.answer import Cell
from bbtui.domain.score import Remark
from bbtui.domain.session import Session
from bbtui.errors import ForgeError
from bbtui.report.short import LONGEST_COMMENT
from bbtui.ui import clipboard
from tests.fakes.reports import FakeReports
from tests.ui.driver import AppDriver, run_app


async def open_preview(app: AppDriver) -> None:
    await app.run_all()
    await app.press("e")
    await app.shows("characters   enter write")


async def open_short_preview(app: AppDriver) -> None:
    await open_preview(app)
    await app.press("s")
    await app.shows("s whole report")
    await app.shows("characters   enter write")


async def ask_to_post(app: AppDriver, post: Callable[[Session], str]) -> None:
    app.main.workspace = app.main.workspace._replace(post_report=post)
    await app.run_all()
    app.main.do("report.post")
    await app.shows("post the report to the issue of [forge], for others to read?")


async def test_preview_shows_the_report_before_it_is_written() -> None:
    async with run_app() as app:
        await open_preview(app)
        assert "Report of #12" in app.text
        await app.shows("Verdict")
        assert app.reports.written == []
        await app.press("escape")
        assert "Report of #12" not in app.text
        assert app.reports.written == []


@pytest.mark.parametrize("key", ["enter", "e"])
async def test_preview_is_written_as_shown(key: str) -> None:
    async with run_app() as app:
        await open_preview(app)
        await app.press(key)
        await app.shows("report written to bbtui-12.md")
        assert app.reports.written == [app.reports.render(app.session, short=False)]


async def test_short_form_is_previewed_and_written() -> None:
    async with run_app() as app:
        await open_short_preview(app)
        await app.press("enter")
        await app.shows("report written to bbtui-12.md")
        assert app.reports.written == [app.reports.render(app.session, short=True)]


async def test_report_too_long_for_a_comment_shows_its_length() -> None:
    async with run_app() as app:
        await app.run_all()
        remark = Remark("summary", "word " * (LONGEST_COMMENT // 5))
        app.main.comparison.judge(remark, Cell("", ""))
        await app.press("e")
        await app.shows("a comment takes 65,536   enter write · Y copy · s short form")


@pytest.mark.parametrize(
    ("key", "message"),
    [
        ("r", "report written to bbtui-12.md"),
        ("k", "report written to bbtui-12-2.md"),
        ("escape", ""),
    ],
)
async def test_another_file_is_replaced_only_after_asking(key: str, message: str) -> None:
    async with run_app() as app:
        reports = FakeReports(other=Path("bbtui-12.md"))
        app.main.workspace = app.main.workspace._replace(reports=reports)
        await open_preview(app)
        await app.press("enter")
        await app.shows("bbtui-12.md is another file, or was changed since it was written")
        assert reports.written == []
        await app.press(key)
        if message:
            await app.shows(message)
        assert len(reports.written) == bool(message)


async def test_report_is_copied() -> None:
    async with run_app() as app:
        await app.run_all()
        await app.press("Y")
        await app.shows("report: copied")
        assert app.app.clipboard == app.reports.render(app.session, short=False)
        assert app.reports.written == []


async def test_report_too_long_for_the_terminal_is_written_and_its_path_shown(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("TMUX", raising=False)
    monkeypatch.setattr(clipboard, "MOST_BASE64", 1000)
    async with run_app() as app:
        await app.run_all()
        await app.press("Y")
        await app.shows("report written to bbtui-12.md")
        assert "not copied" in app.text
        assert app.app.clipboard == ""
        assert app.reports.written == [app.reports.render(app.session, short=False)]


async def test_preview_is_copied_as_shown() -> None:
    async with run_app() as app:
        await open_short_preview(app)
        await app.press("Y")
        await app.shows("copied")
        assert app.app.clipboard == app.reports.render(app.session, short=True)


async def test_nothing_to_report_opens_no_preview() -> None:
    async with run_app() as app:
        for key in ("e", "Y"):
            await app.press(key)
            assert "no answer to report yet" in app.hint


async def test_report_is_posted_from_the_palette_after_asking() -> None:
    posted: list[Session] = []

    def post(session: Session) -> str:
        posted.append(session)
        return "posted comment https://git.example/1"

    async with run_app() as app:
        await ask_to_post(app, post)
        await app.press("escape")
        assert posted == []
        app.main.do("report.post")
        await app.shows("for others to read?")
        await app.press("p")
        await app.shows("posted comment https://git.example/1")
        assert posted == [app.session]


async def test_palette_offers_to_post_only_where_a_forge_is_configured() -> None:
    async with run_app() as app:
        await app.run_all()

        def offered() -> bool:
            commands = app.app.get_system_commands(app.main)
            return any(command.title.startswith("Post the report") for command in commands)

        assert not offered()
        app.main.workspace = app.main.workspace._replace(post_report=lambda _: "")
        assert offered()


async def test_refusal_of_a_forge_is_shown() -> None:
    def post(session: Session) -> str:
        raise ForgeError("https://git.example: the token is not accepted (HTTP 401)", "set it")

    async with run_app() as app:
        await ask_to_post(app, post)
        await app.press("p")
        await app.shows("the token is not accepted (HTTP 401)")
