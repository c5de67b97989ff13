"""Prompt templates in the window: chosen, laid out, filled in by keys, sent; made, changed and deleted; shared."""

from __future__ import annotations

import asyncio
import threading
from typing import TypeVar

import pytest
from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtGui import QGuiApplication, QInputMethodEvent
from PySide6.QtWidgets import QApplication, QPushButton, QWidget

from chat2anyllm_desktop import paths
from chat2anyllm_desktop.core.attachments import attached, joined
from chat2anyllm_desktop.core.models import Template, new_id, utc_now
from chat2anyllm_desktop.store.api import Store
from chat2anyllm_desktop.store.postgres import PostgresStore
from chat2anyllm_desktop.store.sqlite import SqliteStore
from chat2anyllm_desktop.ui.dialogs.template_editor import TemplateEditor
from chat2anyllm_desktop.ui.dialogs.templates import TemplatesDialog
from tests.conftest import LoopRunner
from tests.llm.misbehaving import answer
from tests.ui.scripted import gateway
from tests.ui.test_window_commands import current, enter, labels, popup_of
from tests.ui.window_driver import WindowDriver, open_window

W = TypeVar("W", bound=QWidget)
SHIFT = Qt.KeyboardModifier.ShiftModifier


async def have(desk: WindowDriver, **templates: str) -> None:
    """These templates are there."""
    await desk.ready()
    store = desk.wiring.controller.connections.store
    for name, text in templates.items():
        await store.call(Store.save_template, template(name, text))
    await desk.wiring.controller.templates.load()


def template(name: str, text: str) -> Template:
    return Template(id=new_id(), name=name, text=text, created_at=utc_now(), updated_at=utc_now())


async def tab(desk: WindowDriver, *, back: bool = False) -> None:
    if back:
        desk.press(Qt.Key.Key_Backtab, modifiers=SHIFT)
    else:
        desk.press(Qt.Key.Key_Tab)
    await asyncio.sleep(0.02)


async def keys(desk: WindowDriver, text: str) -> None:
    """Type wherever the cursor is."""
    for character in text:
        desk.press(Qt.Key.Key_unknown, character)
    await asyncio.sleep(0.02)


def text(desk: WindowDriver) -> str:
    return desk.composer.editor.toPlainText()


def marked(desk: WindowDriver) -> str:
    return desk.composer.editor.textCursor().selectedText()


# Filling in ---------------------------------------------------------------------------------------------------------------
def test_a_template_is_laid_out_and_filled_in_place_by_place(
    qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scenario() -> None:
        async with open_window() as desk:
            await have(desk, translate="Translate to {language=French}:\n\n{text}\n\n({language}, {note=})")
            await desk.type("/tran")
            popup = popup_of(desk)
            assert current(popup) == "/translate"
            assert popup.foretold is not None
            assert popup.foretold.usage == ("/translate", "[language]", "<text>", "[note]")
            assert (
                "Asks for {language}, {text} and {note}, then sends: Translate to" in popup.foretold.sentence
            )
            enter(desk)
            laid = "Translate to French:\n\n{text}\n\n(French, {note})"
            await desk.until(lambda: text(desk) == laid, "the template")
            # The first place that is not filled in is marked as a whole.
            assert marked(desk) == "{text}"
            assert "text (2 of 3)" in desk.composer.hint.text()
            assert len(desk.composer.editor.extraSelections()) == 4
            # Enter sends nothing while something is missing.
            await tab(desk)
            assert marked(desk) == "{note}"
            enter(desk)
            await desk.until(lambda: marked(desk) == "{text}", "the place that is missing")
            await keys(desk, "Good {day}")
            await tab(desk)
            await tab(desk)
            assert marked(desk) == "French"
            await keys(desk, "汉语")
            assert text(desk) == "Translate to 汉语:\n\nGood {day}\n\n(汉语, {note})"
            await tab(desk, back=True)
            await tab(desk, back=True)
            assert marked(desk) == "Good {day}"
            assert desk.composer.editor.hasFocus()
            enter(desk)
            await desk.answered()
            assert [m.content for m in await desk.history()] == [
                "Translate to 汉语:\n\nGood {day}\n\n(汉语, )",
                "Yes",
            ]
            assert text(desk) == ""
            assert not desk.composer.filling.active
            # What is recalled is a text like any other.
            desk.press(Qt.Key.Key_Up)
            await desk.until(lambda: text(desk), "the recalled message")
            assert not desk.composer.filling.active

    with gateway(monkeypatch, answer("Yes")) as server:
        qt_loop.run(scenario())
        assert len(server.chats) == 1


def test_esc_gives_back_what_was_typed_and_undo_the_template(
    qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scenario() -> None:
        async with open_window() as desk:
            await have(desk, explain="Explain {what} and {why}")
            await desk.type("/explain this")
            enter(desk)
            await desk.until(lambda: text(desk) == "Explain this and {why}", "the template")
            assert marked(desk) == "{why}"
            await keys(desk, "how")
            desk.press(Qt.Key.Key_Escape)
            await desk.until(lambda: text(desk) == "/explain this", "what was typed")
            assert not desk.composer.filling.active
            desk.composer.editor.undo()
            assert text(desk) == "Explain this and how"
            assert desk.composer.filling.active
            desk.composer.editor.undo()
            assert text(desk) == "Explain this and {why}"
            assert desk.composer.filling.finished() is None
            desk.composer.editor.redo()
            assert desk.composer.filling.finished() == "Explain this and how"

    with gateway(monkeypatch) as server:
        qt_loop.run(scenario())
        assert server.chats == []


def test_arguments_behind_the_name_fill_in_what_they_can(
    qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scenario() -> None:
        async with open_window() as desk:
            await have(desk, say="Say {what} in {tone:kind|plain} words", hello="/etc is a {{folder}}")
            popup = popup_of(desk)
            await desk.type('/say "two words" ')
            assert labels(popup) == ["kind", "plain"]
            assert popup.foretold is not None
            assert (popup.foretold.slot, popup.foretold.sentence) == (2, "Sends: Say two words in kind words")
            desk.press(Qt.Key.Key_Down)
            await desk.until(lambda: current(popup) == "plain", "the second choice")
            assert "in plain words" in popup.foretold.sentence
            enter(desk)
            await desk.answered()
            # Without anything to ask it is sent at once, whatever it begins with; Tab puts it into the field first.
            await desk.type("/hell")
            assert popup.foretold.sentence == "Sends: /etc is a {folder}"
            enter(desk)
            await desk.answered(2)
            await desk.type("/hell")
            await tab(desk)
            assert text(desk) == "//etc is a {folder}"  # As it is typed, not as a command.
            assert [m.content for m in await desk.history()][::2] == [
                "Say two words in plain words",
                "/etc is a {folder}",
            ]

    with gateway(monkeypatch, answer("Yes")):
        qt_loop.run(scenario())


def test_what_is_attached_goes_with_every_template(
    qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scenario() -> None:
        piece = attached("a.py", "x = 1")
        async with open_window() as desk:
            await have(desk, explain="Explain this.", about="Say something of {what}.")
            for number, (line, sent) in enumerate(
                (("/explain", "Explain this."), ("/about cats", "Say something of cats.")), 1
            ):
                desk.composer.attach([piece])
                await desk.type(line)
                enter(desk)
                await desk.answered(number)
                assert desk.messages()[-2].content == joined(sent, [piece])
                assert desk.composer.text == ""

    with gateway(monkeypatch, answer("Yes")):
        qt_loop.run(scenario())


def test_a_template_that_asks_for_nothing_is_a_message_whatever_it_begins_with(
    qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scenario() -> None:
        async with open_window() as desk:
            await have(desk, hosts="/etc/hosts, line by line.")
            await desk.type("/hos")
            await tab(desk)
            assert text(desk) == "//etc/hosts, line by line."
            enter(desk)
            await desk.answered()
            assert desk.messages()[0].content == "/etc/hosts, line by line."
            await desk.type("/hosts")
            enter(desk)
            await desk.answered(2)
            assert desk.messages()[2].content == "/etc/hosts, line by line."

    with gateway(monkeypatch, answer("Yes")):
        qt_loop.run(scenario())


def test_choices_are_offered_in_their_place(qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario() -> None:
        async with open_window() as desk:
            await have(desk, sum="{length:Short|Long|Very long} sum of {what}")
            popup = popup_of(desk)
            await desk.type("/sum")
            enter(desk)
            await desk.until(lambda: marked(desk) == "{what}", "the template")
            assert labels(popup) == []
            await tab(desk)
            assert marked(desk) == "Short"
            assert labels(popup) == ["Short", "Long", "Very long"]
            desk.press(Qt.Key.Key_Down)
            desk.press(Qt.Key.Key_Down)
            enter(desk)
            await desk.until(lambda: text(desk) == "Very long sum of {what}", "the choice")
            assert marked(desk) == "{what}"
            # Something else may be written; Esc closes the list first.
            await tab(desk)
            await keys(desk, "lo")
            assert labels(popup) == ["Long", "Very long"]
            desk.press(Qt.Key.Key_Escape)
            await desk.until(lambda: not popup.isVisible(), "the list to close")
            await keys(desk, "cal")
            assert text(desk) == "local sum of {what}"
            desk.press(Qt.Key.Key_Escape)
            await desk.until(lambda: text(desk) in ("/sum", "/sum "), "what was typed")

    with gateway(monkeypatch):
        qt_loop.run(scenario())


def test_the_clipboard_is_read_only_when_it_is_chosen(
    qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scenario() -> None:
        async with open_window() as desk:
            await have(desk, fix="Fix {clipboard} like {selection}")
            QGuiApplication.clipboard().setText("secret {x}")
            popup = popup_of(desk)
            await desk.type("/fix")
            enter(desk)
            await desk.until(lambda: marked(desk) == "{clipboard}", "the template")
            assert "secret" not in text(desk)
            assert labels(popup) == ["Insert what is on the clipboard"]
            enter(desk)
            await desk.until(lambda: text(desk) == "Fix secret {x} like {selection}", "the clipboard")
            assert marked(desk) == "{selection}"
            assert labels(popup) == [], "nothing is selected"
            desk.composer.filling.selected_text = lambda: "what is selected"
            await tab(desk)
            await tab(desk)
            assert labels(popup) == ["Insert what is selected in the conversation"]
            await tab(desk)
            assert text(desk) == "Fix secret {x} like what is selected"

    with gateway(monkeypatch):
        qt_loop.run(scenario())


def test_a_long_paste_goes_into_its_place(qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario() -> None:
        async with open_window() as desk:
            await have(desk, review="Review:\n{code}")
            code = "x = 1\n" * 100
            for pasted, shown_as in ((code, code), ("y" * 200_000, "(attached)")):
                await desk.type("/review")
                enter(desk)
                await desk.until(lambda: marked(desk) == "{code}", "the template")
                QGuiApplication.clipboard().setText(pasted)
                desk.composer.editor.paste()
                assert text(desk) == f"Review:\n{shown_as}"
                assert bool(desk.composer.chips.attachments) == (shown_as != pasted)
                assert desk.composer.filling.finished() is not None
                desk.composer.set_text("")
            # Elsewhere a long paste is attached, as ever.
            QGuiApplication.clipboard().setText(code)
            desk.composer.editor.paste()
            assert (text(desk), len(desk.composer.chips.attachments)) == ("", 1)

    with gateway(monkeypatch):
        qt_loop.run(scenario())


def test_an_input_method_writes_into_a_place(qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario() -> None:
        async with open_window() as desk:
            await have(desk, say="{what}! Say {what} to {whom}")
            await desk.type("/say")
            enter(desk)
            await desk.until(lambda: marked(desk) == "{what}", "the template")

            def composes(preedit: str, commit: str = "") -> None:
                event = QInputMethodEvent(preedit, [])
                event.setCommitString(commit)
                QCoreApplication.sendEvent(desk.composer.editor, event)

            composes("ni")
            # Its keys are its own meanwhile.
            desk.press(Qt.Key.Key_Tab)
            enter(desk)
            await asyncio.sleep(0.05)
            composes("nihao")
            composes("", "你好")
            assert text(desk) == "你好! Say 你好 to {whom}"
            await tab(desk)
            assert marked(desk) == "{whom}"
            composes("x")
            composes("")
            await tab(desk)
            assert text(desk) == "你好! Say 你好 to {whom}"

    with gateway(monkeypatch) as server:
        qt_loop.run(scenario())
        assert server.chats == []


def test_another_session_meanwhile_loses_no_place(
    qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scenario() -> None:
        async with open_window() as desk:
            await have(desk, say="Say {what} to {whom}")
            await desk.send("First")
            await desk.answered()
            first = desk.conversation.session.id
            await desk.type("/say")
            enter(desk)
            await desk.until(lambda: marked(desk) == "{what}", "the template")
            await keys(desk, "hello")
            desk.wiring.controller.new_session()
            await desk.until(lambda: text(desk) == "", "a new session")
            assert not desk.composer.filling.active
            await desk.type("something else")
            await desk.open(first)
            await desk.until(lambda: text(desk) == "Say hello to {whom}", "the draft")
            assert desk.composer.filling.active
            enter(desk)
            await desk.until(lambda: marked(desk) == "{whom}", "the place that is missing")

    with gateway(monkeypatch, answer("Yes")) as server:
        qt_loop.run(scenario())
        assert len(server.chats) == 1


# Foretelling ---------------------------------------------------------------------------------------------------------------
def test_what_enter_will_do_is_said_while_typing(
    qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scenario() -> None:
        async with open_window() as desk:
            await have(desk, review="Review {text}")
            popup = popup_of(desk)

            async def says(typed: str, sentence: str, *, wrong: bool = False, slot: int = 0) -> None:
                desk.composer.set_text("")
                await desk.type(typed)
                told = popup.foretold
                assert told is not None
                assert (told.wrong, told.slot) == (wrong, slot)
                assert sentence in told.sentence

            await says("/model gpt-4", "Answers come from gpt-4o from now on.", slot=1)
            await says("/model gpt-9", "There is no model “gpt-9”. Did you mean", wrong=True, slot=1)
            await says("/model:plan-mode ", "claude plans. Next: the model that answers.", slot=1)
            await says("/model:plan-mode claude ", "From now on claude plans and claude answers.", slot=2)
            await says("/model:plan-mode claude mist", "claude plans and Mistral Large answers.", slot=2)
            await says("/theme d", "The window turns dark.", slot=1)
            await says("/theme pink", "“pink” is none of light, dark, system.", wrong=True, slot=1)
            await says("/clear now", "/clear takes no arguments.", wrong=True)
            await says("/rename A  new title", "This session will be called “A new title”.", slot=1)
            await says("/revew x", "There is no command /revew. Did you mean /review?", wrong=True)
            await says("/usr/bin/env", "begin it with //", wrong=True)
            # Esc closes it, and leaves the text; nothing was sent by any of it.
            desk.press(Qt.Key.Key_Escape)
            await desk.until(lambda: not popup.isVisible(), "it to close")
            assert text(desk) == "/usr/bin/env"
            desk.composer.set_text("")
            await desk.type("//usr")
            assert not popup.isVisible()
            # Arrows tell of what they mark.
            await says("/theme ", "The window turns light.", slot=1)
            desk.press(Qt.Key.Key_Down)
            desk.press(Qt.Key.Key_Down)
            await desk.until(
                lambda: "the colours of the system" in (popup.foretold or told_nothing).sentence, "it"
            )

    from chat2anyllm_desktop.chat.commands import Foretold

    told_nothing = Foretold("")
    with gateway(monkeypatch, models=("claude", "gpt-4o", "Mistral Large")) as server:
        qt_loop.run(scenario())
        assert server.chats == []


def test_sessions_are_completed(qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario() -> None:
        async with open_window() as desk:
            await desk.ready()
            await desk.send("Parser bug")
            await desk.answered()
            first = desk.conversation.session.id
            desk.wiring.controller.new_session()
            await desk.send("Something else")
            await desk.answered()
            await desk.type("/open ")
            assert labels(popup_of(desk)) == ["Something else", "Parser bug"]
            await desk.type("pars")
            enter(desk)
            await desk.until(lambda: desk.conversation.session.id == first, "the session")
            await desk.type("/rename ")
            await tab(desk)
            assert text(desk) == "/rename Parser bug"

    with gateway(monkeypatch, answer("Yes")):
        qt_loop.run(scenario())


# Making them ----------
def test_templates_are_made_changed_and_deleted(qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario() -> None:
        async with open_window() as desk:
            await desk.ready()
            templates = desk.wiring.controller.templates
            await desk.send("/commands")
            await desk.until(lambda: shown(desk, TemplatesDialog), "the templates")
            (listing,) = shown(desk, TemplatesDialog)
            press(listing, "New…")
            (editor,) = shown(desk, TemplateEditor)
            editor.name.setText("/Review")
            editor.written.setPlainText("Review {lang=Python}: {code} ({tone:short|long})")
            assert editor.asks.text() == "Asks for: lang (Python), code, tone (short | long)"
            press(editor, "Save")
            await desk.until(lambda: templates.listed, "the template")
            await desk.until(lambda: not shown(desk, TemplateEditor), "the editor to close")
            assert listing.text.toPlainText() == "Review {lang=Python}: {code} ({tone:short|long})"
            # A name that is taken is refused with a sentence; what was written stays.
            for name, sentence in (
                ("model", "/model is a command of the program. Choose another name."),
                ("REVIEW", "There is a prompt template /review already."),
                ("two words", "one word"),
            ):
                press(listing, "New…")
                (editor,) = shown(desk, TemplateEditor)
                editor.name.setText(name)
                editor.written.setPlainText("Text")
                press(editor, "Save")
                await desk.until(lambda: sentence in editor._error.text(), sentence)  # noqa: B023
                assert editor.name.text() == name
                editor.reject()
                await desk.until(lambda: not shown(desk, TemplateEditor), "the editor to close")
            listing.list.setFocus(Qt.FocusReason.TabFocusReason)
            desk.press(Qt.Key.Key_F2, target=listing.list)
            await desk.until(lambda: shown(desk, TemplateEditor), "the editor")
            (editor,) = shown(desk, TemplateEditor)
            assert editor.name.text() == "review"
            editor.name.setText("look")
            desk.press(Qt.Key.Key_Return, "\r", Qt.KeyboardModifier.ControlModifier, target=editor)
            await desk.until(lambda: [each.name for each in templates.listed] == ["look"], "the change")
            # They are listed in the help, and deleted with a way back.
            await desk.send("/help")
            await desk.until(lambda: desk.cards(), "the help")
            assert (
                "**Prompt templates**\n\n- `/look [lang] <code> [short|long]`: Review {lang=Python}"
                in desk.cards()[0]
            )
            await desk.send("/help look")
            await desk.until(lambda: len(desk.cards()) == 2, "the help")
            assert desk.cards()[1].startswith("`/look [lang] <code> [short|long]`\n\n> Review")
            desk.press(Qt.Key.Key_Delete, target=listing.list)
            await desk.until(lambda: not templates.listed, "the deletion")
            await desk.hears("The prompt template /look is deleted.")
            desk.choose("Undo")
            await desk.until(lambda: templates.listed, "the template")
            listing.close()
            desk.window.actions_by_id["templates"].trigger()
            await desk.until(lambda: shown(desk, TemplatesDialog), "the templates")
            shown(desk, TemplatesDialog)[0].close()

    with gateway(monkeypatch):
        qt_loop.run(scenario(), 60)


def test_a_late_answer_of_the_history_closes_no_other_editor(
    qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scenario() -> None:
        async with open_window() as desk:
            await desk.ready()
            controller = desk.wiring.controller
            await desk.send("/commands")
            await desk.until(lambda: shown(desk, TemplatesDialog), "the templates")
            (listing,) = shown(desk, TemplatesDialog)
            gate = threading.Event()
            slow = asyncio.ensure_future(controller.connections.store.run(gate.wait))
            press(listing, "New…")
            (editor,) = shown(desk, TemplateEditor)
            editor.name.setText("first")
            editor.written.setPlainText("One.")
            press(editor, "Save")
            press(editor, "Cancel")
            press(listing, "New…")
            (editor,) = shown(desk, TemplateEditor)
            editor.written.setPlainText("Two, not yet complete")
            gate.set()
            await slow
            await desk.until(lambda: controller.templates.listed, "the first")
            await controller.tasks.join("template:save")
            assert editor.isVisible()
            assert editor.written.toPlainText() == "Two, not yet complete"
            editor.reject()

    with gateway(monkeypatch, answer("Yes")):
        qt_loop.run(scenario())


def test_what_another_window_makes_is_here_at_once(
    qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch, postgres_dsn: str
) -> None:
    monkeypatch.setenv("DATABASE_URL", postgres_dsn)

    async def scenario() -> None:
        async with open_window() as desk:
            await desk.ready()
            templates, seen = desk.wiring.controller.templates, []
            templates.changed.connect(lambda: seen.append(len(templates.listed)))
            other = PostgresStore(postgres_dsn, paths.resource("schema.sql"))
            made = await asyncio.to_thread(other.save_template, template("review", "Review {text}"))
            await desk.until(lambda: [each.name for each in templates.listed] == ["review"], "the template")
            await desk.type("/rev")
            assert current(popup_of(desk)) == "/review"
            await asyncio.to_thread(other.delete_template, made.id)
            await desk.until(lambda: not templates.listed, "the deletion")
            assert seen[-1] == 0
            await desk.send("iew x")
            await desk.hears("There is no command /review; nothing was sent.")
            await asyncio.to_thread(other.close)

    with gateway(monkeypatch) as server:
        qt_loop.run(scenario(), 60)
        assert server.chats == []


def test_another_process_on_the_same_file(qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario() -> None:
        async with open_window() as desk:
            await desk.ready()
            other = SqliteStore(paths.history_file())
            await asyncio.to_thread(other.save_template, template("review", "Review {text}"))
            templates = desk.wiring.controller.templates
            await desk.until(lambda: [each.name for each in templates.listed] == ["review"], "the template")
            other.close()

    with gateway(monkeypatch):
        qt_loop.run(scenario())


def shown(desk: WindowDriver, kind: type[W]) -> list[W]:
    return [each for each in QApplication.topLevelWidgets() if isinstance(each, kind) and each.isVisible()]


def press(parent: QWidget, label: str) -> None:
    next(each for each in parent.findChildren(QPushButton) if each.text() == label).click()
