"""Looking for sessions that were saved, without making a place for them where there is none."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bbtui.cli.context import Context
    from bbtui.store.sessions import SessionStore


def any_saved(context: Context) -> bool:
    """Whether there is a file of sessions. One out of reach counts: opening it says why."""
    try:
        context.locations.database.stat()
    except FileNotFoundError:
        return False
    except OSError:
        return True
    return True


def open_existing_store(context: Context, ref: str) -> SessionStore:
    """The store that the session `ref` is to be found in.

    `SessionNotFoundError` if nothing was ever saved; opening would make the file and its folder.
    """
    if not any_saved(context):
        from bbtui.store.session_ref import not_found

        raise not_found(ref)
    return context.open_store()
