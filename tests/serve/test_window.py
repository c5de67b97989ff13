"""What is done over HTTP appears in the open window of whoever shares the database."""

from __future__ import annotations

import asyncio

import pytest

from tests.conftest import LoopRunner
from tests.llm.misbehaving import answer, serve
from tests.serve.conftest import MakeFace
from tests.ui.sharing import contents, role_names, soon, titles
from tests.ui.window_driver import open_window


def test_within_a_second(
    qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch, postgres_dsn: str, make_face: MakeFace
) -> None:
    with serve(answer("Answered over there")) as gateway:
        face = make_face(LITELLM_BASE_URL=gateway.url, DATABASE_URL=postgres_dsn)
        monkeypatch.setenv("DATABASE_URL", postgres_dsn)

        async def scenario() -> None:
            async with open_window() as desk:
                await desk.ready()
                session = await asyncio.to_thread(face.new_session)
                await soon(desk, lambda: titles(desk) == ["New Chat"], "the session")
                desk.window.sessions_dock.session_requested.emit(session)
                await desk.until(lambda: desk.conversation.session.id == session, "the session on show")
                path = f"/api/sessions/{session}/chat/stream"
                said = {"model": "m", "message": "Asked over there"}
                await asyncio.to_thread(face.client.post, path, json=said)
                await soon(
                    desk,
                    lambda: contents(desk) == ["Asked over there", "Answered over there"],
                    "question and answer",
                )
                role = {"name": "Poet", "instructions": "Rhyme."}
                await asyncio.to_thread(face.client.post, "/api/roles", json=role)
                await soon(desk, lambda: role_names(desk) == ["Poet"], "the role")
                await asyncio.to_thread(face.client.delete, f"/api/sessions/{session}")
                await soon(desk, lambda: titles(desk) == [], "that the session is gone")

        qt_loop.run(scenario(), timeout=60)
