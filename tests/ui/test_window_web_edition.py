"""A database that the web edition made, opened by the window: everything in it is there and can be used."""

from __future__ import annotations

import pytest

from chat2anyllm_desktop.core.models import Author
from tests.conftest import LoopRunner
from tests.llm.misbehaving import answer
from tests.ui.scripted import gateway
from tests.ui.sharing import OtherClient, contents, role_names, titles
from tests.ui.window_driver import open_window


def test_a_database_of_the_web_edition(
    qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch, web_edition_dsn: str
) -> None:
    monkeypatch.setenv("DATABASE_URL", web_edition_dsn)
    web = OtherClient(web_edition_dsn)

    async def scenario() -> None:
        before = await web.execute(
            "SELECT id, session_id, role, content, created_at FROM messages ORDER BY id"
        )
        async with open_window() as desk:
            await desk.ready()
            await desk.until(lambda: titles(desk) == ["From the browser"], "its sessions")
            await desk.until(lambda: role_names(desk) == ["architect", "Reviewer"], "its roles")
            library = desk.wiring.controller.library
            await desk.open(library.sessions[0].id)
            await desk.until(lambda: len(desk.messages()) == 2, "its messages")
            # The role that the web edition wrote in front of the text is a chip, and no text.
            desk.shell.view.select_all()
            shown = desk.shell.view.selected_text()
            assert "Is this right?" in shown
            assert "[[ROLE" not in shown
            role = next(role for role in library.roles if role.name == "architect")
            desk.window.roles_dock.role_requested.emit(role.id)
            await desk.until(lambda: desk.window.header.role_chip.isVisible(), "the role in the header")
            await desk.send("And this?")
            await desk.answered(2)
            sent = server.chats[0].json["messages"]
            assert sent[0] == {"role": "system", "content": "Think first."}
            assert sent[-1] == {"role": "user", "content": "And this?"}
            assert not any("[[ROLE" in message["content"] for message in sent)
            assert contents(desk, Author.ASSISTANT) == ["It **is**.", "It is too"]
        after = await web.execute(
            "SELECT id, session_id, role, content, created_at FROM messages ORDER BY id"
        )
        assert set(before) < set(after)
        assert len(after) == 4
        triggers = await web.execute("SELECT tgname FROM pg_trigger WHERE NOT tgisinternal")
        assert {"trg_roles_updated_at", "trg_sessions_updated_at", "trg_messages_touch_session"} <= {
            row[0] for row in triggers
        }

    with gateway(monkeypatch, answer("It is too")) as server:
        qt_loop.run(scenario(), 60)
