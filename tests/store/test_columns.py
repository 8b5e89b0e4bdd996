from __future__ import annotations

from dataclasses import replace

import pytest

from bbtui.domain.answer import Cell
from bbtui.domain.problem import Problem
from bbtui.domain.session import HostRecord
from bbtui.errors import StoreError
from bbtui.store.sessions import SessionStore
from bbtui.store.uuid7 import new_id
from tests.fakes import LOCAL, make_answer, make_endpoint, make_session

OTHER = replace(make_endpoint(LOCAL), model="gemma3:4b")
COLUMN = replace(OTHER, name="local-gemma3-4b", label="Local · gemma3:4b", base=LOCAL)


def opened(tmp_path, **more):
    store = SessionStore.open(tmp_path / "sessions.db")
    return store, store.create(replace(make_session(**more), id=new_id()))


def test_added_column_keeps_the_name_of_its_base(tmp_path):
    store, session = opened(tmp_path)
    with store:
        store.add_endpoint(session.id, COLUMN)
        kept = store.load().endpoints
    assert kept == (*session.endpoints, COLUMN)
    assert (kept[-1].configured, kept[0].configured) == (LOCAL, "big-brain")


@pytest.mark.parametrize("other", [OTHER, COLUMN])
def test_column_without_answers_can_change_its_model(tmp_path, other):
    store, session = opened(tmp_path)
    with store:
        store.save_host(
            session.id, LOCAL, HostRecord(problem=Problem("it does not have the model"))
        )
        store.change_endpoint(session.id, LOCAL, other)
        kept = store.load()
    assert kept == session.with_endpoint(other, LOCAL)
    assert kept.endpoints == (session.endpoints[0], other)
    assert kept.seen == {}, "what was seen was seen of the model before"


def test_column_with_answers_cannot_change_its_model(tmp_path):
    store, session = opened(tmp_path, answers=[make_answer(Cell("webhook", LOCAL))])
    with store:
        with pytest.raises(
            StoreError, match="cannot change the model of local: it has answers in this session"
        ):
            store.change_endpoint(session.id, LOCAL, OTHER)
        with pytest.raises(StoreError, match="no endpoint 'nobody'"):
            store.change_endpoint(session.id, "nobody", OTHER)
        assert store.load() == session
