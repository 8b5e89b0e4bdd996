"""`m`: the models of an endpoint, seen and chosen, pulled, loaded and unloaded."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bbtui.clients.ports import CancelToken
from bbtui.domain.model import Model, PullProgress
from bbtui.engine.jobs import Job
from bbtui.errors import EndpointError
from bbtui.ui.screens.models import ModelsScreen
from bbtui.ui.screens.prompts import ChoicePrompt, InputPrompt
from tests.fakes import BIG, LOCAL, Script, answering, known, make_connection, sent, text, wait
from tests.fakes.catalog import BIGGER, FakeCatalog
from tests.ui.driver import NARROW, AppDriver, cell, run_app

GB = 1_000_000_000
HALF = PullProgress("pulling aea", 2 * GB, GB)


def desk(catalog: FakeCatalog, **more):
    """Two endpoints, the one on the right with these models."""
    local = make_connection(LOCAL, source=more.pop("local", None), catalog=catalog)
    big = make_connection(BIG, source=more.pop("big", None))
    return run_app(connections=[big, local], **more)


async def opened(app: AppDriver, words: str = "gemma3:4b") -> None:
    """The sheet of the endpoint on the right, with its list."""
    await app.press("l", "m")
    await app.sees(words)


def columns(app: AppDriver) -> list[tuple[str, str]]:
    return [(one.name, one.model) for one in app.session.endpoints]


async def test_the_list_says_size_weights_context_and_what_is_loaded() -> None:
    async with desk(FakeCatalog()) as app:
        await opened(app)
        assert "models of Local · http://127.0.0.1:11434" in app.text
        loaded = app.row("▸ gemma3:1b")
        for words in ("815 MB", "● loaded", "Q4_K_M", "32,768", "999.89M", "ctx 8192"):
            assert words in loaded
        other = app.row("  gemma3:4b")
        assert "3.3 GB" in other
        assert "131,072" in other
        assert "loaded" not in other
        await app.press("escape")
        await app.until(lambda: app.top is app.main)


async def test_on_a_narrow_screen_the_rows_end_with_what_matters_least() -> None:
    long = Model("hf.co/unsloth/Qwen3-30B-A3B-GGUF:Q4_K_M", 18 * GB, "30.5B", "Q4_K_M", 40_960)
    cloud = Model("gpt-oss:120b-cloud", 384, elsewhere="https://ollama.com:443", loaded=False)
    async with desk(FakeCatalog(long, cloud, *FakeCatalog().models), size=NARROW) as app:
        await opened(app)
        assert "gemma3:1b" in app.row("815 MB  ● loaded  Q4_K_M      32,768")
        assert "hf.co/unsloth/Qwen3-30B… " in app.row("18.0 GB")
        assert "remote" in app.row("gpt-oss:120b-cloud")
        await app.pilot.resize_terminal(120, 36)
        await app.until(lambda: long.name in app.text)
        assert "runs on" in app.row("gpt-oss")


async def test_a_column_of_which_nothing_was_asked_takes_the_model() -> None:
    local = answering("Four.")
    async with desk(FakeCatalog(), local=local) as app:
        await opened(app)
        assert "enter uses it in this column" in app.text
        await app.press("j", "enter")
        await app.until(lambda: columns(app) == [(BIG, "gemma3:27b"), (LOCAL, "gemma3:4b")])
        await app.sees("this column asks gemma3:4b now")
        assert "Local · gemma3:4b" in app.titles[1]
        await app.run_all()
        assert {request.model for request in local.requests} == {"gemma3:4b"}


async def test_a_column_with_answers_keeps_them_and_another_is_added() -> None:
    async with desk(FakeCatalog()) as app:
        await app.run_all()
        await opened(app)
        assert "enter adds a column" in app.text
        await app.press("j", "enter")
        await app.sees("Local · gemma3:4b is a column of its own: space asks it")
        added = "local-gemma3-4b"
        assert columns(app)[1:] == [(LOCAL, "gemma3:1b"), (added, "gemma3:4b")]
        assert app.focused == "Local · gemma3:4b"
        assert app.titles[2].count("gemma3:4b") == 1
        assert len(app.main.panes) == 3
        await app.press("space")
        await app.until(lambda: app.answer("webhook", added))
        await app.settle()
        await app.press("4")
        assert app.marks("webhook", added).score == 4
        assert len(app.session.answers) == 9, "only the new column was asked"
        assert app.store.saved(app.session.id).endpoints == app.session.endpoints


async def test_the_model_of_another_column_is_gone_to_and_not_asked_twice() -> None:
    async with desk(FakeCatalog()) as app:
        await app.run_all()
        await opened(app)
        await app.press("j", "enter")
        await app.until(lambda: len(app.main.panes) == 3)
        await app.press("h")
        assert app.focused == "Local"
        await app.press("m")
        await app.sees("▸ gemma3:4b")
        await app.press("j", "enter")
        await app.until(lambda: app.focused == "Local · gemma3:4b")
        assert len(app.session.endpoints) == 3


async def test_a_new_column_is_a_tab_on_a_narrow_screen() -> None:
    async with desk(FakeCatalog(), size=NARROW) as app:
        await app.run_all()
        await opened(app)
        await app.press("j", "enter")
        await app.until(lambda: len(app.main.panes) == 3)
        await app.until(lambda: "▸· Local · gemma3:4b" in app.rows[1])


async def test_loading_takes_the_context_of_the_session_and_shows_its_clock(release) -> None:
    catalog = FakeCatalog(release=release)
    async with desk(catalog) as app:
        await opened(app)
        await app.press("j", "l")
        await app.sees("loading gemma3:4b  ")
        assert "esc stops it · m closes this dialog, it continues" in app.text
        release.set()
        await app.sees("loading gemma3:4b: done")
        await app.until(lambda: "● loaded" in app.row("  gemma3:4b"))
        assert "load gemma3:4b num_ctx 8192" in catalog.calls


async def test_a_load_is_stopped_with_esc_and_the_sheet_stays(release) -> None:
    async with desk(FakeCatalog(release=release)) as app:
        await opened(app)
        await app.press("j", "l")
        await app.sees("esc stops it")
        await app.press("escape")
        await app.sees("loading gemma3:4b: stopped by you")
        assert isinstance(app.top, ModelsScreen)
        await app.press("escape")
        await app.until(lambda: app.top is app.main)


async def test_what_is_under_way_names_the_key_of_the_user_that_closes_the_sheet(release) -> None:
    async with desk(FakeCatalog(release=release), keys={"endpoint.model": "f6"}) as app:
        await app.press("l", "f6")
        await app.sees("gemma3:4b")
        await app.press("j", "l")
        await app.sees("esc stops it · f6 closes this dialog, it continues")
        await app.press("f6")
        await app.until(lambda: app.top is app.main)
        release.set()


async def test_where_the_key_of_the_user_means_something_in_the_sheet_another_is_named(
    release,
) -> None:
    keys = {"endpoint.model": "l", "pane.next": "tab"}
    async with desk(FakeCatalog(release=release), keys=keys) as app:
        await app.press("tab", "l")
        await app.sees("gemma3:4b")
        await app.press("j", "l")
        await app.sees("esc stops it · q closes this dialog, it continues")
        await app.press("q")
        await app.until(lambda: app.top is app.main)
        release.set()


async def test_unloading() -> None:
    catalog = FakeCatalog()
    async with desk(catalog) as app:
        await opened(app)
        await app.press("u")
        await app.sees("unloading gemma3:1b: done")
        await app.until(lambda: "● loaded" not in app.text)
        assert "unload gemma3:1b" in catalog.calls
        await app.press("u")
        await app.sees("gemma3:1b is not loaded")


async def test_a_pull_says_its_size_and_asks_before_it_begins(release) -> None:
    catalog = FakeCatalog(release=release)
    catalog.steps = [HALF]
    async with desk(catalog) as app:
        await opened(app)
        await app.press("p")
        await app.until(lambda: isinstance(app.top, InputPrompt))
        await app.type("qwen3")
        await app.press("enter")
        await app.sees("pull qwen3 to Local? 2.0 GB, 1.0 GB of it left to download")
        assert "The server may add smaller files" in app.text
        await app.press("n")
        await app.sees("pull of qwen3 cancelled")
        assert "pull qwen3" not in catalog.calls

        await app.press("p")
        await app.type("qwen3")
        await app.press("enter")
        await app.until(lambda: isinstance(app.top, ChoicePrompt))
        await app.press("y")
        await app.sees("━━━━━━━━━━━━────────────   50 %  1.0 GB of 2.0 GB")
        release.set()
        await app.sees("pulling qwen3: done")
        await app.sees("  qwen3  ")


async def test_a_pull_that_is_stopped_can_be_resumed(release) -> None:
    catalog = FakeCatalog(release=release)
    catalog.steps = [HALF]
    async with desk(catalog) as app:
        await begin_pull(app)
        await app.press("escape")
        await app.sees("stopped by you; pull it again to resume")
        assert [model.name for model in catalog.models] == ["gemma3:1b", "gemma3:4b"]


async def test_a_pull_goes_on_when_the_sheet_is_closed_and_says_when_it_is_done(release) -> None:
    catalog = FakeCatalog(release=release)
    catalog.steps = [HALF]
    async with desk(catalog) as app:
        await begin_pull(app)
        await app.press("m")
        await app.until(lambda: app.top is app.main)
        await app.press("m")
        await app.sees("50 %  1.0 GB of 2.0 GB")
        await app.press("u")
        await app.sees("esc stops it")
        assert "unload gemma3:1b" not in catalog.calls, "one thing at a time"
        await app.press("m")
        await app.until(lambda: app.top is app.main)
        release.set()
        await app.until(lambda: "pulling qwen3: done" in app.hint)


async def begin_pull(app: AppDriver) -> None:
    await opened(app)
    await app.press("p")
    await app.type("qwen3")
    await app.press("enter")
    await app.until(lambda: isinstance(app.top, ChoicePrompt))
    await app.press("y")
    await app.sees("50 %  1.0 GB of 2.0 GB")


class SlowToTell(FakeCatalog):
    """A server that takes its time to say how big a model is."""

    def measure(self, model: str, cancel_token: CancelToken) -> PullProgress | None:
        self._wait(cancel_token)
        return super().measure(model, cancel_token)


async def test_closing_before_the_size_is_known_calls_the_pull_off_and_says_so(release) -> None:
    catalog = SlowToTell(release=release)
    catalog.steps = [HALF]
    async with desk(catalog) as app:
        await opened(app)
        await app.press("p")
        await app.until(lambda: isinstance(app.top, InputPrompt))
        await app.type("qwen3")
        await app.press("enter")
        await app.sees("checking the size of qwen3")
        await app.sees("m closes this dialog, cancels it too")
        await app.press("m")
        await app.sees("pull cancelled: size of qwen3 not determined")
        assert app.top is app.main
        await app.until(lambda: app.comparison.jobs.running(LOCAL) is None)
        assert "pull qwen3" not in catalog.calls


async def test_one_thing_at_a_time_whoever_began_it(release) -> None:
    catalog = FakeCatalog()
    catalog.steps = [HALF]
    async with desk(catalog) as app:
        await opened(app)
        app.comparison.jobs.start(LOCAL, Job("loading it elsewhere", lambda _: release.wait()))
        await app.press("p")
        await app.until(lambda: isinstance(app.top, InputPrompt))
        await app.type("qwen3")
        await app.press("enter")
        await app.sees("busy: loading it elsewhere")
        assert "measure qwen3" not in catalog.calls
        await app.press("escape")
        await app.until(lambda: app.top is app.main)


async def test_a_model_of_which_nothing_is_missing_is_there() -> None:
    async with desk(FakeCatalog()) as app:
        await opened(app)
        await app.press("p")
        await app.type("gemma3:1b")
        await app.press("enter")
        await app.sees("gemma3:1b is up to date: nothing to download")


async def test_the_wanted_model_that_is_not_there_comes_first_and_enter_pulls_it() -> None:
    catalog = FakeCatalog(BIGGER)
    catalog.steps = [PullProgress("pulling aea", 815_319_791, 0)]
    async with desk(catalog) as app:
        await opened(app)
        assert "not on this server · enter pulls it" in app.row("▸ gemma3:1b")
        await app.press("l")
        await app.sees("this model is not on the server")
        await app.press("enter")
        await app.sees("pull gemma3:1b to Local? 815 MB. The server may add smaller files")
        await app.press("y")
        await app.sees("pulling gemma3:1b: done")
        await app.until(lambda: "not on this server" not in app.text)


async def test_a_failure_is_told_with_its_cause_and_its_fix() -> None:
    catalog = FakeCatalog()
    async with desk(catalog) as app:
        await opened(app)
        catalog.failing = EndpointError("server message: [disk] full", "make room on its disk")
        await app.press("j", "l")
        await app.sees("loading gemma3:4b failed: server message: [disk] full")
        await app.sees("make room on its disk")


async def test_a_list_that_cannot_be_had_leaves_the_screen_alive() -> None:
    catalog = FakeCatalog()
    catalog.failing = EndpointError("nothing listens at 127.0.0.1:11434", "ollama serve")
    async with desk(catalog) as app:
        await opened(app, "nothing listens at 127.0.0.1:11434")
        assert "ollama serve" in app.text
        await app.press("enter", "l", "u")
        catalog.failing = None
        await app.press("r")
        await app.sees("▸ gemma3:1b")


async def test_a_context_the_list_does_not_tell_is_asked_for() -> None:
    catalog = FakeCatalog(Model("gemma3:1b", loaded=True), Model("old:7b", loaded=False))
    catalog.contexts = {"old:7b": 2048}
    async with desk(catalog) as app:
        await opened(app, "old:7b")
        assert "2,048" not in app.text
        await app.press("j")
        await app.until(lambda: "2,048" in app.row("old:7b"))
        assert catalog.calls.count("context_length old:7b") == 1


async def test_what_is_loaded_may_not_be_known() -> None:
    catalog = FakeCatalog()
    catalog.unsure = "which are loaded is not known: a model may be loading"
    async with desk(catalog) as app:
        await opened(app)
        await app.sees("which are loaded is not known")


async def test_a_model_for_embedding_is_not_asked() -> None:
    catalog = FakeCatalog(replace(BIGGER, name="nomic", chats=False), *FakeCatalog().models)
    async with desk(catalog) as app:
        await opened(app, "nomic")
        await app.press("k", "enter")
        await app.sees("nomic is an embedding model: it cannot answer prompts")


@pytest.mark.parametrize("key", ["p", "l", "u"])
async def test_a_server_that_only_lists_says_so(key) -> None:
    connection = replace(make_connection(LOCAL, catalog=FakeCatalog()), manager=None)
    async with run_app(connections=[make_connection(BIG), connection]) as app:
        await opened(app)
        assert "p pulls" not in app.text
        await app.press(key)
        await app.sees("this server can only list its models")


async def test_a_server_that_only_lists_offers_no_pull_of_what_it_does_not_list() -> None:
    connection = replace(make_connection(LOCAL, catalog=FakeCatalog(BIGGER)), manager=None)
    async with run_app(connections=[make_connection(BIG), connection]) as app:
        await opened(app)
        assert "not on this server" in app.row("▸ gemma3:1b")
        assert "pulls" not in app.text
        await app.press("enter")
        await app.sees("this server can only list its models")


async def test_where_there_is_no_choice_m_says_so() -> None:
    async with desk(FakeCatalog()) as app:
        assert "m models" not in app.hint
        await app.press("m")
        await app.sees("Big Brain has no models to choose from here")


async def test_loading_beside_an_answer_is_asked_about(release) -> None:
    held = Script(known(), sent(), text("Held"), wait(release))
    catalog = FakeCatalog()
    async with desk(catalog, local=held) as app:
        await app.press("space")
        await app.sees("Held")
        await opened(app)
        await app.press("j", "l")
        await app.sees("this machine is generating an answer; loading gemma3:4b now would skew")
        await app.press("escape")
        await app.until(lambda: isinstance(app.top, ModelsScreen))
        assert not any(call.startswith("load") for call in catalog.calls)
        await app.press("l", "y")
        await app.sees("loading gemma3:4b: done")
        release.set()


async def test_a_column_is_added_while_answers_stream(release) -> None:
    held = Script(known(), sent(), text("Held"), wait(release), text(" on."))
    async with desk(FakeCatalog(), local=held) as app:
        await app.press("space")
        await app.sees("Held")
        await opened(app)
        await app.press("j", "enter")
        await app.until(lambda: len(app.main.panes) == 3)
        release.set()
        await app.settle()
        assert app.comparison.answer(cell("webhook", LOCAL)).text == "Held on."


async def test_names_a_terminal_would_obey_are_shown_harmless() -> None:
    async with desk(FakeCatalog(Model("a\x1b[2Jb [red]", 1))) as app:
        await opened(app, "a�[2Jb [red]")
