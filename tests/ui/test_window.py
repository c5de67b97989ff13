"""The whole window over real parts: a loopback gateway, a real SQLite file, keys pressed as a user does."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from chat2anyllm_desktop.core.models import Status
from tests.conftest import LoopRunner
from tests.llm import misbehaving as gateway
from tests.llm.misbehaving import answer, serve
from tests.ui.window_driver import open_window

UseGateway = Callable[[gateway.Server], None]


@pytest.fixture
def use_gateway(monkeypatch: pytest.MonkeyPatch) -> UseGateway:
    def use(server: gateway.Server, key: str = "sk-test") -> None:
        monkeypatch.setenv("LITELLM_BASE_URL", server.url)
        monkeypatch.setenv("LITELLM_API_KEY", key)
        monkeypatch.setenv("CHAT2ANYLLM_LOCAL_ENABLED", "off")

    return use


def test_a_question_is_answered_saved_and_there_after_a_restart(
    qt_loop: LoopRunner, use_gateway: UseGateway
) -> None:
    async def scenario() -> None:
        async with open_window() as desk:
            await desk.ready()
            await desk.send("What is *this*?")
            ended = await desk.answered()
            assert ended.content == "An **answer** of five words"
            assert ended.status is Status.COMPLETE
            assert desk.composer.text == ""
            await desk.until(lambda: desk.window.windowTitle().startswith("What is *this*?"), "the title")
        async with open_window() as again:
            await again.ready()
            await again.until(lambda: len(again.messages()) == 2, "the session of last time")
            assert [m.content for m in again.messages()] == ["What is *this*?", "An **answer** of five words"]

    with serve(answer("An **answer** of five words")) as server:
        use_gateway(server)
        qt_loop.run(scenario(), 60)
        assert server.chats[0].headers["authorization"] == "Bearer sk-test"
        assert server.chats[0].json["messages"] == [{"role": "user", "content": "What is *this*?"}]
