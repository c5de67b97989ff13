"""A turn into the shared history: the same, on a real PostgreSQL."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path

from chat2anyllm_desktop import paths
from chat2anyllm_desktop.chat.events import AnswerDelta, AnswerEnded
from chat2anyllm_desktop.chat.tasks import STOP
from chat2anyllm_desktop.chat.turn import continue_answer, run_turn
from chat2anyllm_desktop.core.models import Status
from chat2anyllm_desktop.llm.api import ChatModels
from chat2anyllm_desktop.store.api import Store
from chat2anyllm_desktop.store.journal import Journal
from chat2anyllm_desktop.store.postgres import PostgresStore
from chat2anyllm_desktop.store.threaded import ThreadedStore
from tests.chat.given import MODEL, ScriptedModels
from tests.store.making import make_session


@dataclass
class Parts:
    store: ThreadedStore
    journal: Journal
    models: ChatModels


def test_a_stopped_answer_goes_on(postgres_dsn: str, tmp_path: Path) -> None:
    async def main() -> None:
        store = ThreadedStore(PostgresStore(postgres_dsn, paths.resource("schema.sql")))
        models = ScriptedModels(["Half \0", asyncio.Event()], ["whole"])
        parts = Parts(store, Journal(tmp_path / "turns"), models)
        try:
            await store.call(Store.open)
            session = await store.call(Store.save_session, make_session())
            ends: list[AnswerEnded] = []

            async def stopped() -> None:
                async for event in run_turn(parts, session, "Q\0?", model=MODEL):
                    if isinstance(event, AnswerDelta):
                        task.cancel(STOP)
                    elif isinstance(event, AnswerEnded):
                        ends.append(event)

            task = asyncio.ensure_future(stopped())
            await asyncio.wait([task])
            assert task.cancelled()
            (ended,) = ends
            assert (ended.message.content, ended.message.status) == ("Half ␀", Status.STOPPED)
            async for _ in continue_answer(parts, session, ended.message, model=MODEL):
                pass
            user, got = await store.call(Store.history, session.id)
            assert (user.content, got.content, got.status) == ("Q␀?", "Half ␀whole", Status.COMPLETE)
            assert (await store.call(Store.get_session, session.id)).title == "Q␀?"
            assert parts.journal.recover() == []
        finally:
            await store.aclose()
            parts.journal.close()

    asyncio.run(main())
