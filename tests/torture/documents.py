"""Scenarios of files that others wrote: session documents, settings, tasks."""

from __future__ import annotations

import json
import random
import tempfile
from pathlib import Path
from typing import Any

from bbtui.config.load import load_settings
from bbtui.config.tasks import load_tasks
from bbtui.errors import ConfigError, StoreError, TasksError, UsageError
from bbtui.exchange.json_file import from_json, to_json
from bbtui.locations import shipped
from bbtui.store.sessions import SessionStore
from tests.config import locations
from tests.report import samples
from tests.store.builders import small_session
from tests.torture.faults import damaged, hostile, mutated
from tests.torture.invariants import assert_explained, assert_harmless, assert_reported

SAMPLES = (samples.complete, samples.three_endpoints, samples.hostile, samples.trials)
CONFIG = """
theme = "big-brain"
[session]
title = "A title"
[options]
temperature = 0.3
num_ctx = 8192
stop = ["END"]
[[endpoints]]
name = "big"
url = "http://127.0.0.1:11434"
model = "gemma3:1b"
headers = { Authorization = "env:BIG_AUTH" }
[endpoints.pod]
provider = "runpod"
id = "7h9k2m4n6p"
[keys]
"round.run" = "f7"
"""


def hostile_document(choice: random.Random) -> str:
    """Return a session document that is damaged, inconsistent or far too large."""
    document: Any = json.loads(to_json(choice.choice(SAMPLES)()))
    match choice.randrange(6):
        case 0:
            text = json.dumps(document)
            return damaged(choice, text.encode(), 4).decode("utf-8", "surrogateescape")
        case 1:
            depth = choice.choice((100, 2_000, 100_000))
            document["about"] = "DEEP"
            return json.dumps(document).replace('"DEEP"', "[" * depth + "]" * depth)
        case 2:
            document["trials"] = "MANY"
            many = choice.choice((str(10**9), "9" * 10_000, "-1", "1e400", "0.5"))
            return json.dumps(document).replace('"MANY"', many)
        case 3:
            return to_json(small_session(hostile(choice)))[: choice.randrange(400)]
        case _:
            return json.dumps(mutated(choice, document, 5))


def document(choice: random.Random) -> None:
    """A session document with damage: refused in one sentence, or read, saved and reported."""
    try:
        session = from_json(hostile_document(choice), "s.json")
    except UsageError as error:
        assert_explained(error, "s.json: ")
        return
    assert_reported(session)
    with (
        tempfile.TemporaryDirectory() as folder,
        SessionStore.open(Path(folder) / "sessions.db") as store,
    ):
        try:
            saved = store.create(session)
        except StoreError as error:
            assert_explained(error)
        else:
            assert to_json(store.load(session.id)) == to_json(saved)
        assert store.create(small_session()).number


def toml(choice: random.Random) -> None:
    """Settings and tasks with damage: every problem is a sentence, and nothing else is raised."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        user = locations(folder)
        user.config.mkdir()
        user.config_file.write_bytes(damaged(choice, CONFIG.encode()))
        tasks = folder / "tasks.toml"
        tasks.write_bytes(damaged(choice, shipped("tasks.toml").read_bytes(), 12))
        for load in (lambda: load_settings(user, {}), lambda: load_tasks(tasks)):
            try:
                load()
            except (ConfigError, TasksError) as error:
                assert_harmless(str(error))
