"""Columns for other models of a configured endpoint: their names and their connections."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable
from dataclasses import replace

from bbtui.clients.ports import Connection
from bbtui.domain.endpoint import Endpoint
from bbtui.domain.model import full_name
from bbtui.domain.session import Session

_NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9._-]+")


def column_with(session: Session, name: str, model: str) -> Endpoint | None:
    """Return the column that has this model on the server of the endpoint `name`, if any."""
    server = session.endpoint(name).configured
    columns = (one for one in session.endpoints if one.configured == server)
    return next((one for one in columns if full_name(one.model) == full_name(model)), None)


def models_in_use(session: Session, configured: str) -> set[str]:
    """Return the full names of the models that the columns of a configured endpoint use."""
    columns = (one for one in session.endpoints if one.configured == configured)
    return {full_name(one.model) for one in columns}


def with_model(session: Session, name: str, model: str, *, added: bool) -> Endpoint:
    """Return the endpoint `name` with another model: in its place, or `added` as a new column.

    The endpoint that the configuration names keeps its name and label. A column added beside it
    has the model in both: ``local-gemma3-4b``, "Local · gemma3:4b".
    """
    endpoint = session.endpoint(name)
    # Another model has another price.
    price = endpoint.price if full_name(model) == full_name(endpoint.model) else None
    if not (added or endpoint.base):
        return replace(endpoint, model=model, price=price)
    base = endpoint.configured
    own = next((one for one in session.endpoints if one.name == base), endpoint)
    label = own.label.removesuffix(f" · {own.model}")
    taken = {one.name for one in session.endpoints if added or one.name != name}
    return replace(
        endpoint,
        name=_free_name(f"{base}-{_NOT_IN_NAMES.sub('-', model).strip('-')}", taken),
        label=f"{label} · {model}",
        model=model,
        base=base,
        price=price,
    )


def connect_model(connection: Connection, endpoint: Endpoint) -> Connection:
    """Return a connection to another model of the same server; its probe checks that model."""
    catalog = connection.catalog
    probe = connection.probe if catalog is None else catalog.probe(endpoint.model)
    return connection._replace(endpoint=endpoint, probe=probe)


def _free_name(name: str, taken: Iterable[str]) -> str:
    names = itertools.chain([name], (f"{name}-{number}" for number in itertools.count(2)))
    return next(one for one in names if one not in taken)
