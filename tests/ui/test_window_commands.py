"""Slash commands typed in the window: completion by the keyboard, what each does, and that none is stored or sent."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication

from chat2anyllm_desktop.chat.commands.registry import commands
from chat2anyllm_desktop.core.models import PlanModels, Status
from chat2anyllm_desktop.ui.composer.completion import CompletionPopup
from chat2anyllm_desktop.ui.dialogs.settings import SettingsDialog
from tests.conftest import LoopRunner
from tests.llm.misbehaving import answer
from tests.ui.scripted import by_question, gateway, in_steps
from tests.ui.window_driver import WindowDriver, open_window

MODELS = ("claude-sonnet", "gpt-4o", "gpt-4o-mini", "Mistral Large")


def test_completion_by_keyboard(qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario() -> None:
        async with open_window() as desk:
            await desk.ready()
            popup = popup_of(desk)
            await desk.type("/")
            assert len(labels(popup)) == len(commands())
            await desk.type("mod")
            assert labels(popup)[:2] == ["/model", "/models"]
            assert current(popup) == "/model"
            # Arrows go round.
            desk.press(Qt.Key.Key_Down)
            await desk.until(lambda: current(popup) == "/models", "the second")
            desk.press(Qt.Key.Key_Up)
            desk.press(Qt.Key.Key_Up)
            await desk.until(lambda: current(popup) == labels(popup)[-1], "the last")
            desk.press(Qt.Key.Key_Down)
            # Tab completes and goes on to the argument; undo takes it back.
            desk.press(Qt.Key.Key_Tab)
            await desk.until(lambda: desk.composer.text == "/model ", "the name")
            assert labels(popup) == list(MODELS)
            assert desk.composer.editor.hasFocus()
            desk.composer.editor.undo()
            assert desk.composer.text == "/mod"
            assert current(popup) == "/model"
            desk.press(Qt.Key.Key_Tab)
            await desk.type("mini")
            assert desk.composer.text == "/model mini"
            assert current(popup) == "gpt-4o-mini"
            desk.composer.set_text("")
            # Esc closes the list and leaves the text.
            await desk.type("/mo")
            desk.press(Qt.Key.Key_Escape)
            await desk.until(lambda: not popup.isVisible(), "the list to close")
            assert desk.composer.text == "/mo"
            # What is typed next opens it again; in a text that is no command it stays closed.
            await desk.type("d")
            assert popup.isVisible()
            desk.composer.set_text("")
            await desk.type("see /mod")
            assert not popup.isVisible()
            desk.composer.set_text("")
            await desk.type("//mod")
            assert not popup.isVisible()
            assert desk.messages() == []

    with gateway(monkeypatch, models=MODELS):
        qt_loop.run(scenario())


def test_enter_takes_what_is_marked_and_runs_it(qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario() -> None:
        async with open_window() as desk:
            await desk.ready()
            await desk.type("/mo")
            enter(desk)
            await desk.until(lambda: desk.composer.text == "/model ", "the name")
            await desk.type("mist")
            enter(desk)
            await desk.until(lambda: desk.cards() == ["Model: **Mistral Large**"], "the card")
            assert desk.composer.text == ""
            assert desk.window.header.model_button.text() == "Mistral Large"
            # What needs no argument runs at once.
            await desk.type("/help")
            enter(desk)
            await desk.until(lambda: len(desk.cards()) == 2, "the help")
            assert "/model:plan-mode" in desk.cards()[1]
            await desk.type("/hel")
            desk.press(Qt.Key.Key_Tab)
            await desk.until(lambda: desk.composer.text == "/help", "the name")
            await desk.type(" theme")
            enter(desk)
            await desk.until(lambda: len(desk.cards()) == 3, "the help for one command")
            assert desk.cards()[2].startswith("`/theme light|dark|system`")

    with gateway(monkeypatch, models=MODELS):
        qt_loop.run(scenario())


def test_both_models_of_plan_mode_are_completed(qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario() -> None:
        async with open_window() as desk:
            await desk.ready()
            popup = popup_of(desk)
            await desk.type("/plan-m")
            assert current(popup) == "/model:plan-mode"
            desk.press(Qt.Key.Key_Tab)
            await desk.until(lambda: desk.composer.text == "/model:plan-mode ", "the name")
            await desk.type("mist")
            desk.press(Qt.Key.Key_Tab)
            await desk.until(
                lambda: desk.composer.text == '/model:plan-mode "Mistral Large" ', "the first model"
            )
            assert labels(popup) == list(MODELS)
            await desk.type("4o-m")
            enter(desk)
            await desk.until(lambda: desk.cards(), "the card")
            assert desk.cards() == ["Plan mode: **Mistral Large** plans, **gpt-4o-mini** answers."]
            assert desk.window.header.plan_chip.isVisible()
            assert desk.conversation.session.settings.plan == PlanModels(
                planning="Mistral Large", answering="gpt-4o-mini"
            )
            await desk.send("/model:plan-mode-off")
            assert desk.cards()[-1] == "Plan mode is off."
            assert not desk.window.header.plan_chip.isVisible()

    with gateway(monkeypatch, models=MODELS) as server:
        qt_loop.run(scenario())
        assert server.chats == []


def test_what_comes_while_it_is_asked_for_is_offered(
    qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scenario() -> None:
        async with open_window() as desk:
            await desk.ready()
            library = desk.wiring.controller.library
            await desk.type("/role ")
            popup = popup_of(desk)
            assert (popup.isVisible(), labels(popup)) == (True, [])
            library.save_role(None, "Reviewer", "Be brief.")
            await desk.until(lambda: labels(popup) == ["Reviewer"], "the role")
            # From now on something may be chosen: nothing moves under the hand.
            library.save_role(None, "Architect", "Think.")
            await desk.until(lambda: len(library.roles) == 2, "the other role")
            assert labels(popup) == ["Reviewer"]
            enter(desk)
            await desk.until(lambda: desk.conversation.session.settings.role_id, "the role in use")

    with gateway(monkeypatch, answer("Yes")):
        qt_loop.run(scenario())


def test_a_click_completes(qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario() -> None:
        async with open_window() as desk:
            await desk.ready()
            popup = popup_of(desk)
            await desk.type("/theme ")
            assert labels(popup) == ["light", "dark", "system"]
            popup.chosen.emit(popup.current, False)
            assert desk.composer.text == "/theme light"
            assert desk.cards() == []

    with gateway(monkeypatch):
        qt_loop.run(scenario())


@pytest.mark.parametrize("name", [each.name for each in commands()])
def test_every_command_is_completed_by_its_name(
    qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    async def scenario() -> None:
        async with open_window() as desk:
            await desk.ready()
            await desk.type(f"/{name}")
            assert current(popup_of(desk)) == f"/{name}"

    with gateway(monkeypatch):
        qt_loop.run(scenario())


def test_output_is_local(qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch) -> None:
    """Cards stand among the messages, and are neither stored nor sent nor there at the next start."""

    async def scenario() -> None:
        async with open_window() as desk:
            await desk.ready()
            await desk.send("/help")
            await desk.send("First")
            await desk.answered()
            await desk.send("/models")
            await desk.send("Second")
            await desk.answered(2)
            assert [entry.local for entry in desk.shell.transcript] == [
                True,
                False,
                False,
                True,
                False,
                False,
            ]
            assert "**current**" in desk.cards()[1]
            assert [m.content for m in await desk.history()] == ["First", "Yes", "Second", "Yes"]
            # Copying and asking again mean answers, not cards.
            await desk.send("/roles")
            await desk.send("/copy")
            assert QGuiApplication.clipboard().text() == "Yes"
        async with open_window() as again:
            await again.ready()
            await again.until(lambda: len(again.messages()) == 4, "the session")
            assert again.cards() == []

    with gateway(monkeypatch, answer("Yes")) as server:
        qt_loop.run(scenario(), 60)
        assert [m["content"] for m in server.chats[1].json["messages"]] == ["First", "Yes", "Second"]


def test_what_begins_with_two_slashes_is_sent_with_one(
    qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scenario() -> None:
        async with open_window() as desk:
            await desk.ready()
            await desk.send("//help me")
            await desk.answered()
            assert [m.content for m in await desk.history()] == ["/help me", "Yes"]
            # What is recalled can be sent as it is.
            desk.press(Qt.Key.Key_Up)
            await desk.until(lambda: desk.composer.text == "//help me", "the recalled message")
            enter(desk)
            await desk.answered(2)
            assert (await desk.history())[2].content == "/help me"

    with gateway(monkeypatch, answer("Yes")):
        qt_loop.run(scenario())


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("/modle gpt-4o", "There is no command /modle; nothing was sent. Did you mean /model?"),
        ("/xyzzy", "There is no command /xyzzy; nothing was sent. /help lists them."),
        ("/", "A slash begins a command"),
        ("/model", "/model needs a name. Usage: /model <name>"),
        ("/model gpt-9", "There is no model “gpt-9”."),
        ("/model gpt", "“gpt” fits several models: gpt-4o and gpt-4o-mini."),
        ("/role Nobody", "There is no role “Nobody”"),
        ("/model:plan-mode gpt-4o", "needs an answering model"),
        ("/theme pink", "“pink” is none of light, dark, system."),
        ("/clear now", "/clear takes no arguments."),
        ("/retry", "There is no answer to retry yet."),
        ("/continue", "There is no answer to continue yet."),
        ("/copy", "There is no answer to copy yet."),
        ("/stop", "nothing to stop"),
    ],
)
def test_what_cannot_be_done_is_said_and_the_text_comes_back(
    qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch, typed: str, sentence: str
) -> None:
    async def scenario() -> None:
        async with open_window() as desk:
            await desk.ready()
            await desk.send(typed)
            await desk.hears(sentence)
            assert desk.composer.text == typed
            assert desk.messages() == []
            assert not desk.conversation.is_stored
            # The next command that is right takes the sentence away.
            desk.composer.set_text("")
            await desk.send("/models")
            assert desk.window.notices.notice is None

    with gateway(monkeypatch, models=MODELS) as server:
        qt_loop.run(scenario())
        assert server.chats == []


def test_commands_about_sessions_and_answers(qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch) -> None:
    slow, _ = in_steps("Begun", "never")

    async def scenario() -> None:
        async with open_window() as desk:
            await desk.ready()
            await desk.send("Toss")
            await desk.answered()
            await desk.send("/retry")
            await desk.until(lambda: len(server.chats) == 2, "another request")
            await desk.answered()
            assert len(await desk.history()) == 3
            await desk.send("/continue")
            await desk.hears("This answer is complete; there is nothing to go on with.")
            await desk.send("/rename  A   better title ")
            await desk.until(lambda: desk.window.windowTitle() == "A better title", "the title")
            await desk.send("Slowly")
            await desk.shows("Begun")
            await desk.send("/stop")
            assert (await desk.answered(2)).status is Status.STOPPED
            first = desk.conversation.session.id
            await desk.send("/clear")
            assert desk.messages() == []
            assert desk.conversation.session.id != first
            await desk.open(first)
            await desk.send("/new")
            assert desk.messages() == []
            assert len(desk.wiring.controller.library.sessions) == 1

    with gateway(monkeypatch, by_question({"Slowly": slow})) as server:
        qt_loop.run(scenario())


def test_commands_about_roles(qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario() -> None:
        async with open_window() as desk:
            await desk.ready()
            await desk.send("/roles")
            assert desk.cards() == ["No roles have been made yet."]
            library = desk.wiring.controller.library
            library.save_role(None, "Reviewer", "Name what is wrong.")
            await desk.until(lambda: len(library.roles) == 1, "a role")
            library.save_role(None, "Code *Reviewer*", "Look at code.")
            await desk.until(lambda: len(library.roles) == 2, "another")
            await desk.type("/role ")
            assert labels(popup_of(desk)) == ["Code *Reviewer*", "Reviewer"]
            await desk.type("code")
            enter(desk)
            await desk.until(lambda: len(desk.cards()) == 2, "the card")
            assert desk.cards()[1] == "Role: **Code \\*Reviewer\\***"
            assert desk.window.header.role_chip.isVisible()
            await desk.send("/roles")
            assert "- Code \\*Reviewer\\* (active)" in desk.cards()[2]
            await desk.send("/clear_role")
            assert not desk.window.header.role_chip.isVisible()
            await desk.send("/clear_role")
            assert desk.cards()[-1] == "No role is active."

    with gateway(monkeypatch):
        qt_loop.run(scenario())


def test_commands_about_the_program(qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario() -> None:
        async with open_window() as desk:
            await desk.ready()
            await desk.send("/theme dark")
            assert desk.shell.theme.name == "dark"
            await desk.send("/plan-review on")
            assert desk.cards() == ["Plans wait for your approval."]
            await desk.send("/settings")
            await desk.until(lambda: dialogs(desk), "the settings")
            dialogs(desk)[0].reject()
            await desk.until(lambda: not dialogs(desk), "the settings to close")
            loaded = desk.wiring.controller.connections
            await desk.until(
                lambda: loaded.settings.theme == "dark" and loaded.settings.review_plans, "saving"
            )
            await desk.send("/quit")
            await desk.until(lambda: not desk.window.isVisible(), "the end")
        async with open_window() as again:
            await again.ready()
            assert again.shell.theme.name == "dark"
            assert again.wiring.controller.selection.review_plans
            await again.send("/theme light")
            await again.until(lambda: again.wiring.controller.connections.settings.theme == "light", "saving")

    with gateway(monkeypatch):
        qt_loop.run(scenario(), 60)


def popup_of(desk: WindowDriver) -> CompletionPopup:
    popup = desk.window.findChild(CompletionPopup)
    assert popup is not None
    return popup


def labels(popup: CompletionPopup) -> list[str]:
    return [row.label for row in popup.rows] if popup.isVisible() else []


def current(popup: CompletionPopup) -> str:
    return popup.current.label if popup.current is not None else ""


def dialogs(desk: WindowDriver) -> list[SettingsDialog]:
    return [dialog for dialog in desk.window.findChildren(SettingsDialog) if dialog.isVisible()]


def enter(desk: WindowDriver) -> None:
    assert QApplication.focusWidget() is desk.composer.editor
    desk.press(Qt.Key.Key_Return, "\r")
