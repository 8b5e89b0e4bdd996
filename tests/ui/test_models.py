"""The models dialog (`m`): list, select, pull, load and unload models."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bbtui.clients.ports import CancelToken
from bbtui.domain.model import Model, PullProgress
from bbtui.engine.jobs import Job
from bbtui.errors import EndpointError
from bbtui.ui.screens.dialogs import ChoicePrompt, InputPrompt
from bbtui.ui.screens.models import ModelsScreen
from tests.fakes import BIG, LOCAL, Script, answering, known, make_connection, sent, text, wait
from tests.fakes.catalog import BIGGER, FakeCatalog
from tests.ui.driver import NARROW, AppDriver, cell, run_app

GB = 1_000_000_000
HALF = PullProgress("pulling aea", 2 * GB, GB)


def run_models_app(catalog: FakeCatalog, **more):
    """Run the app with two endpoints, the one on the right with these models."""
    local = make_connection(LOCAL, source=more.pop("local", None), catalog=catalog)
    big = make_connection(BIG, source=more.pop("big", None))
    return run_app(connections=[big, local], **more)


async def open_models(app: AppDriver, text: str = "gemma3:4b") -> None:
    """Open the dialog of the endpoint on the right, and wait for its list."""
    await app.press("l", "m")
    await app.shows(text)


def columns(app: AppDriver) -> list[tuple[str, str]]:
    return [(one.name, one.model) for one in app.session.endpoints]


async def test_list_shows_size_state_context_and_parameters() -> None:
    async with run_models_app(FakeCatalog()) as app:
        await open_models(app)
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


async def test_narrow_screen_cuts_the_least_important_columns() -> None:
    long = Model("hf.co/unsloth/Qwen3-30B-A3B-GGUF:Q4_K_M", 18 * GB, "30.5B", "Q4_K_M", 40_960)
    cloud = Model("gpt-oss:120b-cloud", 384, elsewhere="https://ollama.com:443", loaded=False)
    async with run_models_app(FakeCatalog(long, cloud, *FakeCatalog().models), size=NARROW) as app:
        await open_models(app)
        assert "gemma3:1b" in app.row("815 MB  ● loaded  Q4_K_M      32,768")
        assert "hf.co/unsloth/Qwen3-30B… " in app.row("18.0 GB")
        assert "remote" in app.row("gpt-oss:120b-cloud")
        await app.resize(120, 36)
        await app.until(lambda: long.name in app.text)
        assert "runs on" in app.row("gpt-oss")


async def test_selected_model_replaces_that_of_a_column_without_answers() -> None:
    local = answering("Four.")
    async with run_models_app(FakeCatalog(), local=local) as app:
        await open_models(app)
        await app.shows("enter uses it in this column")
        await app.press("j", "enter")
        await app.until(lambda: columns(app) == [(BIG, "gemma3:27b"), (LOCAL, "gemma3:4b")])
        await app.shows("column now uses gemma3:4b")
        assert "Local · gemma3:4b" in app.titles[1]
        await app.run_all()
        assert {request.model for request in local.requests} == {"gemma3:4b"}


async def test_selected_model_adds_a_column_beside_one_with_answers() -> None:
    async with run_models_app(FakeCatalog()) as app:
        await app.run_all()
        await open_models(app)
        await app.shows("enter adds a column")
        await app.press("j", "enter")
        await app.shows("added a column for Local · gemma3:4b; space runs it")
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


async def test_selected_model_of_another_column_focuses_that_column() -> None:
    async with run_models_app(FakeCatalog()) as app:
        await app.run_all()
        await open_models(app)
        await app.press("j", "enter")
        await app.until(lambda: len(app.main.panes) == 3)
        await app.press("h")
        assert app.focused == "Local"
        await app.press("m")
        await app.shows("▸ gemma3:4b")
        await app.press("j", "enter")
        await app.until(lambda: app.focused == "Local · gemma3:4b")
        assert len(app.session.endpoints) == 3


async def test_added_column_is_a_tab_on_a_narrow_screen() -> None:
    async with run_models_app(FakeCatalog(), size=NARROW) as app:
        await app.run_all()
        await open_models(app)
        await app.press("j", "enter")
        await app.until(lambda: len(app.main.panes) == 3)
        await app.until(lambda: "▸· Local · gemma3:4b" in app.rows[2])


async def test_load_uses_the_session_options_and_shows_its_time(release) -> None:
    catalog = FakeCatalog(release=release)
    async with run_models_app(catalog) as app:
        await open_models(app)
        await app.press("j", "l")
        await app.shows("loading gemma3:4b  ")
        assert "esc stops it · m closes this dialog, it continues" in app.text
        release.set()
        await app.shows("loading gemma3:4b: done")
        await app.until(lambda: "● loaded" in app.row("  gemma3:4b"))
        assert "load gemma3:4b num_ctx 8192" in catalog.calls


async def test_esc_cancels_a_load_and_keeps_the_dialog(release) -> None:
    async with run_models_app(FakeCatalog(release=release)) as app:
        await open_models(app)
        await app.press("j", "l")
        await app.shows("esc stops it")
        await app.press("escape")
        await app.shows("loading gemma3:4b: stopped by you")
        assert isinstance(app.top, ModelsScreen)
        await app.press("escape")
        await app.until(lambda: app.top is app.main)


async def test_remapped_key_is_named_as_the_closing_key(release) -> None:
    async with run_models_app(FakeCatalog(release=release), keys={"endpoint.model": "f6"}) as app:
        await app.press("l", "f6")
        await app.shows("gemma3:4b")
        await app.press("j", "l")
        await app.shows("esc stops it · F6 closes this dialog, it continues")
        await app.press("f6")
        await app.until(lambda: app.top is app.main)
        release.set()


async def test_remapped_key_used_in_the_dialog_is_not_the_closing_key(
    release,
) -> None:
    keys = {"endpoint.model": "l", "pane.next": "tab"}
    async with run_models_app(FakeCatalog(release=release), keys=keys) as app:
        await app.press("tab", "l")
        await app.shows("gemma3:4b")
        await app.press("j", "l")
        await app.shows("esc stops it · q closes this dialog, it continues")
        await app.press("q")
        await app.until(lambda: app.top is app.main)
        release.set()


async def test_unload_updates_the_list() -> None:
    catalog = FakeCatalog()
    async with run_models_app(catalog) as app:
        await open_models(app)
        await app.press("u")
        await app.shows("unloading gemma3:1b: done")
        await app.until(lambda: "● loaded" not in app.text)
        assert "unload gemma3:1b" in catalog.calls
        await app.press("u")
        await app.shows("gemma3:1b is not loaded")


async def test_pull_shows_its_size_and_starts_once_confirmed(release) -> None:
    catalog = FakeCatalog(release=release)
    catalog.steps = [HALF]
    async with run_models_app(catalog) as app:
        await open_models(app)
        await app.press("p")
        await app.until(lambda: isinstance(app.top, InputPrompt))
        await app.type("qwen3")
        await app.press("enter")
        await app.shows("pull qwen3 to Local? 2.0 GB, 1.0 GB of it left to download")
        assert "The server may add smaller files" in app.text
        await app.press("n")
        await app.shows("pull of qwen3 cancelled")
        assert "pull qwen3" not in catalog.calls

        await app.press("p")
        await app.type("qwen3")
        await app.press("enter")
        await app.until(lambda: isinstance(app.top, ChoicePrompt))
        await app.press("y")
        await app.shows("━━━━━━━━━━━━────────────   50 %  1.0 GB of 2.0 GB")
        release.set()
        await app.shows("pulling qwen3: done")
        await app.shows("  qwen3  ")


async def test_cancelled_pull_can_be_resumed(release) -> None:
    catalog = FakeCatalog(release=release)
    catalog.steps = [HALF]
    async with run_models_app(catalog) as app:
        await begin_pull(app)
        await app.press("escape")
        await app.shows("stopped by you; pull it again to resume")
        assert [model.name for model in catalog.models] == ["gemma3:1b", "gemma3:4b"]


async def test_pull_continues_after_closing_and_its_end_is_notified(release) -> None:
    catalog = FakeCatalog(release=release)
    catalog.steps = [HALF]
    async with run_models_app(catalog) as app:
        await begin_pull(app)
        await app.press("m")
        await app.until(lambda: app.top is app.main)
        await app.press("m")
        await app.shows("50 %  1.0 GB of 2.0 GB")
        await app.press("u")
        await app.shows("esc stops it")
        assert "unload gemma3:1b" not in catalog.calls, "one thing at a time"
        await app.press("m")
        await app.until(lambda: app.top is app.main)
        release.set()
        await app.until(lambda: "pulling qwen3: done" in app.hint)


async def begin_pull(app: AppDriver) -> None:
    await open_models(app)
    await app.press("p")
    await app.type("qwen3")
    await app.press("enter")
    await app.until(lambda: isinstance(app.top, ChoicePrompt))
    await app.press("y")
    await app.shows("50 %  1.0 GB of 2.0 GB")


class SlowCatalog(FakeCatalog):
    """A server that is slow to report the size of a model."""

    def measure(self, model: str, cancel_token: CancelToken) -> PullProgress | None:
        self._wait(cancel_token)
        return super().measure(model, cancel_token)


async def test_closing_before_the_size_is_known_cancels_the_pull(release) -> None:
    catalog = SlowCatalog(release=release)
    catalog.steps = [HALF]
    async with run_models_app(catalog) as app:
        await open_models(app)
        await app.press("p")
        await app.until(lambda: isinstance(app.top, InputPrompt))
        await app.type("qwen3")
        await app.press("enter")
        await app.shows("checking the size of qwen3")
        await app.shows("m closes this dialog, cancels it too")
        await app.press("m")
        await app.shows("pull cancelled: size of qwen3 not determined")
        assert app.top is app.main
        await app.until(lambda: app.comparison.jobs.running(LOCAL) is None)
        assert "pull qwen3" not in catalog.calls


async def test_job_started_elsewhere_blocks_a_pull(release) -> None:
    catalog = FakeCatalog()
    catalog.steps = [HALF]
    async with run_models_app(catalog) as app:
        await open_models(app)
        app.comparison.jobs.start(LOCAL, Job("loading it elsewhere", lambda _: release.wait()))
        await app.press("p")
        await app.until(lambda: isinstance(app.top, InputPrompt))
        await app.type("qwen3")
        await app.press("enter")
        await app.shows("busy: loading it elsewhere")
        assert "measure qwen3" not in catalog.calls
        await app.press("escape")
        await app.until(lambda: app.top is app.main)


async def test_pull_of_a_complete_model_downloads_nothing() -> None:
    async with run_models_app(FakeCatalog()) as app:
        await open_models(app)
        await app.press("p")
        await app.type("gemma3:1b")
        await app.press("enter")
        await app.shows("gemma3:1b is up to date: nothing to download")


async def test_missing_model_comes_first_and_enter_pulls_it() -> None:
    catalog = FakeCatalog(BIGGER)
    catalog.steps = [PullProgress("pulling aea", 815_319_791, 0)]
    async with run_models_app(catalog) as app:
        await open_models(app)
        assert "not on this server · enter pulls it" in app.row("▸ gemma3:1b")
        await app.press("l")
        await app.shows("this model is not on the server")
        await app.press("enter")
        await app.shows("pull gemma3:1b to Local? 815 MB. The server may add smaller files")
        await app.press("y")
        await app.shows("pulling gemma3:1b: done")
        await app.until(lambda: "not on this server" not in app.text)


async def test_failed_job_shows_cause_and_fix() -> None:
    catalog = FakeCatalog()
    async with run_models_app(catalog) as app:
        await open_models(app)
        catalog.failing = EndpointError("server message: [disk] full", "make room on its disk")
        await app.press("j", "l")
        await app.shows("loading gemma3:4b failed: server message: [disk] full")
        await app.shows("make room on its disk")


async def test_failed_list_shows_its_error_and_can_be_read_again() -> None:
    catalog = FakeCatalog()
    catalog.failing = EndpointError("nothing listens at 127.0.0.1:11434", "ollama serve")
    async with run_models_app(catalog) as app:
        await open_models(app, "nothing listens at 127.0.0.1:11434")
        assert "ollama serve" in app.text
        await app.press("enter", "l", "u")
        catalog.failing = None
        await app.press("r")
        await app.shows("▸ gemma3:1b")


async def test_missing_context_length_is_requested_once() -> None:
    catalog = FakeCatalog(Model("gemma3:1b", loaded=True), Model("old:7b", loaded=False))
    catalog.contexts = {"old:7b": 2048}
    async with run_models_app(catalog) as app:
        await open_models(app, "old:7b")
        assert "2,048" not in app.text
        await app.press("j")
        await app.until(lambda: "2,048" in app.row("old:7b"))
        assert catalog.calls.count("context_length old:7b") == 1


async def test_unknown_loaded_models_are_reported() -> None:
    catalog = FakeCatalog()
    catalog.unsure = "loaded models unknown: a model may be loading"
    async with run_models_app(catalog) as app:
        await open_models(app)
        await app.shows("loaded models unknown")


async def test_embedding_model_cannot_be_selected() -> None:
    catalog = FakeCatalog(replace(BIGGER, name="nomic", chats=False), *FakeCatalog().models)
    async with run_models_app(catalog) as app:
        await open_models(app, "nomic")
        await app.press("k", "enter")
        await app.shows("nomic is an embedding model: it cannot answer prompts")


@pytest.mark.parametrize("key", ["p", "l", "u"])
async def test_read_only_server_refuses_changes(key) -> None:
    connection = make_connection(LOCAL, catalog=FakeCatalog())._replace(manager=None)
    async with run_app(connections=[make_connection(BIG), connection]) as app:
        await open_models(app)
        assert "p pulls" not in app.text
        await app.press(key)
        await app.shows("this server can only list its models")


async def test_read_only_server_offers_no_pull_of_a_missing_model() -> None:
    connection = make_connection(LOCAL, catalog=FakeCatalog(BIGGER))._replace(manager=None)
    async with run_app(connections=[make_connection(BIG), connection]) as app:
        await open_models(app)
        assert "not on this server" in app.row("▸ gemma3:1b")
        assert "pulls" not in app.text
        await app.press("enter")
        await app.shows("this server can only list its models")


async def test_endpoint_without_models_shows_a_message() -> None:
    async with run_models_app(FakeCatalog()) as app:
        assert "m models" not in app.hint
        await app.press("m")
        await app.shows("Big Brain: no model list available")


async def test_load_beside_an_answer_needs_confirmation(release) -> None:
    held = Script(known(), sent(), text("Held"), wait(release))
    catalog = FakeCatalog()
    async with run_models_app(catalog, local=held) as app:
        await app.press("space")
        await app.shows("Held")
        await open_models(app)
        await app.press("j", "l")
        await app.shows("this machine is generating an answer; loading gemma3:4b now would skew")
        await app.press("escape")
        await app.until(lambda: isinstance(app.top, ModelsScreen))
        assert not any(call.startswith("load") for call in catalog.calls)
        await app.press("l", "y")
        await app.shows("loading gemma3:4b: done")
        release.set()


async def test_column_is_added_while_answers_stream(release) -> None:
    held = Script(known(), sent(), text("Held"), wait(release), text(" on."))
    async with run_models_app(FakeCatalog(), local=held) as app:
        await app.press("space")
        await app.shows("Held")
        await open_models(app)
        await app.press("j", "enter")
        await app.until(lambda: len(app.main.panes) == 3)
        release.set()
        await app.settle()
        assert app.comparison.answer(cell("webhook", LOCAL)).text == "Held on."


async def test_control_characters_in_names_are_replaced() -> None:
    async with run_models_app(FakeCatalog(Model("a\x1b[2Jb [red]", 1))) as app:
        await open_models(app, "a�[2Jb [red]")
