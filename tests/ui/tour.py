"""A tour of every surface of the window: the real program on a history of its own, brought from one state to the next.

Whoever walks it looks at what stands at each stop: the pictures of ``docs/design.md`` are drawn from it, and it is walked
with large text and long words to find out what is clipped.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtGui import QContextMenuEvent, QImage, QPainter
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QListWidget, QSystemTrayIcon, QWidget

from chat2anyllm_desktop import paths
from chat2anyllm_desktop.core.attachments import attached
from chat2anyllm_desktop.core.models import (
    Author,
    Kind,
    Message,
    PlanModels,
    Session,
    Status,
    Template,
    Usage,
    new_id,
    utc_now,
)
from chat2anyllm_desktop.store.sqlite import SqliteStore
from chat2anyllm_desktop.ui.desktop.tray import Tray
from chat2anyllm_desktop.ui.dialogs.setting_names import PAGES
from chat2anyllm_desktop.ui.docks.rows import KEY_ROLE
from chat2anyllm_desktop.ui.facts import Notice, NoticeAction, Tone
from chat2anyllm_desktop.ui.palette.panel import Panel
from tests.llm.misbehaving import Request, Script, Server, reply, serve
from tests.ui.scripted import by_question
from tests.ui.showcase import MODELS, fill
from tests.ui.transcript.imagery import address, plain
from tests.ui.transcript.stage import EVERYTHING

if TYPE_CHECKING:
    from tests.ui.window_driver import WindowDriver

SIZE = (1120, 780)
NARROW = (600, 700)
STEPS = (
    "Read how the parser keeps track of nested lists, and where an ordered list may begin",
    "Write a test that fails: a list right after a paragraph",
    "Change the rule, and nothing else",
)
NOTICES = (
    Notice("kept", Tone.INFO, "“Team stand-up” was deleted.", (NoticeAction("undo", "Undo"),)),
    Notice(
        "gateway",
        Tone.ATTENTION,
        "The gateway cannot be reached. Start it, or check its address in the settings.",
        (NoticeAction("retry", "Try again"), NoticeAction("settings", "Settings")),
        "ConnectError: connection refused",
    ),
    Notice("answer", Tone.FAULT, "The gateway refused the key. Enter another one.", (), "401: no such key"),
)
CONSTRUCTS = "Every construct"
TEMPLATES = (
    ("review", "Review this {language} code. Name what is wrong first:\n\n{code}"),
    ("translate", "Translate into {language}, and keep the tone:\n\n{text}"),
)
_DIALOGS = (
    ("new_role", "new role"),
    ("templates", "templates"),
    ("shortcuts", "keys"),
    ("about", "about"),
)
_MODELS = (
    ("claude-opus", "anthropic", 200_000, 5.0, 25.0, "vtr"),
    ("claude-sonnet", "anthropic", 1_000_000, 3.0, 15.0, "vtr"),
    ("gpt-large", "openai", 400_000, 1.25, 10.0, "vtr"),
    ("gpt-mini", "openai", 400_000, 0.25, 2.0, "vt"),
    ("llama-70b", "groq", 131_072, 0.59, 0.79, "t"),
)


@dataclass(frozen=True, slots=True)
class Stop:
    """A state of the window: ``widgets`` show it, from the lowest to the topmost; ``area`` of the first of them matters."""

    name: str
    widgets: tuple[QWidget, ...]
    area: QRect | None = None

    def picture(self) -> QImage:
        """What is seen, at the sharpness of the screen."""
        origin = self.widgets[0].mapToGlobal(QPoint(0, 0))
        area = (self.area or self.widgets[0].rect()).translated(origin)
        ratio = self.widgets[0].devicePixelRatioF()
        image = QImage(area.size() * ratio, QImage.Format.Format_RGB32)
        image.setDevicePixelRatio(ratio)
        painter = QPainter(image)
        for widget in self.widgets:
            painter.drawPixmap(widget.mapToGlobal(QPoint(0, 0)) - area.topLeft(), widget.grab())
        painter.end()
        return image


@contextmanager
def tour_gateway() -> Iterator[Server]:
    """A gateway whose models have all that a model can have."""
    answers = by_question({}, MODELS)

    def choose(request: Request) -> Script:
        if request.method == "GET":
            return reply(200, {"data": [_entry(*row) for row in _MODELS]})
        return answers(request)

    with serve(choose) as server:
        yield server


def _entry(name: str, provider: str, context: int, price_in: float, price_out: float, can: str) -> object:
    return {
        "model_name": name,
        "litellm_params": {},
        "model_info": {
            "mode": "chat",
            "litellm_provider": provider,
            "max_input_tokens": context,
            "input_cost_per_token": price_in / 1_000_000,
            "output_cost_per_token": price_out / 1_000_000,
            "supports_vision": "v" in can,
            "supports_function_calling": "t" in can,
            "supports_reasoning": "r" in can,
        },
    }


def furnish() -> str:
    """Write the history; the id of the session to begin with."""
    shown = fill()
    now = utc_now() - timedelta(days=1)
    session = Session(id=new_id(), title=CONSTRUCTS, created_at=now, updated_at=now)
    usage = Usage(first_token_s=0.4, duration_s=6.6, completion_tokens=512, cost=0.0031, reasoning_s=4.2)
    rows: tuple[tuple[Author, str, dict[str, object]], ...] = (
        (Author.USER, "[[ROLE:Reviewer]]\nBe strict.\n---\nShow me **everything** that you can do.", {}),
        (Author.ASSISTANT, EVERYTHING, {"model": "claude-opus", "reasoning": "First this.", "usage": usage}),
        (Author.USER, "With a plan, please.", {}),
        (Author.ASSISTANT, "1. One step\n2. Another", {"kind": Kind.PLAN, "model": "claude-opus"}),
        (
            Author.ASSISTANT,
            "Doing",
            {"kind": Kind.IMPLEMENTATION, "status": Status.STOPPED, "model": "gpt-mini"},
        ),
        (
            Author.ASSISTANT,
            "Half",
            {"status": Status.FAILED, "usage": Usage(error="The gateway refused the key.")},
        ),
        (Author.USER, "And a picture?", {}),
        (Author.ASSISTANT, f"![A chart]({address(plain(300, 120))})", {"model": "gpt-mini"}),
    )
    messages = [
        Message(
            id=new_id(),
            session_id=session.id,
            author=author,
            content=text,
            created_at=now + timedelta(seconds=number),
            **more,  # type: ignore[arg-type]  # each is what its name says
        )
        for number, (author, text, more) in enumerate(rows)
    ]
    store = SqliteStore(paths.history_file())
    store.open()
    store.restore_session(session, messages)
    for name, text in TEMPLATES:
        store.save_template(Template(id=new_id(), name=name, text=text, created_at=now, updated_at=now))
    store.close()
    return shown


class Tour:
    """Walk :meth:`stops`; what a stop needs is put back when the next one is asked for."""

    def __init__(self, driver: WindowDriver) -> None:
        self.driver = driver
        self.window = driver.window
        self._size = QSize(*SIZE) * max(1, driver.shell.theme.text_scale_percent / 100)

    async def stops(self) -> AsyncIterator[Stop]:
        """Every surface, one after the other."""
        self.window.resize(self._size)
        await self.driver.ready()
        self.controller = self.driver.wiring.controller
        await self.driver.until(lambda: len(self.driver.messages()) == 2, "the conversation")
        self._home = self.driver.conversation.session.id
        for walk in (
            self._in_use,
            self._keyboard,
            self._constructs,
            self._menus,
            self._picker,
            self._panels,
            self._completion,
            self._chips,
            self._review,
            self._notices,
            self._find,
            self._dialogs,
            self._narrow,
            self._empty,
        ):
            async for stop in walk():
                yield stop

    # Stops -------------------------------------------------------------------------------------------------------------
    async def _in_use(self) -> AsyncIterator[Stop]:
        window, library = self.window, self.controller.library
        self.controller.selection.select_role(library.roles[1].id)
        self.driver.shell.view.verticalScrollBar().setValue(0)
        shown = list(library.sessions)
        window.sessions_dock.set_streaming(shown[2].id, True)
        window.sessions_dock.set_unread(shown[3].id, True)
        await self.rest()
        yield Stop("window", (window,))
        self.controller.selection.set_plan(PlanModels(planning="claude-opus", answering="gpt-mini"))
        await self.rest()
        yield Stop("header", (window.header,))
        self.controller.selection.set_plan(None)
        self.controller.selection.select_role(None)

    async def _keyboard(self) -> AsyncIterator[Stop]:
        rows = self.window.sessions_dock.list
        rows.setFocus(Qt.FocusReason.TabFocusReason)
        rows.setCurrentIndex(rows.model().index(3, 0))
        await self.rest()
        yield Stop("docks", (self.window.sessions_dock,))
        roles = self.window.roles_dock
        roles.list.setFocus(Qt.FocusReason.TabFocusReason)
        roles.list.setCurrentIndex(roles.list.model().index(1, 0))
        await self.rest()
        yield Stop("roles", (roles,))
        self.window.header.model_button.setFocus(Qt.FocusReason.TabFocusReason)
        await self.rest()
        yield Stop("focus-header", (self.window.header,))
        view = self.driver.shell.view
        view.setFocus(Qt.FocusReason.TabFocusReason)
        QTest.keyClick(view, Qt.Key.Key_Tab)
        await self.rest()
        yield Stop("focus-message", (view,), QRect(0, 0, view.width(), 320))
        self.window.composer.setFocus()

    async def _constructs(self) -> AsyncIterator[Stop]:
        wanted = next(session for session in self.controller.library.sessions if session.title == CONSTRUCTS)
        await self.driver.open(wanted.id)
        view = self.driver.shell.view
        self.driver.shell.transcript.show_local("**Models**\n\n- `claude-opus`\n- `gpt-mini`")
        for number in range(1, 4):
            view.verticalScrollBar().setValue((number - 1) * (view.viewport().height() - 40))
            await self.rest()
            yield Stop(f"transcript-{number}", (view,))
        view.verticalScrollBar().setValue(view.verticalScrollBar().maximum())
        await self.rest()
        yield Stop("transcript-end", (view,))
        await self.driver.open(self._home)
        view.verticalScrollBar().setValue(0)

    async def _menus(self) -> AsyncIterator[Stop]:
        window = self.window
        dock = window.sessions_dock
        index = dock.list.model().index(1, 0)
        dock.list.menu_asked.emit(index.data(KEY_ROLE), dock.list.mapToGlobal(QPoint(90, 60)))
        async for stop in self._popup("session"):
            yield stop
        view = self.driver.shell.view
        place = QPoint(view.viewport().width() // 2, 60)
        reason = QContextMenuEvent.Reason.Mouse
        QApplication.sendEvent(
            view.viewport(), QContextMenuEvent(reason, place, view.viewport().mapToGlobal(place))
        )
        async for stop in self._popup("message"):
            yield stop
        bar = window.menuBar()
        for place, menu in window.menus.by_place.items():
            menu.popup(bar.mapToGlobal(bar.actionGeometry(menu.menuAction()).bottomLeft()))
            async for stop in self._popup(f"menu {place}"):
                yield stop
        tray = Tray(QSystemTrayIcon(), window, self.controller, self.driver.wiring.surroundings)
        tray._menu.popup(window.mapToGlobal(QPoint(40, 40)))
        async for stop in self._popup("tray"):
            yield stop
        window.header.theme_button.click()
        async for stop in self._popup("theme"):
            yield stop

    async def _picker(self) -> AsyncIterator[Stop]:
        self.window.header.open_model_picker()
        async for stop in self._popup("models"):
            yield stop
        self.window.header.open_model_picker()
        popup = QApplication.activePopupWidget()
        assert popup is not None
        QTest.keyClicks(popup.focusWidget() or popup, "claud")
        async for stop in self._popup("models: claud"):
            yield stop

    async def _panels(self) -> AsyncIterator[Stop]:
        for action, typed, name in (
            ("palette", "", "palette: before"),
            ("palette", "the", "palette"),
            ("search_everywhere", "softmax", "search"),
        ):
            self.window.actions_by_id[action].trigger()
            (panel,) = (panel for panel in self.window.findChildren(Panel) if panel.isVisible())
            QTest.keyClicks(panel.field, typed)
            await self.driver.until(lambda panel=panel: panel.model.rows, "what is found")
            await self.rest()
            yield Stop(name, (self.window,), self._around(panel.frame))
            QTest.keyClick(panel.field, Qt.Key.Key_Escape)
            if panel.isVisible():
                QTest.keyClick(panel.field, Qt.Key.Key_Escape)

    async def _chips(self) -> AsyncIterator[Stop]:
        composer = self.driver.composer
        composer.attach([attached("trace.log", "line\n" * 400), attached("table.csv", "a,b\n1,2\n" * 30)])
        composer.editor.setPlainText("What went wrong here?")
        await self.rest()
        yield Stop("chips", (composer,))
        composer.set_text("")

    async def _completion(self) -> AsyncIterator[Stop]:
        composer = self.driver.composer
        composer.setFocus()
        for text, name in (("/", "completions"), ("/model gp", "completions: model")):
            composer.editor.setPlainText("")
            QTest.keyClicks(composer.editor, text)
            await self.rest()
            yield Stop(name, (self.window,), self._below(0.56))
        QTest.keyClick(composer.editor, Qt.Key.Key_Escape)
        composer.editor.setPlainText("One line\nand a second one\nand a third")
        await self.rest()
        yield Stop("composer", (composer,))
        composer.editor.setPlainText("")

    async def _review(self) -> AsyncIterator[Stop]:
        self.window.plan_review.show_plan(STEPS, {2})
        await self.rest()
        yield Stop("plan", (self.window,), self._below(0.5))
        self.window.plan_review.dismiss()
        self.driver.composer.setFocus()

    async def _notices(self) -> AsyncIterator[Stop]:
        notices = self.window.notices
        for notice in NOTICES:
            notices.post(notice)
            await self.rest()
            yield Stop(f"notice-{notice.tone}", (notices,))
        for notice in NOTICES:
            notices.withdraw(notice.key)

    async def _find(self) -> AsyncIterator[Stop]:
        view = self.driver.shell.view
        view.open_find()
        bar = view.viewport().findChild(QWidget, "find_bar")
        assert bar is not None
        QTest.keyClicks(bar.focusWidget() or bar, "softmax")
        await self.rest()
        yield Stop("find", (view,), QRect(0, 0, view.width(), 300))
        view.close_find()

    async def _dialogs(self) -> AsyncIterator[Stop]:
        actions = self.window.action_requested
        actions.emit("settings")
        dialog = await self._dialog()
        pages = dialog.findChild(QListWidget)
        assert pages is not None
        for row, page in enumerate(PAGES):
            pages.setCurrentRow(row)
            await self.rest()
            yield Stop(f"settings: {page}", (dialog,))
        dialog.reject()
        for wish, name in _DIALOGS:
            self.window.actions_by_id[wish].trigger()
            dialog = await self._dialog()
            await self.rest()
            yield Stop(name, (dialog,))
            dialog.reject()

    async def _narrow(self) -> AsyncIterator[Stop]:
        self.window.resize(*NARROW)
        await self.rest()
        yield Stop("narrow", (self.window,))
        self.window.resize(self._size)

    async def _empty(self) -> AsyncIterator[Stop]:
        self.controller.new_session()
        await self.rest()
        yield Stop("empty session", (self.window,), self._beside())
        self.window.actions_by_id["welcome"].trigger()
        await self.rest()
        yield Stop("welcome", (self.window,), self._beside())

    # Means -------------------------------------------------------------------------------------------------------------
    async def _popup(self, name: str) -> AsyncIterator[Stop]:
        await self.rest()
        popup = QApplication.activePopupWidget()
        assert popup is not None, name
        yield Stop(name, (self.window, popup), self._around(popup))
        popup.close()
        await self.rest()

    async def _dialog(self) -> QDialog:
        def open_dialogs() -> list[QDialog]:
            found = QApplication.topLevelWidgets()
            return [widget for widget in found if isinstance(widget, QDialog) and widget.isVisible()]

        await self.driver.until(open_dialogs, "a dialog")
        return open_dialogs()[0]

    def _around(self, widget: QWidget) -> QRect:
        """Where a widget lies over the window, with a little of what is below."""
        corner = self.window.mapFromGlobal(widget.mapToGlobal(QPoint(0, 0)))
        return QRect(corner, widget.size()).adjusted(-20, -20, 20, 20) & self.window.rect()

    def _beside(self) -> QRect:
        """The window without its panels."""
        return self.window.centralWidget().geometry()

    def _below(self, part: float) -> QRect:
        """The lower part of the window, right of the docks."""
        centre = self.window.centralWidget().geometry()
        return centre.adjusted(0, round(centre.height() * (1 - part)), 0, 0)

    async def rest(self) -> None:
        """Wait until the window stands still."""
        await self.driver.settle()
        page = self.driver.shell.view._page
        await self.driver.until(
            lambda: not any(placed.part.waits for placed in page.placed), "what is drawn beside"
        )
        await asyncio.sleep(0.1)
