"""The history of this computer, opened as well as it can be: the window must work whatever became of the file."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from chat2anyllm_desktop.core.errors import StoreDamagedError, StoreError
from chat2anyllm_desktop.core.language import tr
from chat2anyllm_desktop.store.api import Store
from chat2anyllm_desktop.store.threaded import ThreadedStore
from chat2anyllm_desktop.ui.retired import Retired
from chat2anyllm_desktop.ui.workshop import Workshop


async def open_own(
    workshop: Workshop, retired: Retired, on_busy: Callable[[StoreError], None]
) -> tuple[ThreadedStore, StoreError | None]:
    """The open history, and what was wrong with the file. A file that another program holds is waited for, and told to
    ``on_busy``; a damaged one has been set aside and is begun anew; in place of any other there is one in memory."""
    store = workshop.make_embedded_store()
    try:
        return store, await _opened(store, on_busy)
    except StoreError as error:
        await store.aclose()
        in_memory = workshop.make_embedded_store(in_memory=True)
        await in_memory.call(Store.open)
        return in_memory, error
    except asyncio.CancelledError:
        retired.add(store)
        raise


async def _opened(store: ThreadedStore, on_busy: Callable[[StoreError], None]) -> StoreError | None:
    try:
        await store.wait_until_open(on_busy)
    except StoreDamagedError as damage:
        await store.wait_until_open(on_busy)
        return damage
    return None


def trouble_in_words(trouble: StoreError) -> str:
    """What was wrong with the file, and what is in use now."""
    if isinstance(trouble, StoreDamagedError):
        return tr("{sentence} That one is in use now.", sentence=trouble)
    return tr(
        "{sentence} This window's conversations are kept in memory, until it is closed.", sentence=trouble
    )
