"""Columns for other models of an endpoint."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bbtui.domain.answer import Cell
from bbtui.domain.cost import TokenPrice
from bbtui.domain.host import Host, HostState
from bbtui.domain.problem import Problem
from bbtui.engine.model_columns import column_with, connect_model, with_model
from tests.fakes import BIG, LOCAL, StillProbe, answering, make_connection, make_session
from tests.fakes.catalog import FakeCatalog

FOUR = Cell("webhook", "local-gemma3-4b")


def local(**more):
    return make_connection(LOCAL, **more)._replace(catalog=FakeCatalog())


def add(running, model: str, name: str = LOCAL):
    """Choose a model as the screen does, as a new column."""
    comparison = running.comparison
    endpoint = with_model(comparison.session, name, model, added=True)
    comparison.add_column(connect_model(comparison.hosts.connections[name], endpoint))
    return endpoint


def test_added_column_is_named_by_endpoint_and_model():
    session = make_session()
    added = with_model(session, LOCAL, "gemma3:4b", added=True)
    assert (added.name, added.label) == ("local-gemma3-4b", "Local · gemma3:4b")
    assert (added.configured, added.title) == (LOCAL, "Local · gemma3:4b")
    assert (added.address, added.api) == (session.endpoint(LOCAL).address, "ollama")
    session = session.with_endpoint(added)
    again = with_model(session, added.name, "hf.co/org/gemma:Q4", added=True)
    assert (again.name, again.label) == (
        "local-hf.co-org-gemma-Q4",
        "Local · hf.co/org/gemma:Q4",
    )
    assert with_model(session, LOCAL, "gemma3-4b", added=True).name == "local-gemma3-4b-2"


def test_configured_column_keeps_its_name_with_another_model():
    session = make_session()
    changed = with_model(session, LOCAL, "gemma3:4b", added=False)
    assert changed == replace(session.endpoint(LOCAL), model="gemma3:4b")
    added = with_model(session, LOCAL, "gemma3:4b", added=True)
    session = session.with_endpoint(added)
    other = with_model(session, added.name, "qwen3:8b", added=False)
    assert (other.name, other.label, other.base) == ("local-qwen3-8b", "Local · qwen3:8b", LOCAL)


@pytest.mark.parametrize("added", [False, True])
def test_price_of_an_endpoint_is_not_that_of_another_model(added):
    session = make_session()
    priced = replace(session.endpoint(LOCAL), price=TokenPrice(0.25, 1.25))
    session = session.with_endpoint(priced, LOCAL)
    assert with_model(session, LOCAL, "gemma3:4b", added=added).price is None
    assert with_model(session, LOCAL, priced.model, added=added).price == priced.price


def test_column_with_a_model_is_found_by_its_full_name():
    session = make_session()
    added = with_model(session, LOCAL, "gemma3", added=True)
    session = session.with_endpoint(added)
    assert column_with(session, LOCAL, "gemma3:latest") == added
    assert column_with(session, added.name, "gemma3:1b") == session.endpoint(LOCAL)
    assert column_with(session, BIG, "gemma3:1b") is None, "that is another server"


def test_added_column_runs_and_is_saved(make_run):
    source = answering("Four words to say.")
    running = make_run(connections=[make_connection(BIG), local(source=source)])
    comparison = running.comparison
    comparison.run([Cell("webhook", LOCAL)])
    running.finish()
    endpoint = add(running, "gemma3:4b")
    assert comparison.session.endpoints[-1] == endpoint
    assert running.saved.endpoints == comparison.session.endpoints
    assert FOUR in comparison.missing_cells()
    comparison.run([FOUR])
    running.finish()
    assert running.saved.latest(FOUR).text == "Four words to say."
    assert [request.model for request in source.requests] == ["gemma3:1b", "gemma3:4b"]
    running.until(lambda: comparison.hosts.monitor.last_check(endpoint.name).host.state == "ready")


def test_unused_column_changes_its_model(make_run):
    running = make_run(connections=[make_connection(BIG), local()])
    comparison = running.comparison
    assert not comparison.has_run(LOCAL)
    changed = with_model(comparison.session, LOCAL, "gemma3:4b", added=False)
    comparison.add_column(connect_model(comparison.hosts.connections[LOCAL], changed), LOCAL)
    assert [one.model for one in comparison.session.endpoints] == ["gemma3:27b", "gemma3:4b"]
    assert running.store.calls == [], "nothing has run yet"
    comparison.run([Cell("webhook", LOCAL)])
    assert comparison.has_run(LOCAL)
    running.finish()
    assert comparison.has_run(LOCAL)
    assert running.saved.endpoint(LOCAL).model == "gemma3:4b"


def test_added_column_changes_its_name_with_its_model(make_run):
    running = make_run(connections=[make_connection(BIG), local()])
    comparison = running.comparison
    comparison.run([Cell("webhook", LOCAL)])
    running.finish()
    added = add(running, "gemma3:4b")
    other = with_model(comparison.session, added.name, "qwen3:8b", added=False)
    comparison.add_column(
        connect_model(comparison.hosts.connections[added.name], other), added.name
    )
    assert [one.name for one in running.saved.endpoints] == [BIG, LOCAL, "local-qwen3-8b"]
    assert added.name not in comparison.hosts.connections
    assert other.name in comparison.hosts.connections
    assert comparison.hosts.monitor.last_check(added.name).host.state is HostState.UNKNOWN


def test_columns_of_one_machine_run_one_at_a_time(make_run):
    running = make_run(connections=[make_connection(BIG), local()])
    endpoint = add(running, "gemma3:4b")
    comparison = running.comparison
    comparison.run([Cell("webhook", LOCAL), Cell("webhook", endpoint.name)])
    assert FOUR in comparison.queue.waiting
    running.finish()
    assert comparison.session.mode == "at once", "with the other machine, as before"


@pytest.mark.parametrize(("kept", "mode"), [(True, "alone"), (False, "at once")])
def test_sequential_session_stays_sequential_with_a_new_column(make_run, kept, mode):
    connection = local()
    session = make_session(endpoints=[connection.endpoint])
    running = make_run(session=session, connections=[connection], order="parallel")
    comparison = running.comparison
    assert comparison.session.mode == "alone"
    if kept:
        comparison.run([Cell("webhook", LOCAL)])
        running.finish()
    endpoint = add(running, "gemma3:4b")
    comparison.run([Cell("evennia", LOCAL), Cell("evennia", endpoint.name)])
    assert len(comparison.queue.waiting) == (1 if kept else 0)
    running.finish()
    assert comparison.session.mode == running.saved.mode == mode


def test_check_of_a_replaced_column_is_dropped(make_run):
    probe = StillProbe(Host(HostState.FAILED, Problem("no such model")))
    running = make_run(connections=[make_connection(BIG), local(probe=probe)])
    comparison = running.comparison
    running.until(lambda: comparison.hosts.monitor.last_check(LOCAL).host.state is HostState.FAILED)
    changed = with_model(comparison.session, LOCAL, "gemma3:4b", added=False)
    comparison.add_column(connect_model(comparison.hosts.connections[LOCAL], changed), LOCAL)
    running.until(lambda: comparison.hosts.monitor.last_check(LOCAL).host.state is HostState.READY)
