"""Models and roles in the window: what is listed, picked and sent; the offline demo; the role editor."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from chat2anyllm_desktop.core.models import ModelSource, Status
from chat2anyllm_desktop.llm.demo import SAMPLE_ANSWER
from chat2anyllm_desktop.ui.dialogs.role_editor import RoleEditor
from chat2anyllm_desktop.ui.docks.rows import KEY_ROLE
from chat2anyllm_desktop.ui.facts import Health
from chat2anyllm_desktop.ui.model_picker import ModelPicker
from chat2anyllm_desktop.ui.plain_text import PlainLabel
from tests.conftest import LoopRunner
from tests.llm.misbehaving import Request, Script, answer, reply
from tests.ui.scripted import gateway
from tests.ui.window_driver import WindowDriver, open_window

INFO = {
    "data": [
        {
            "model_name": "gpt-4o",
            "model_info": {
                "mode": "chat",
                "litellm_provider": "openai",
                "max_input_tokens": 128_000,
                "input_cost_per_token": 0.001,
                "output_cost_per_token": 0.002,
                "supports_vision": True,
            },
        },
        {"model_name": "gpt-4o", "model_info": {"mode": "chat", "litellm_provider": "openai"}},
        {"model_name": "embed", "model_info": {"mode": "embedding"}},
        {"model_name": "claude-sonnet", "model_info": {"mode": "chat", "litellm_provider": "anthropic"}},
    ]
}


def test_a_model_is_picked_by_keyboard_and_sent(qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario() -> None:
        async with open_window() as desk:
            await desk.ready()
            listed = {model.name: model for model in desk.wiring.controller.connections.listed}
            assert set(listed) == {"gpt-4o", "claude-sonnet"}
            assert listed["gpt-4o"].deployments == 2
            assert listed["gpt-4o"].vision is True
            await desk.type("half a message")
            desk.window.actions_by_id["pick_model"].trigger()
            await desk.until(lambda: pickers(), "the list of models")
            picker = pickers()[0]
            picker.filter.setText("son")
            desk.press(Qt.Key.Key_Return, "\r", target=picker.filter)
            await desk.until(lambda: not pickers(), "the list to close")
            assert desk.window.header.model_button.text() == "claude-sonnet"
            assert desk.composer.text == "half a message"
            desk.press(Qt.Key.Key_Return, "\r")
            ended = await desk.answered()
            assert ended.model == "claude-sonnet"
        async with open_window() as again:
            await again.ready()
            again.wiring.controller.new_session()
            assert again.window.header.model_button.text() == "claude-sonnet", "the model used last"

    with gateway(monkeypatch, lambda r: reply(200, INFO) if r.method == "GET" else answer("Yes")) as server:
        qt_loop.run(scenario(), 60)
        assert server.chats[0].json["model"] == "claude-sonnet"


def test_what_is_not_reported_is_estimated(qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = {"prompt_tokens": 10, "completion_tokens": 100, "total_tokens": 110}

    async def scenario() -> None:
        async with open_window() as desk:
            await desk.ready()
            await desk.send("/model gpt-4o")
            await desk.send("Question")
            ended = await desk.answered()
            assert ended.usage.cost == pytest.approx(10 * 0.001 + 100 * 0.002)
            assert not ended.usage.cost_reported

    script = answer("Yes", usage=usage)
    with gateway(monkeypatch, lambda r: reply(200, INFO) if r.method == "GET" else script):
        qt_loop.run(scenario())


def test_models_that_come_later_are_found_when_asked_for(
    qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = [["old"], ["old", "new"]]

    def script(request: Request) -> Script:
        if request.method == "GET" and request.path.endswith("/model/info"):
            listed = names.pop(0) if len(names) > 1 else names[0]
            return reply(200, {"data": [{"model_name": n, "model_info": {"mode": "chat"}} for n in listed]})
        return reply(404) if request.method == "GET" else answer("Yes")

    async def scenario() -> None:
        async with open_window() as desk:
            await desk.ready()
            connections = desk.wiring.controller.connections
            assert [m.name for m in connections.listed] == ["old"]
            desk.window.actions_by_id["refresh_models"].trigger()
            await desk.until(lambda: len(connections.listed) == 2, "the new model")
            # One that is not listed can still be asked for where a session names it.
            desk.window.header.model_requested.emit("unlisted")
            await desk.send("Question")
            assert (await desk.answered()).model == "unlisted"

    with gateway(monkeypatch, script):
        qt_loop.run(scenario())


def test_with_nothing_set_up_the_offline_demo_answers(
    qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CHAT2ANYLLM_LOCAL_ENABLED", "off")

    async def scenario() -> None:
        async with open_window() as desk:
            await desk.ready()
            controller = desk.wiring.controller
            assert [m.source for m in controller.connections.listed] == [ModelSource.DEMO]
            assert desk.window.header.model_button.text() == "Offline demo"
            assert controller.connections.gateway_state.health is Health.OFF
            assert "offline demo" in controller.connections.gateway_state.sentence
            await desk.send("Hello?")
            ended = await desk.answered()
            assert ended.content.strip() == SAMPLE_ANSWER.strip()
            assert (ended.status, ended.model) == (Status.COMPLETE, "Offline demo")
            assert len(await desk.history()) == 2
            assert desk.notices == []

    qt_loop.run(scenario(), 60)


def test_the_demo_is_left_behind_once_there_is_a_gateway(
    qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CHAT2ANYLLM_LOCAL_ENABLED", "off")

    async def demo() -> None:
        async with open_window() as desk:
            await desk.ready()
            desk.window.header.model_requested.emit("Offline demo")
            await desk.send("Hello?")
            await desk.until(desk.text, "the demo")
            desk.press(Qt.Key.Key_Escape)
            await desk.answered()

    async def gateway_later() -> None:
        async with open_window() as desk:
            await desk.ready()
            await desk.until(lambda: len(desk.messages()) == 2, "the session")
            assert desk.window.header.model_button.text() == "m"
            await desk.send("Hello again")
            assert (await desk.answered(2)).model == "m"

    qt_loop.run(demo(), 60)
    with gateway(monkeypatch, answer("Yes")):
        qt_loop.run(gateway_later(), 60)


def test_roles_are_made_changed_and_deleted(qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario() -> None:
        async with open_window() as desk:
            await desk.ready()
            roles, header = desk.window.roles_dock, desk.window.header
            roles.create_requested.emit()
            await write_role(desk, "Pirate", "Talk like a pirate.")
            await desk.until(lambda: names(desk) == ["Pirate"], "the role")
            pirate = desk.wiring.controller.library.roles[0]
            roles.role_requested.emit(pirate.id)
            assert header.role_chip.isVisible()
            # Another of that name, and one without instructions: the editor stays open and says why.
            desk.window.actions_by_id["new_role"].trigger()
            await write_role(desk, "Pirate", "Another one.")
            await desk.until(lambda: "already" in said(editors()[0]), "the sentence")
            assert editors()[0].instructions.toPlainText() == "Another one."
            await write_role(desk, "Empty", "  ")
            await desk.until(lambda: "needs instructions" in said(editors()[0]), "the sentence")
            await write_role(desk, "Poet", "Answer in verse.")
            await desk.until(lambda: not editors(), "the editor to close")
            assert names(desk) == ["Pirate", "Poet"]
            roles.edit_requested.emit(pirate.id)
            await write_role(desk, "Corsair", "Talk like a corsair.")
            await desk.until(lambda: names(desk) == ["Corsair", "Poet"], "the new name")
            assert header.role_chip.accessibleName() == "Corsair"
            await desk.send("Hello")
            await desk.answered()
            roles.delete_requested.emit(pirate.id)
            await desk.hears("The role “Corsair” is deleted.")
            assert not header.role_chip.isVisible()
            await desk.send("Without")
            await desk.answered(2)
            desk.choose("Undo")
            await desk.until(lambda: names(desk) == ["Corsair", "Poet"], "the role again")
            assert header.role_chip.isVisible()

    with gateway(monkeypatch, answer("Aye")) as server:
        qt_loop.run(scenario(), 60)
        sent = [[m["content"] for m in chat.json["messages"]] for chat in server.chats]
        assert sent == [["Talk like a corsair.", "Hello"], ["Hello", "Aye", "Without"]]


def test_a_role_is_chosen_in_the_panel_by_key_and_cleared_by_the_chip(
    qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scenario() -> None:
        async with open_window() as desk:
            await desk.ready()
            library = desk.wiring.controller.library
            library.save_role(None, "Pirate", "Talk like a pirate.")
            await desk.until(lambda: library.roles, "the role")
            roles = desk.window.roles_dock
            desk.window.actions_by_id["pick_role"].trigger()
            desk.press(Qt.Key.Key_Return, "\r", target=roles.list)
            await desk.until(lambda: desk.window.header.role_chip.isVisible(), "the chip")
            # Chosen again, it is cleared.
            desk.press(Qt.Key.Key_Return, "\r", target=roles.list)
            await desk.until(lambda: not desk.window.header.role_chip.isVisible(), "no chip")
            desk.press(Qt.Key.Key_Return, "\r", target=roles.list)
            await desk.until(lambda: desk.window.header.role_chip.isVisible(), "the chip")
            desk.window.header.role_clear_requested.emit()
            assert not desk.window.header.role_chip.isVisible()

    with gateway(monkeypatch):
        qt_loop.run(scenario())


def pickers() -> list[ModelPicker]:
    return [w for w in QApplication.topLevelWidgets() if isinstance(w, ModelPicker) and w.isVisible()]


def editors() -> list[RoleEditor]:
    return [w for w in QApplication.topLevelWidgets() if isinstance(w, RoleEditor) and w.isVisible()]


def said(editor: RoleEditor) -> str:
    return " ".join(label.text() for label in editor.findChildren(PlainLabel))


def names(desk: WindowDriver) -> list[str]:
    model = desk.window.roles_dock.list.model()
    rows = [model.index(row, 0) for row in range(model.rowCount())]
    return [str(row.data(Qt.ItemDataRole.DisplayRole)) for row in rows if row.data(KEY_ROLE)]


async def write_role(desk: WindowDriver, name: str, instructions: str) -> None:
    await desk.until(editors, "the editor")
    editor = editors()[0]
    editor.name.setText(name)
    editor.instructions.setPlainText(instructions)
    desk.press(Qt.Key.Key_Return, "\r", Qt.KeyboardModifier.ControlModifier, target=editor)
    await desk.settle()
