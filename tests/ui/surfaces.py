"""Every surface of the program, in one table: what people can see and use, and how it comes on screen.

The file dialogs are not in it: they are the system's.

A new window, dialog, popup or menu gets a row here; ``test_accessible_names.py`` fails for a widget class of the program
that was met in none of them.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication, QLineEdit, QMenu, QMessageBox, QWidget

from chat2anyllm_desktop.core.attachments import attached
from chat2anyllm_desktop.ui.composer.chips import FileChip
from chat2anyllm_desktop.ui.dialogs.attachment_preview import AttachmentPreview
from chat2anyllm_desktop.ui.dialogs.role_editor import RoleEditor
from chat2anyllm_desktop.ui.dialogs.settings import PAGES, SettingsDialog
from chat2anyllm_desktop.ui.dialogs.shortcuts import ShortcutsDialog
from chat2anyllm_desktop.ui.dialogs.template_editor import TemplateEditor
from chat2anyllm_desktop.ui.dialogs.templates import TemplatesDialog
from chat2anyllm_desktop.ui.docks.dock import Dock
from chat2anyllm_desktop.ui.facts import Tone
from chat2anyllm_desktop.ui.model_picker import ModelPicker
from chat2anyllm_desktop.ui.palette.panel import Panel
from chat2anyllm_desktop.ui.shortcuts import Place
from chat2anyllm_desktop.ui.transcript.picture import Picture
from chat2anyllm_desktop.ui.transcript.viewer import PictureViewer
from tests.llm.misbehaving import Script, answer
from tests.ui.transcript.imagery import address, plain
from tests.ui.window_driver import WindowDriver

QUESTION = "What is there?"
ANSWER = f"""# The page

Look at [the page](https://example.com/page).

```python
print("hi")
```

![A chart]({address(plain(300, 120))})
"""
SCRIPTS: dict[str, Script] = {QUESTION: answer(ANSWER)}
"""For a gateway that answers by question."""

Opener = Callable[[WindowDriver], Awaitable[QWidget]]


@dataclass(frozen=True, slots=True)
class Surface:
    """``open`` brings it on screen and returns its outermost widget."""

    name: str
    open: Opener


async def furnish(desk: WindowDriver) -> None:
    """A window with something in every part of it: two sessions, two roles, an answer, and a session on show."""
    await desk.ready()
    await desk.send("Something else")
    await desk.answered()
    desk.wiring.controller.new_session()
    await desk.send(QUESTION)
    await desk.answered()
    library = desk.wiring.controller.library
    for count, name in enumerate(("Architect", "Reviewer"), 1):
        library.save_role(None, name, "Be brief.")
        await desk.until(lambda expected=count: len(library.roles) == expected, name)


async def shown(desk: WindowDriver, kind: type[QWidget]) -> QWidget:
    """The visible window of this class, once there is one."""

    def found() -> list[QWidget]:
        return [
            widget
            for widget in QApplication.topLevelWidgets()
            if isinstance(widget, kind) and widget.isVisible()
        ]

    await desk.until(found, kind.__name__)
    return found()[0]


# The window ----------------------------------------------------------------------------------------------------------------
async def _window(desk: WindowDriver) -> QWidget:
    """With everything in it that comes and goes."""
    controller = desk.wiring.controller
    controller.selection.select_role(controller.library.roles[0].id)
    desk.window.header.plan_chip.show_text("a → b", "Plan mode")
    controller.announcer.say("one", "Something else happened.")
    controller.announcer.say(
        "two",
        "Something happened.",
        tone=Tone.ATTENTION,
        detail="In detail.",
        answers={"Retry": lambda: None},
    )
    desk.window.notices._details.setChecked(True)
    desk.window.plan_review.show_plan(["Read", "Write"], focus=False)
    desk.composer.editor.insertPlainText("Draft")
    desk.composer.attach([attached("pasted-1.txt", "Pasted")])
    desk.shell.view.open_find()
    desk.shell.view.find_text("page")
    overlays = desk.shell.view._overlays
    overlays.news = True
    overlays.show_jump(False)
    await asyncio.sleep(0.1)
    return desk.window


async def _session_title(desk: WindowDriver) -> QWidget:
    desk.window.header.title.edit()
    return desk.window.header


async def _session_name(desk: WindowDriver) -> QWidget:
    desk.window.sessions_dock.rename(desk.conversation.session.id)
    await desk.until(lambda: desk.window.sessions_dock.list.findChild(QLineEdit), "the field")
    return desk.window.sessions_dock


async def _step(desk: WindowDriver) -> QWidget:
    review = desk.window.plan_review
    review.show_plan(["Read", "Write"])
    assert review.list is not None
    review.list.editItem(review.list.item(0))
    return review


async def _completions(desk: WindowDriver) -> QWidget:
    desk.composer.editor.setFocus()
    await desk.type("/")
    await desk.until(lambda: desk.composer.editor.completion_open, "the completions")
    return desk.window


async def _empty_session(desk: WindowDriver) -> QWidget:
    desk.wiring.controller.new_session()
    return desk.window.middle


async def _welcome(desk: WindowDriver) -> QWidget:
    desk.window.actions_by_id["welcome"].trigger()
    return desk.window.middle


# Popups --------------------------------------------------------------------------------------------------------------------
async def _models(desk: WindowDriver) -> QWidget:
    desk.window.header.open_model_picker()
    return await shown(desk, ModelPicker)


def _panel(action: str, kind: str) -> Opener:
    """A panel over the window, with something found."""

    async def opened(desk: WindowDriver) -> QWidget:
        desk.window.actions_by_id[action].trigger()
        panels = [panel for panel in desk.window.findChildren(Panel) if panel.isVisible()]
        panels[0].field.setText(kind)
        await desk.until(lambda: panels[0].model.rows, "what is found")
        return panels[0]

    return opened


async def _theme_menu(desk: WindowDriver) -> QWidget:
    desk.window.header.theme_button.click()
    return await shown(desk, QMenu)


def _dock_menu(which: Callable[[WindowDriver], Dock]) -> Opener:
    async def opened(desk: WindowDriver) -> QWidget:
        which(desk)._more.pressed.emit()
        return await shown(desk, QMenu)

    return opened


async def _session_menu(desk: WindowDriver) -> QWidget:
    desk.window.sessions_dock.list.menu_asked.emit(desk.conversation.session.id, QPoint(40, 40))
    return await shown(desk, QMenu)


async def _role_menu(desk: WindowDriver) -> QWidget:
    role = desk.wiring.controller.library.roles[0]
    desk.window.roles_dock.list.menu_asked.emit(role.id, QPoint(40, 40))
    return await shown(desk, QMenu)


async def _message_menu(desk: WindowDriver) -> QWidget:
    desk.shell.view.setFocus(Qt.FocusReason.ShortcutFocusReason)
    desk.press(Qt.Key.Key_F10, modifiers=Qt.KeyboardModifier.ShiftModifier, target=desk.shell.view)
    return await shown(desk, QMenu)


def _window_menu(place: Place) -> Opener:
    async def opened(desk: WindowDriver) -> QWidget:
        menu = desk.window.menus.by_place[place]
        menu.popup(desk.window.mapToGlobal(QPoint(0, 0)))
        return menu

    return opened


# Windows of their own -----------------------------------------------------------------------------------------------------
def _settings(page: str) -> Opener:
    async def opened(desk: WindowDriver) -> QWidget:
        desk.wiring.preferences.open(page)
        return await shown(desk, SettingsDialog)

    return opened


def _by_action(action: str, kind: type[QWidget]) -> Opener:
    async def opened(desk: WindowDriver) -> QWidget:
        desk.window.actions_by_id[action].trigger()
        return await shown(desk, kind)

    return opened


async def _new_template(desk: WindowDriver) -> QWidget:
    desk.wiring._template_editing.create()
    return await shown(desk, TemplateEditor)


async def _attachment(desk: WindowDriver) -> QWidget:
    desk.composer.attach([attached("pasted-1.txt", "Pasted")])
    desk.composer.chips.findChildren(FileChip)[0].opened.emit()
    return await shown(desk, AttachmentPreview)


async def _picture(desk: WindowDriver) -> QWidget:
    view = desk.shell.view
    pictures = [placed.part for placed in view._page.placed if isinstance(placed.part, Picture)]
    view.pictures.view(pictures[0])
    return await shown(desk, PictureViewer)


SURFACES = (
    Surface("title of the session", _session_title),
    Surface("name of a session", _session_name),
    Surface("step of a plan", _step),
    Surface("completions", _completions),
    Surface("models", _models),
    Surface("palette", _panel("palette", "a")),
    Surface("search", _panel("search_everywhere", "page")),
    Surface("theme", _theme_menu),
    Surface("sessions: more", _dock_menu(lambda desk: desk.window.sessions_dock)),
    Surface("roles: more", _dock_menu(lambda desk: desk.window.roles_dock)),
    Surface("session", _session_menu),
    Surface("role", _role_menu),
    Surface("message", _message_menu),
    *(
        Surface(f"menu {place}", _window_menu(place))
        for place in (Place.FILE, Place.EDIT, Place.VIEW, Place.SESSION, Place.MODEL, Place.HELP)
    ),
    *(Surface(f"settings: {page}", _settings(page)) for page in PAGES),
    Surface("new role", _by_action("new_role", RoleEditor)),
    Surface("templates", _by_action("templates", TemplatesDialog)),
    Surface("new template", _new_template),
    Surface("keys", _by_action("shortcuts", ShortcutsDialog)),
    Surface("about", _by_action("about", QMessageBox)),
    Surface("picture", _picture),
    Surface("attachment", _attachment),
    Surface("window", _window),
    Surface("welcome", _welcome),
    Surface("empty session", _empty_session),
)


@asynccontextmanager
async def on_show(desk: WindowDriver, surface: Surface) -> AsyncIterator[QWidget]:
    """Open it; close it again as people do."""
    root = await surface.open(desk)
    await asyncio.sleep(0.05)
    yield root
    if root.isWindow() and root is not desk.window:
        root.close()
    else:
        focused = desk.window.focusWidget()
        if focused is not None:
            desk.press(Qt.Key.Key_Escape, target=focused)
    desk.window.plan_review.dismiss()
    desk.composer.set_text("")
    await asyncio.sleep(0.05)
