"""`m`: the models of an endpoint, seen and chosen, pulled, loaded and unloaded."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bbtui.clients.ports import CancelToken
from bbtui.domain.model import Model, PullProgress
from bbtui.engine.chores import Chore
from bbtui.errors import EndpointError
from bbtui.ui.screens.bars import AskBar, ChooseBar
from bbtui.ui.screens.models import ModelsScreen
from tests.fakes import BIG, LOCAL, Script, answering, known, make_connection, sent, text, wait
from tests.fakes.catalog import BIGGER, FakeCatalog
from tests.ui.desks import NARROW, Seat, cell, seated

GB = 1_000_000_000
HALF = PullProgress("pulling aea", 2 * GB, GB)


def desk(shelf: FakeCatalog, **more):
    """Two endpoints, the one on the right with these models."""
    local = make_connection(LOCAL, source=more.pop("local", None), catalog=shelf)
    big = make_connection(BIG, source=more.pop("big", None))
    return seated(connections=[big, local], **more)


async def opened(seat: Seat, words: str = "gemma3:4b") -> None:
    """The sheet of the endpoint on the right, with its list."""
    await seat.press("l", "m")
    await seat.sees(words)


def columns(seat: Seat) -> list[tuple[str, str]]:
    return [(one.name, one.model) for one in seat.session.endpoints]


async def test_the_list_says_size_weights_context_and_what_is_loaded() -> None:
    async with desk(FakeCatalog()) as seat:
        await opened(seat)
        assert "models of Local · http://127.0.0.1:11434" in seat.text
        loaded = seat.row("▸ gemma3:1b")
        for words in ("815 MB", "● loaded", "Q4_K_M", "32,768", "999.89M", "ctx 8192"):
            assert words in loaded
        other = seat.row("  gemma3:4b")
        assert "3.3 GB" in other
        assert "131,072" in other
        assert "loaded" not in other
        await seat.press("escape")
        await seat.until(lambda: seat.top is seat.main)


async def test_on_a_narrow_screen_the_rows_end_with_what_matters_least() -> None:
    long = Model("hf.co/unsloth/Qwen3-30B-A3B-GGUF:Q4_K_M", 18 * GB, "30.5B", "Q4_K_M", 40_960)
    cloud = Model("gpt-oss:120b-cloud", 384, elsewhere="https://ollama.com:443", loaded=False)
    async with desk(FakeCatalog(long, cloud, *FakeCatalog().models), size=NARROW) as seat:
        await opened(seat)
        assert "gemma3:1b" in seat.row("815 MB  ● loaded  Q4_K_M      32,768")
        assert "hf.co/unsloth/Qwen3-30B… " in seat.row("18.0 GB")
        assert "remote" in seat.row("gpt-oss:120b-cloud")
        await seat.pilot.resize_terminal(120, 36)
        await seat.until(lambda: long.name in seat.text)
        assert "answered" in seat.row("gpt-oss")


async def test_a_column_of_which_nothing_was_asked_takes_the_model() -> None:
    local = answering("Four.")
    async with desk(FakeCatalog(), local=local) as seat:
        await opened(seat)
        assert "enter asks it in this column" in seat.text
        await seat.press("j", "enter")
        await seat.until(lambda: columns(seat) == [(BIG, "gemma3:27b"), (LOCAL, "gemma3:4b")])
        await seat.sees("this column asks gemma3:4b now")
        assert "Local · gemma3:4b" in seat.titles[1]
        await seat.run_all()
        assert {request.model for request in local.requests} == {"gemma3:4b"}


async def test_a_column_with_answers_keeps_them_and_another_is_added() -> None:
    async with desk(FakeCatalog()) as seat:
        await seat.run_all()
        await opened(seat)
        assert "enter asks it in a new column" in seat.text
        await seat.press("j", "enter")
        await seat.sees("Local · gemma3:4b is a column of its own: space asks it")
        added = "local-gemma3-4b"
        assert columns(seat)[1:] == [(LOCAL, "gemma3:1b"), (added, "gemma3:4b")]
        assert seat.focused == "Local · gemma3:4b"
        assert seat.titles[2].count("gemma3:4b") == 1
        assert len(seat.main.panes) == 3
        await seat.press("space")
        await seat.until(lambda: seat.answer("webhook", added))
        await seat.settle()
        await seat.press("4")
        assert seat.marks("webhook", added).score == 4
        assert len(seat.session.answers) == 9, "only the new column was asked"
        assert seat.store.saved(seat.session.id).endpoints == seat.session.endpoints


async def test_the_model_of_another_column_is_gone_to_and_not_asked_twice() -> None:
    async with desk(FakeCatalog()) as seat:
        await seat.run_all()
        await opened(seat)
        await seat.press("j", "enter")
        await seat.until(lambda: len(seat.main.panes) == 3)
        await seat.press("h")
        assert seat.focused == "Local"
        await seat.press("m")
        await seat.sees("▸ gemma3:4b")
        await seat.press("j", "enter")
        await seat.until(lambda: seat.focused == "Local · gemma3:4b")
        assert len(seat.session.endpoints) == 3


async def test_a_new_column_is_a_tab_on_a_narrow_screen() -> None:
    async with desk(FakeCatalog(), size=NARROW) as seat:
        await seat.run_all()
        await opened(seat)
        await seat.press("j", "enter")
        await seat.until(lambda: len(seat.main.panes) == 3)
        await seat.until(lambda: "▸· Local · gemma3:4b" in seat.rows[1])


async def test_loading_takes_the_context_of_the_session_and_shows_its_clock(gate) -> None:
    shelf = FakeCatalog(gate=gate)
    async with desk(shelf) as seat:
        await opened(seat)
        await seat.press("j", "l")
        await seat.sees("loading gemma3:4b  ")
        assert "esc stops it · m closes this, and it goes on" in seat.text
        gate.set()
        await seat.sees("loading gemma3:4b: done")
        await seat.until(lambda: "● loaded" in seat.row("  gemma3:4b"))
        assert "load gemma3:4b num_ctx 8192" in shelf.calls


async def test_a_load_is_stopped_with_esc_and_the_sheet_stays(gate) -> None:
    async with desk(FakeCatalog(gate=gate)) as seat:
        await opened(seat)
        await seat.press("j", "l")
        await seat.sees("esc stops it")
        await seat.press("escape")
        await seat.sees("loading gemma3:4b: stopped by you")
        assert isinstance(seat.top, ModelsScreen)
        await seat.press("escape")
        await seat.until(lambda: seat.top is seat.main)


async def test_what_is_under_way_names_the_key_of_the_user_that_closes_the_sheet(gate) -> None:
    async with desk(FakeCatalog(gate=gate), keys={"endpoint.model": "f6"}) as seat:
        await seat.press("l", "f6")
        await seat.sees("gemma3:4b")
        await seat.press("j", "l")
        await seat.sees("esc stops it · f6 closes this, and it goes on")
        await seat.press("f6")
        await seat.until(lambda: seat.top is seat.main)
        gate.set()


async def test_where_the_key_of_the_user_means_something_in_the_sheet_another_is_named(
    gate,
) -> None:
    keys = {"endpoint.model": "l", "pane.next": "tab"}
    async with desk(FakeCatalog(gate=gate), keys=keys) as seat:
        await seat.press("tab", "l")
        await seat.sees("gemma3:4b")
        await seat.press("j", "l")
        await seat.sees("esc stops it · q closes this, and it goes on")
        await seat.press("q")
        await seat.until(lambda: seat.top is seat.main)
        gate.set()


async def test_unloading() -> None:
    shelf = FakeCatalog()
    async with desk(shelf) as seat:
        await opened(seat)
        await seat.press("u")
        await seat.sees("unloading gemma3:1b: done")
        await seat.until(lambda: "● loaded" not in seat.text)
        assert "unload gemma3:1b" in shelf.calls
        await seat.press("u")
        await seat.sees("gemma3:1b is not loaded")


async def test_a_pull_says_its_size_and_asks_before_it_begins(gate) -> None:
    shelf = FakeCatalog(gate=gate)
    shelf.steps = [HALF]
    async with desk(shelf) as seat:
        await opened(seat)
        await seat.press("p")
        await seat.until(lambda: isinstance(seat.top, AskBar))
        await seat.type("qwen3")
        await seat.press("enter")
        await seat.sees("pull qwen3 to Local? 2.0 GB, 1.0 GB of it still to fetch")
        assert "These are the parts named so far" in seat.text
        await seat.press("n")
        await seat.sees("qwen3 was not pulled")
        assert "pull qwen3" not in shelf.calls

        await seat.press("p")
        await seat.type("qwen3")
        await seat.press("enter")
        await seat.until(lambda: isinstance(seat.top, ChooseBar))
        await seat.press("y")
        await seat.sees("━━━━━━━━━━━━────────────   50 %  1.0 GB of 2.0 GB")
        gate.set()
        await seat.sees("pulling qwen3: done")
        await seat.sees("  qwen3  ")


async def test_a_pull_that_is_stopped_can_be_resumed(gate) -> None:
    shelf = FakeCatalog(gate=gate)
    shelf.steps = [HALF]
    async with desk(shelf) as seat:
        await begin_pull(seat)
        await seat.press("escape")
        await seat.sees("stopped by you; pulling again goes on where it stopped")
        assert [model.name for model in shelf.models] == ["gemma3:1b", "gemma3:4b"]


async def test_a_pull_goes_on_when_the_sheet_is_closed_and_says_when_it_is_done(gate) -> None:
    shelf = FakeCatalog(gate=gate)
    shelf.steps = [HALF]
    async with desk(shelf) as seat:
        await begin_pull(seat)
        await seat.press("m")
        await seat.until(lambda: seat.top is seat.main)
        await seat.press("m")
        await seat.sees("50 %  1.0 GB of 2.0 GB")
        await seat.press("u")
        await seat.sees("esc stops it")
        assert "unload gemma3:1b" not in shelf.calls, "one thing at a time"
        await seat.press("m")
        await seat.until(lambda: seat.top is seat.main)
        gate.set()
        await seat.until(lambda: "pulling qwen3: done" in seat.hint)


async def begin_pull(seat: Seat) -> None:
    await opened(seat)
    await seat.press("p")
    await seat.type("qwen3")
    await seat.press("enter")
    await seat.until(lambda: isinstance(seat.top, ChooseBar))
    await seat.press("y")
    await seat.sees("50 %  1.0 GB of 2.0 GB")


class SlowToTell(FakeCatalog):
    """A server that takes its time to say how big a model is."""

    def measure(self, model: str, cancel_token: CancelToken) -> PullProgress | None:
        self._wait(cancel_token)
        return super().measure(model, cancel_token)


async def test_closing_before_the_size_is_known_calls_the_pull_off_and_says_so(gate) -> None:
    shelf = SlowToTell(gate=gate)
    shelf.steps = [HALF]
    async with desk(shelf) as seat:
        await opened(seat)
        await seat.press("p")
        await seat.until(lambda: isinstance(seat.top, AskBar))
        await seat.type("qwen3")
        await seat.press("enter")
        await seat.sees("asking how big qwen3 is")
        await seat.sees("m closes this, and stops it too")
        await seat.press("m")
        await seat.sees("qwen3 was not pulled: how big it is was not known yet")
        assert seat.top is seat.main
        await seat.until(lambda: seat.comparison.chores.under_way(LOCAL) is None)
        assert "pull qwen3" not in shelf.calls


async def test_one_thing_at_a_time_whoever_began_it(gate) -> None:
    shelf = FakeCatalog()
    shelf.steps = [HALF]
    async with desk(shelf) as seat:
        await opened(seat)
        seat.comparison.chores.begin(LOCAL, Chore("loading it elsewhere", lambda _: gate.wait()))
        await seat.press("p")
        await seat.until(lambda: isinstance(seat.top, AskBar))
        await seat.type("qwen3")
        await seat.press("enter")
        await seat.sees("something is under way there: one thing at a time")
        assert "measure qwen3" not in shelf.calls
        await seat.press("escape")
        await seat.until(lambda: seat.top is seat.main)


async def test_a_model_of_which_nothing_is_missing_is_there() -> None:
    async with desk(FakeCatalog()) as seat:
        await opened(seat)
        await seat.press("p")
        await seat.type("gemma3:1b")
        await seat.press("enter")
        await seat.sees("gemma3:1b is there: nothing had to be fetched")


async def test_the_wanted_model_that_is_not_there_comes_first_and_enter_pulls_it() -> None:
    shelf = FakeCatalog(BIGGER)
    shelf.steps = [PullProgress("pulling aea", 815_319_791, 0)]
    async with desk(shelf) as seat:
        await opened(seat)
        assert "not there · enter pulls it" in seat.row("▸ gemma3:1b")
        await seat.press("l")
        await seat.sees("the model under the cursor is not there")
        await seat.press("enter")
        await seat.sees("pull gemma3:1b to Local? 815 MB. These are the parts named so far")
        await seat.press("y")
        await seat.sees("pulling gemma3:1b: done")
        await seat.until(lambda: "not there" not in seat.text)


async def test_a_failure_is_told_with_its_cause_and_its_fix() -> None:
    shelf = FakeCatalog()
    async with desk(shelf) as seat:
        await opened(seat)
        shelf.failing = EndpointError("the server said: [disk] full", "make room on its disk")
        await seat.press("j", "l")
        await seat.sees("loading gemma3:4b failed: the server said: [disk] full")
        await seat.sees("make room on its disk")


async def test_a_list_that_cannot_be_had_leaves_the_screen_alive() -> None:
    shelf = FakeCatalog()
    shelf.failing = EndpointError("nothing listens at 127.0.0.1:11434", "ollama serve")
    async with desk(shelf) as seat:
        await opened(seat, "nothing listens at 127.0.0.1:11434")
        assert "ollama serve" in seat.text
        await seat.press("enter", "l", "u")
        shelf.failing = None
        await seat.press("r")
        await seat.sees("▸ gemma3:1b")


async def test_a_context_the_list_does_not_tell_is_asked_for() -> None:
    shelf = FakeCatalog(Model("gemma3:1b", loaded=True), Model("old:7b", loaded=False))
    shelf.contexts = {"old:7b": 2048}
    async with desk(shelf) as seat:
        await opened(seat, "old:7b")
        assert "2,048" not in seat.text
        await seat.press("j")
        await seat.until(lambda: "2,048" in seat.row("old:7b"))
        assert shelf.calls.count("context_length old:7b") == 1


async def test_what_is_loaded_may_not_be_known() -> None:
    shelf = FakeCatalog()
    shelf.unsure = "which are loaded is not known: a model may be loading"
    async with desk(shelf) as seat:
        await opened(seat)
        await seat.sees("which are loaded is not known")


async def test_a_model_for_embedding_is_not_asked() -> None:
    shelf = FakeCatalog(replace(BIGGER, name="nomic", chats=False), *FakeCatalog().models)
    async with desk(shelf) as seat:
        await opened(seat, "nomic")
        await seat.press("k", "enter")
        await seat.sees("nomic is for embedding and answers no prompts")


@pytest.mark.parametrize("key", ["p", "l", "u"])
async def test_a_server_that_only_lists_says_so(key) -> None:
    connection = replace(make_connection(LOCAL, catalog=FakeCatalog()), manager=None)
    async with seated(connections=[make_connection(BIG), connection]) as seat:
        await opened(seat)
        assert "p pull" not in seat.text
        await seat.press(key)
        await seat.sees("this server only lists its models")


async def test_a_server_that_only_lists_offers_no_pull_of_what_it_does_not_list() -> None:
    connection = replace(make_connection(LOCAL, catalog=FakeCatalog(BIGGER)), manager=None)
    async with seated(connections=[make_connection(BIG), connection]) as seat:
        await opened(seat)
        assert "not in this server's list" in seat.row("▸ gemma3:1b")
        assert "pulls" not in seat.text
        await seat.press("enter")
        await seat.sees("this server only lists its models")


async def test_where_there_is_no_choice_m_says_so() -> None:
    async with desk(FakeCatalog()) as seat:
        assert "m models" not in seat.hint
        await seat.press("m")
        await seat.sees("Big Brain has no models to choose from here")


async def test_loading_beside_an_answer_is_asked_about(gate) -> None:
    held = Script(known(), sent(), text("Held"), wait(gate))
    shelf = FakeCatalog()
    async with desk(shelf, local=held) as seat:
        await seat.press("space")
        await seat.sees("Held")
        await opened(seat)
        await seat.press("j", "l")
        await seat.sees("this machine is answering; loading gemma3:4b meanwhile would change")
        await seat.press("escape")
        await seat.until(lambda: isinstance(seat.top, ModelsScreen))
        assert not any(call.startswith("load") for call in shelf.calls)
        await seat.press("l", "y")
        await seat.sees("loading gemma3:4b: done")
        gate.set()


async def test_a_column_is_added_while_answers_stream(gate) -> None:
    held = Script(known(), sent(), text("Held"), wait(gate), text(" on."))
    async with desk(FakeCatalog(), local=held) as seat:
        await seat.press("space")
        await seat.sees("Held")
        await opened(seat)
        await seat.press("j", "enter")
        await seat.until(lambda: len(seat.main.panes) == 3)
        gate.set()
        await seat.settle()
        assert seat.comparison.answer(cell("webhook", LOCAL)).text == "Held on."


async def test_names_a_terminal_would_obey_are_shown_harmless() -> None:
    async with desk(FakeCatalog(Model("a\x1b[2Jb [red]", 1))) as seat:
        await opened(seat, "a�[2Jb [red]")
